"""The leaderboard: the measures of all trainings, a line per row."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from discern.configuration.row import Row
from discern.errors import Damaged
from discern.files import read_json
from discern.measures.catalogue import HEADLINES, MEASURES, Measure, read_measures
from discern.ranking.comparisons import Comparisons, Estimate, Interval
from discern.ranking.latex import latex_table
from discern.ranking.markdown import markdown_table
from discern.results import Version

# What follows a measure in the CSV file: its spread between seeds, and the ends of its intervals.
_PARTS = ("sd", "seeds_low", "seeds_high", "images_low", "images_high")


@dataclass(frozen=True)
class Line:
    """A row of the leaderboard.

    Attributes:
        row: the row.
        epochs: the selected epoch of each seed; empty for the baseline.
        measures: the content of each seed's measure file.
        estimates: the row's measures with their intervals; empty if significance was not tested.
        beaten_by: the labels of the rows that are significantly better in the headline measure;
            None if that is unknown, as with a single seed.
        tested_against: the labels of the rows from which its difference was tested.
    """

    row: Row
    epochs: Sequence[int]
    measures: Sequence[Mapping[str, Any]]
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    beaten_by: Sequence[str] | None = None
    tested_against: Sequence[str] = ()

    def mean(self, measure: Measure) -> float | None:
        """The mean over seeds; None if the row lacks the measure."""
        values = [measure.value(measures) for measures in self.measures]
        present = [value for value in values if value is not None]
        return statistics.fmean(present) if present else None

    def estimate(self, measure: Measure) -> Estimate | None:
        """The measure with its intervals; None if the row has none."""
        return self.estimates.get(measure.name)

    def interval(self, measure: Measure) -> Interval | None:
        """The 95 % interval that tables show: for other seeds; of a single training, for images."""
        estimate = self.estimate(measure)
        if estimate is None:
            return None
        return estimate.over_images if len(self.measures) == 1 else estimate.over_seeds

    def shown(self, measure: Measure) -> str:
        """Mean and interval as in tables."""
        over = "images" if len(self.measures) == 1 else "seeds"
        return measure.shown(self.mean(measure), self.interval(measure), over)


def read_lines(
    version: Version, rows: Sequence[Row], comparisons: Comparisons | None = None
) -> list[Line]:
    """A line per row, with intervals and the better rows if there are ``comparisons``.

    Raises:
        DiscernError: when a file is missing.
        Damaged: when one lacks something.
    """
    lines = []
    for row in rows:
        homes = [(row.home(version, seed), seed) for seed in row.seeds]
        lines.append(
            Line(
                row,
                [_epoch(home.selection(row.label, seed)) for home, seed in homes if row.trained],
                [read_measures(home.measures(row.label, seed)) for home, seed in homes],
                comparisons.rows[row.label] if comparisons else {},
                comparisons.beaten_by(row.label) if comparisons else None,
                comparisons.tested_against(row.label) if comparisons else (),
            )
        )
    return lines


def _epoch(path: Path) -> int:
    selection = read_json(path)
    if not isinstance(selection, dict) or not isinstance(selection.get("epoch"), int):
        raise Damaged(path, "names no epoch")
    epoch: int = selection["epoch"]
    return epoch


def in_order(lines: Sequence[Line], headline: Measure) -> list[Line]:
    """The lines by their mean in the ``headline`` measure, best first; ties keep their order."""
    sign = -1 if headline.better == "higher" else 1
    return sorted(lines, key=lambda line: sign * (line.mean(headline) or 0.0))


def as_csv(lines: Sequence[Line]) -> str:
    """A line per row and a column per measure, with every digit.

    If some rows are published, a column lists the seeds of each that are. A measure with intervals
    is followed by its standard deviation between seeds and by the ends of
    both intervals.
    """
    head = ["label", "title", "distance", "learning_rate", "parameters", "network"]
    head += ["seeds", "epochs"]
    have_comparisons = any(line.estimates for line in lines)
    head += ["beaten_by", "tested_against"] if have_comparisons else []
    have_published = any(line.row.published for line in lines)
    head += ["published"] if have_published else []
    for measure in MEASURES:
        head.append(measure.name)
        head += [f"{measure.name}_{part}" for part in _parts(measure, lines)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for line in lines:
        cells = _settings(line)
        if have_comparisons:
            cells.append("" if line.beaten_by is None else " ".join(line.beaten_by) or "none")
            cells.append(len(line.tested_against))
        if have_published:
            cells.append(" ".join(line.row.published) or "none")
        for measure in MEASURES:
            cells.append(line.mean(measure))
            known = _numbers(line.estimate(measure))
            cells += [known.get(part) for part in _parts(measure, lines)]
        writer.writerow(cells)
    return text.getvalue()


def _parts(measure: Measure, lines: Sequence[Line]) -> list[str]:
    """The columns after that of a measure: those that some line has."""
    known = [_numbers(line.estimate(measure)) for line in lines]
    return [part for part in _PARTS if any(part in each for each in known)]


def _numbers(estimate: Estimate | None) -> dict[str, float]:
    """The standard deviation and the ends of the intervals of an ``estimate``, by column."""
    if estimate is None:
        return {}
    none = (None, None)
    values = (estimate.sd, *(estimate.over_seeds or none), *(estimate.over_images or none))
    numbers = zip(_PARTS, values, strict=True)
    return {part: value for part, value in numbers if value is not None}


def _settings(line: Line) -> list[Any]:
    row = line.row
    return [
        row.label,
        row.title,
        row.distance,
        row.learning_rate,
        json.dumps(row.parameters),
        json.dumps(row.own_network),
        len(line.measures),
        " ".join(map(str, line.epochs)),
    ]


def as_markdown(lines: Sequence[Line], headline: Measure) -> str:
    """The measures of short tables, rounded, with their intervals, and what they mean."""
    return f"{table(lines, headline, HEADLINES)}\n{explanation(lines, headline)}\n"


def table(lines: Sequence[Line], headline: Measure, measures: Sequence[Measure]) -> str:
    """Some ``measures`` of all rows as a Markdown table, the best in the headline first."""
    return markdown_table(*_table(lines, headline, measures))


def as_latex(lines: Sequence[Line], headline: Measure) -> str:
    """The table of :func:`as_markdown` in LaTeX; what it means is a comment above it."""
    table = latex_table(*_table(lines, headline, HEADLINES))
    return f"% {explanation(lines, headline)}\n{table}"


def _table(
    lines: Sequence[Line], headline: Measure, measures: Sequence[Measure]
) -> tuple[list[str], list[list[str]]]:
    """The head and the cells of a table of all rows, the best in the headline first."""
    several = any(len(line.measures) > 1 for line in lines)
    head = ["row", *(["seeds", "beaten by"] if several else [])]
    head += [measure.title for measure in measures]
    cells = []
    for line in in_order(lines, headline):
        evidence = [str(len(line.measures)), better_rows(line, lines)] if several else []
        title = f"{line.row.title} (published)" if line.row.published else line.row.title
        cells.append([title, *evidence, *(line.shown(each) for each in measures)])
    return head, cells


def better_rows(line: Line, lines: Sequence[Line]) -> str:
    """How many of ``lines`` are significantly better, as tables show it.

    With the number of those that ``line`` was tested against, if it is not all others.
    """
    if line.beaten_by is None:
        return "–"
    tested = len(line.tested_against)
    return f"{len(line.beaten_by)}{f' of {tested}' if tested < len(lines) - 1 else ''}"


def explanation(lines: Sequence[Line], headline: Measure) -> str:
    """What the order, the intervals and the number of better rows in a table mean."""
    counts = {len(line.measures) for line in lines}
    mean = "mean " if max(counts) > 1 else ""
    sentences = [f"Rows are in the order of their {mean}{headline.title}."]
    for folder in dict.fromkeys(line.row.trained_in for line in lines if line.row.trained_in):
        sentences.append(f"The networks were trained in {folder}.")
    if max(counts) > 1:
        sentences += [
            "± is the 95 % interval of the mean for other seeds on these images.",
            f"“Beaten by” counts the rows whose {headline.title} is better for other seeds and "
            "other images (p < 0.05 after Holm's correction for all tested pairs).",
        ]
        tests = sum(len(line.tested_against) for line in lines) // 2
        pairs = len(lines) * (len(lines) - 1) // 2
        if 0 < tests < pairs:
            sentences.append(
                f"{tests} of {pairs} pairs of rows were tested; “0 of 1” counts among the rows "
                "that a row was tested against."
            )
    if 1 in counts:
        sentences.append(
            "A row with one seed is one network: [low, high] is its 95 % interval on other images."
        )
    if max(counts) == 1:
        sentences.append(
            "Rows are not tested against each other, because another seed would change each."
        )
    return " ".join(sentences)
