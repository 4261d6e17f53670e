"""The page's answer in a few sentences: which rows lead, what can't be ordered, the evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from discern.measures.catalogue import Measure
from discern.ranking.comparisons import Comparisons
from discern.ranking.leaderboard import Line, in_order


def verdict(
    lines: Sequence[Line],
    comparisons: Comparisons,
    headline: Measure,
    separation: Measure,
    evidence: str,
) -> list[str]:
    """Sentences on the leaders in both measures, on what can't be ordered, and on the evidence.

    Args:
        lines: of all rows.
        comparisons: of all rows.
        headline: the measure that orders the rows, whose differences are tested.
        separation: the measure of separation. Its differences are not tested; its intervals decide.
        evidence: the images that were used, such as ``54,000 training images``.
    """
    if len(lines) == 1:
        return [f"{lines[0].row.title} is the only row, so nothing is compared."]
    seeds = sorted({len(line.measures) for line in lines if line.row.varies_with_seed} or {1})
    several = seeds[-1] > 1
    counts = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    measured = [line for line in lines if line.mean(separation) is not None]
    leader, *others = in_order(measured, separation)
    if several:
        return [
            *(
                _chosen(lines, headline)
                if comparisons.are_chosen
                else (
                    _tested(lines, comparisons, headline),
                    *_unordered(lines, comparisons, headline),
                )
            ),
            _separation(leader, others, separation),
            _in_headline(leader, headline),
            f"The evidence: {counts} seeds per trained row, {evidence}.",
        ]
    return [
        _first(lines, headline),
        _separation(leader, others, separation),
        "With one seed, this compares trained networks, not losses: another seed may change the "
        f"order. The evidence: 1 seed per row, {evidence}.",
    ]


def cut_short(lines: Sequence[Line], epochs: int, patience: int | None) -> list[str]:
    """A sentence on the rows whose trainings were ended by the maximum; none if there are none.

    Args:
        lines: of all rows.
        epochs: the most epochs of a training.
        patience: the epochs after the best that end a training; None if all have the most epochs.
    """
    if patience is None:
        return []
    late = [(sum(best > epochs - patience for best in line.epochs), line) for line in lines]
    counts = [
        f"{count} of {len(line.epochs)} trainings of {_quoted(line.row.title)}"
        for count, line in late
        if count
    ]
    if not counts:
        return []
    return [
        f"The maximum of {epochs} epochs ended {_listed(counts)}, which more epochs might improve."
    ]


def unbeaten(comparisons: Comparisons, measure: Measure) -> set[str]:
    """The labels of the rows than which no row is significantly better in ``measure``.

    Rows of which no difference was tested, as those with a single seed, are not among them. If only
    chosen pairs were tested, no row is: nobody knows how it compares with the others.
    """
    if comparisons.are_chosen:
        return set()
    tested, beaten = set(), set()
    for pair in comparisons.pairs.get(measure.name, ()):
        if pair.over_images.p is None:
            continue
        both = {pair.first, pair.second}
        tested |= both
        if pair.higher:
            beaten |= both - {pair.higher} if measure.better == "higher" else {pair.higher}
    return tested - beaten


def _separation(leader: Line, others: Sequence[Line], measure: Measure) -> str:
    """The leader in a measure without tests, and those whose intervals overlap with its own."""
    sentence = f"{leader.row.title} has the {_best_word(measure)} {measure.title}"
    if len(leader.measures) == 1:
        return f"{sentence}, followed by {others[0].row.title}." if others else f"{sentence}."
    sentence += ", which describes separation and is not tested"
    close = [line.row.title for line in others if _overlap(leader, line, measure)]
    if not close:
        return f"{sentence}; its 95 % interval for other seeds overlaps with no other row's."
    return f"{sentence}; its 95 % interval for other seeds overlaps with that of {_and(close)}."


def _overlap(first: Line, second: Line, measure: Measure) -> bool:
    (low, high), (other_low, other_high) = (_ends(line, measure) for line in (first, second))
    return low <= other_high and other_low <= high


def _ends(line: Line, measure: Measure) -> tuple[float, float]:
    """The interval for other seeds; of a row without one, its value."""
    estimate, mean = line.estimate(measure), line.mean(measure) or 0.0
    return (estimate and estimate.over_seeds) or (mean, mean)


def _first(lines: Sequence[Line], measure: Measure) -> str:
    first, second, *_ = in_order(lines, measure)
    return (
        f"{first.row.title} has the {_best_word(measure)} {measure.title}, "
        f"followed by {second.row.title}."
    )


def _tested(lines: Sequence[Line], comparisons: Comparisons, measure: Measure) -> str:
    """The rows that no row beats in the headline, with their means."""
    labels = unbeaten(comparisons, measure)
    leaders = [line for line in in_order(lines, measure) if line.row.label in labels]
    named = [f"{_quoted(line.row.title)} ({measure.shown(line.mean(measure))})" for line in leaders]
    if not named:
        return _first(lines, measure)
    if len(named) == 1:
        return f"In {measure.title}, {named[0]} is the only row that no other row beats."
    return f"In {measure.title}, no row beats {_listed(named)}."


def _in_headline(leader: Line, headline: Measure) -> str:
    """How well the leader in separation does in the headline, which is another question."""
    sentence = f"Its {headline.title} is {headline.shown(leader.mean(headline))}"
    if leader.beaten_by is None:
        return f"{sentence}."
    count = len(leader.beaten_by)
    beaten = {0: "no row beats", 1: "one row beats"}.get(count, f"{count} rows beat")
    return f"{sentence}, which {beaten}."


def _chosen(lines: Sequence[Line], measure: Measure) -> list[str]:
    """The significant differences of the chosen pairs, for each worse row the better ones."""
    count = sum(len(line.tested_against) for line in lines) // 2
    differ = sum(len(line.beaten_by or ()) for line in lines)
    sentences = [
        f"In {measure.title}, {differ} of the {count} pairs of rows that were chosen to be tested "
        "differ significantly."
    ]
    ordered = in_order(lines, measure)
    for line in ordered:
        better = [each.row.title for each in ordered if each.row.label in (line.beaten_by or ())]
        if better:
            verb = "is" if len(better) == 1 else "are"
            sentences.append(f"{_and(better)} {verb} better than {line.row.title}.")
    return sentences


def _unordered(lines: Sequence[Line], comparisons: Comparisons, measure: Measure) -> list[str]:
    """How many pairs of trained rows can't be ordered; no sentence if there are none."""
    trained = {line.row.label for line in lines if line.row.has_network}
    pairs = comparisons.among(trained, measure.name)
    tested = [pair for pair in pairs if pair.over_images.p is not None]
    count = sum(pair.higher is None for pair in tested)
    sentence = f"{count} of {len(tested)} tested pairs of trained rows can't be ordered"
    if len(tested) < len(pairs):
        sentence += f"; {len(pairs) - len(tested)} pairs share one seed and are not tested"
    return [f"{sentence}."] if pairs else []


def _best_word(measure: Measure) -> str:
    return "highest" if measure.better == "higher" else "lowest"


def _and(words: Collection[str]) -> str:
    """The words as a list; those with a comma in quotation marks."""
    return _listed([_quoted(word) for word in words])


def _quoted(word: str) -> str:
    return f"“{word}”" if "," in word else word


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
