"""The verdict names the leaders, what can't be ordered, and the evidence, and claims no more."""

from dataclasses import replace

import pytest

from discern.measures.catalogue import named
from discern.page.verdict import cut_short, unbeaten, verdict
from discern.ranking.comparisons import Comparisons, Estimate, Evidence, Pair
from discern.ranking.leaderboard import Line
from samples import COSFACE, PIXELS, measures_of

MAP, EER, RATIO = map(named, ("map_at_r", "equal_error_rate", "variance_ratio"))
IMAGES = "60 training images and 10 test images"


def line(label, map_at_r, ratio, seeds=3, reach=0.1):
    """A row whose interval of the variance ratio for other seeds reaches so far each way."""
    row = replace(COSFACE, label=label, title=label.upper(), seeds=tuple(range(seeds)))
    measures = measures_of(0.5, map_at_r=map_at_r, variance_ratio=ratio)
    over_seeds = (ratio - reach, ratio + reach) if seeds > 1 else None
    return Line(row, [1] * seeds, [measures] * seeds, {RATIO.name: Estimate(ratio, 0, over_seeds)})


def comparisons(*pairs, measure=MAP):
    """Pairs of labels, the difference of the first minus the second, and its p."""
    tests = [
        Pair(first, second, 3, difference, None, Evidence(-1, 1, p, p))
        for first, second, difference, p in pairs
    ]
    return Comparisons(measure.name, measure.better == "higher", {}, {measure.name: tests})


def with_one_common_seed(known):
    """The comparisons if the rows of untested pairs share a single seed."""
    pairs = {
        name: [replace(pair, seeds=3 if pair.over_images.p else 1) for pair in tests]
        for name, tests in known.pairs.items()
    }
    return replace(known, pairs=pairs)


def said(lines, known):
    return verdict(lines, known, MAP, RATIO, IMAGES)


FAR = line("a", 0.9, 9), line("b", 0.8, 5), line("c", 0.7, 3)


def test_one_row_leads_both():
    known = comparisons(("a", "b", 0.1, 0.01), ("a", "c", 0.2, 0.01), ("b", "c", 0.1, 0.2))
    assert said(FAR, known) == [
        "In MAP@R, A (90.00 %) is the only row that no other row beats.",
        "1 of 3 tested pairs of trained rows can't be ordered.",
        "A has the highest variance ratio, which describes separation and is not tested; its 95 % "
        "interval for other seeds overlaps with no other row's.",
        "Its MAP@R is 90.00 %.",
        "The evidence: 3 seeds per trained row, 60 training images and 10 test images.",
    ]


@pytest.mark.parametrize(
    ("beaten_by", "words"), [([], "no row beats"), ("b", "one row beats"), ("bc", "2 rows beat")]
)
def test_the_leader_in_separation_may_be_beaten_in_the_headline(beaten_by, words):
    lines = [replace(FAR[0], beaten_by=list(beaten_by)), *FAR[1:]]
    known = comparisons(("a", "b", 0.1, 0.2))
    assert said(lines, known)[3] == f"Its MAP@R is 90.00 %, which {words}."


def test_pairs_with_the_pixels_are_not_counted():
    pixels = replace(line("p", 0.1, 1, seeds=1), row=replace(PIXELS, label="p"))
    known = comparisons(("a", "b", 0.1, 0.2), ("a", "p", 0.8, 0.01), ("b", "p", 0.8, 0.01))
    sentence = "1 of 1 tested pairs of trained rows can't be ordered."
    assert said([*FAR[:2], pixels], known)[1] == sentence
    assert not any("can't be ordered" in each for each in said([FAR[0], pixels], known))


def test_rows_that_no_row_beats_are_named_in_the_order_of_the_leaderboard():
    known = comparisons(("c", "b", -0.1, 0.2), ("b", "a", -0.1, 0.3), ("c", "a", -0.2, 0.01))
    assert said(FAR[::-1], known)[0] == "In MAP@R, no row beats A (90.00 %) and B (80.00 %)."


def test_a_title_with_a_comma_is_quoted_within_a_list():
    b = replace(FAR[1], row=replace(FAR[1].row, title="B, λ = 5"))
    known = comparisons(("a", "b", 0.1, 0.2))
    assert said([FAR[0], b], known)[0].endswith("beats A (90.00 %) and “B, λ = 5” (80.00 %).")


def test_a_leader_whose_interval_overlaps_with_others_is_not_called_clear():
    lines = [FAR[0], line("b", 0.8, 8.9), line("c", 0.7, 8.7, reach=0.3), line("d", 0.6, 8.7)]
    pairs = [(x, y, 0.1, 0.01) for x, y in ("ab", "ac", "ad", "bc", "bd", "cd")]
    assert said(lines, comparisons(*pairs))[2].endswith(
        "not tested; its 95 % interval for other seeds overlaps with that of B and C."
    )


def test_with_one_seed_networks_are_compared_and_nothing_is_called_tested():
    lines = [line(label, 0.1 * place, place, seeds=1) for place, label in enumerate("abc", start=1)]
    untested = comparisons(*((x, y, -0.1, None) for x, y in ("ab", "ac", "bc")))
    assert said(lines, untested) == [
        "C has the highest MAP@R, followed by B.",
        "C has the highest variance ratio, followed by B.",
        "With one seed, this compares trained networks, not losses: another seed may change the "
        "order. The evidence: 1 seed per row, 60 training images and 10 test images.",
    ]


def test_different_numbers_of_seeds_and_untested_pairs_are_said():
    lines = [FAR[0], line("b", 0.8, 5, seeds=5), line("c", 0.7, 3)]
    known = comparisons(("a", "b", 0.1, 0.01), ("a", "c", 0.2, None), ("b", "c", 0.1, 0.01))
    known = with_one_common_seed(known)
    assert said(lines, known)[1::3] == [
        "0 of 2 tested pairs of trained rows can't be ordered; 1 pairs share one seed and are not "
        "tested.",
        "The evidence: 3 to 5 seeds per trained row, 60 training images and 10 test images.",
    ]


def test_of_chosen_pairs_the_significant_differences_are_named_and_no_leader():
    known = comparisons(("a", "b", 0.1, 0.01), ("a", "c", 0.2, 0.6), ("b", "c", 0.1, None))
    lines = [
        replace(each, beaten_by=beaten, tested_against=tested)
        for each, beaten, tested in zip(FAR, ([], ["a"], []), ("bc", "a", "a"), strict=True)
    ]
    assert said(lines, known)[:2] == [
        "In MAP@R, 1 of the 2 pairs of rows that were chosen to be tested differ significantly.",
        "A is better than B.",
    ]
    assert unbeaten(known, MAP) == set()


def test_a_baseline_with_one_seed_does_not_make_it_one_seed_per_row():
    pixels = replace(line("p", 0.1, 1, seeds=1), row=PIXELS)
    known = comparisons(("a", "p", 0.8, None))
    (*_, evidence) = said([FAR[0], pixels], known)
    assert evidence.startswith("The evidence: 3 seeds per trained row")


def test_rows_that_were_trained_elsewhere_with_several_seeds_are_tested_as_others():
    given = {"train": "a-{seed}-train.npz", "test": "a-{seed}-test.npz"}
    lines = [
        replace(each, row=replace(each.row, trained=False, network=None, given=given))
        for each in FAR[:2]
    ]
    first, *_, evidence = said(lines, comparisons(("a", "b", 0.1, 0.01)))
    assert first == "In MAP@R, A (90.00 %) is the only row that no other row beats."
    assert evidence.startswith("The evidence: 3 seeds per trained row")


@pytest.mark.parametrize(
    ("epochs", "counts"),
    [
        ([80, 81, 100], "2 of 3 trainings of A"),
        ([80, 80, 80], None),
        ([], None),
    ],
)
def test_trainings_that_patience_could_not_end_are_counted(epochs, counts):
    lines = [replace(FAR[0], epochs=epochs)]
    sentence = f"The maximum of 100 epochs ended {counts}, which more epochs might improve."
    assert cut_short(lines, epochs=100, patience=20) == [sentence] * (counts is not None)
    assert cut_short(lines, epochs=100, patience=None) == []


def test_rows_that_were_cut_short_are_in_one_sentence():
    lines = [replace(each, epochs=[12, best]) for each, best in zip(FAR, (5, 9, 20), strict=True)]
    assert cut_short(lines, epochs=20, patience=10) == [
        "The maximum of 20 epochs ended 1 of 2 trainings of A, 1 of 2 trainings of B and 2 of 2 "
        "trainings of C, which more epochs might improve."
    ]


def test_a_single_row_is_compared_with_nothing():
    assert said(FAR[:1], comparisons()) == ["A is the only row, so nothing is compared."]


@pytest.mark.parametrize(("measure", "best"), [(MAP, {"a", "b"}), (EER, {"b", "c"})])
def test_unbeaten_is_every_tested_row_that_no_row_is_significantly_better_than(measure, best):
    pairs = [
        ("a", "b", 0.1, 0.2),
        ("a", "c", 0.3, 0.01),
        ("b", "c", 0.2, 0.3),
        ("c", "d", 0.1, None),
    ]
    if measure is EER:
        pairs[1] = ("a", "c", 0.3, 0.04)
    known = with_one_common_seed(comparisons(*pairs, measure=measure))
    assert unbeaten(known, measure) == best


def test_in_an_untested_measure_no_row_is_unbeaten():
    assert unbeaten(comparisons(("a", "b", 0.1, 0.01)), EER) == set()
