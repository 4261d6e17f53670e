"""The leaderboard: the measures of all trainings, a line per row."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from discern.configuration.row import Row
from discern.errors import Damaged
from discern.files import read_json
from discern.measures.catalogue import HEADLINES, MEASURES, RANKED_BY, Measure, read_measures
from discern.ranking.comparisons import Estimate, RankedRow, read_comparisons
from discern.ranking.markdown import markdown_table
from discern.results import Version


@dataclass(frozen=True)
class Line:
    """A row of the leaderboard.

    Attributes:
        row: the row.
        epochs: the selected epoch of each seed; empty for the baseline.
        measures: the content of each seed's measure file.
        ranked: the row's rank and intervals; None if significance was not tested.
    """

    row: Row
    epochs: Sequence[int]
    measures: Sequence[Mapping[str, Any]]
    ranked: RankedRow | None = None

    def mean(self, measure: Measure) -> float | None:
        """The mean over seeds; None if the row lacks the measure."""
        values = [measure.value(measures) for measures in self.measures]
        present = [value for value in values if value is not None]
        return statistics.fmean(present) if present else None

    @property
    def rank(self) -> int | None:
        """1 + the number of rows that are significantly better; None if that is unknown."""
        return self.ranked.rank if self.ranked else None

    def interval(self, measure: Measure) -> tuple[float, float] | None:
        """Both ends of the 95 % interval of the mean; None if there is none."""
        estimate = self._estimate(measure)
        return estimate.ends if estimate else None

    def interval_over(self, measure: Measure) -> Literal["seeds", "images"] | None:
        """Whether the interval is over seeds or images; None if there is none."""
        estimate = self._estimate(measure)
        return estimate.interval if estimate else None

    def shown(self, measure: Measure) -> str:
        """Mean and interval as in tables."""
        return measure.shown(
            self.mean(measure), self.interval(measure), self.interval_over(measure)
        )

    def _estimate(self, measure: Measure) -> Estimate | None:
        return self.ranked.measures.get(measure.name) if self.ranked else None


def read_lines(version: Version, rows: Sequence[Row]) -> list[Line]:
    """A line per row.

    Raises:
        DiscernError: when a file is missing.
        Damaged: when one lacks something.
    """
    return [
        Line(
            row,
            [_epoch(version.selection(row.label, seed)) for seed in row.seeds if row.trained],
            [read_measures(version.measures(row.label, seed)) for seed in row.seeds],
        )
        for row in rows
    ]


def read_ranked_lines(version: Version, rows: Sequence[Row]) -> list[Line]:
    """As :func:`read_lines`, with each row's rank and intervals."""
    comparisons = read_comparisons(version, [row.label for row in rows])
    return [
        replace(line, ranked=comparisons.rows[line.row.label]) for line in read_lines(version, rows)
    ]


def _epoch(path: Path) -> int:
    selection = read_json(path)
    if not isinstance(selection, dict) or not isinstance(selection.get("epoch"), int):
        raise Damaged(path, "names no epoch")
    epoch: int = selection["epoch"]
    return epoch


def by_accuracy(lines: Sequence[Line]) -> list[Line]:
    """The lines by k-NN accuracy, best first; ties keep their order."""
    return sorted(lines, key=lambda line: -(line.mean(RANKED_BY) or 0.0))


def as_csv(lines: Sequence[Line]) -> str:
    """A line per row and a column per measure, with every digit.

    Rows whose significance was tested have their rank, and each measure with an interval is
    followed by the interval's ends and what it is over.
    """
    have_ranks = any(line.ranked for line in lines)
    with_interval = {
        measure.name for measure in MEASURES if any(line.interval(measure) for line in lines)
    }
    head = ["label", "title", "distance", "learning_rate", "parameters", "network"]
    head += ["seeds", "epochs"]
    head += ["rank"] if have_ranks else []
    for measure in MEASURES:
        head.append(measure.name)
        if measure.name in with_interval:
            head += [f"{measure.name}_{end}" for end in ("low", "high", "interval")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for line in lines:
        cells = _settings(line) + ([line.rank] if have_ranks else [])
        for measure in MEASURES:
            cells.append(line.mean(measure))
            if measure.name in with_interval:
                cells += [*(line.interval(measure) or ("", "")), line.interval_over(measure)]
        writer.writerow(cells)
    return text.getvalue()


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


def as_markdown(lines: Sequence[Line]) -> str:
    """The headline measures as a Markdown table, rounded, with their intervals."""
    titles = ["row", "rank", "epoch", *(measure.title for measure in HEADLINES)]
    cells = [
        [line.row.title, str(line.rank or "–"), ", ".join(map(str, line.epochs)) or "–"]
        + [line.shown(measure) for measure in HEADLINES]
        for line in lines
    ]
    return markdown_table(titles, cells)
