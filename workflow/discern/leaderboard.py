"""The leaderboard: what the measures of all trainings say, a line per row."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from discern.columns import COLUMNS, HEADLINES, RANKED_BY, Column, read_measures
from discern.errors import DiscernError
from discern.files import read_json
from discern.tables import markdown_table
from discern.trainings import one_each

__all__ = [
    "COLUMNS",
    "HEADLINES",
    "RANKED_BY",
    "Column",
    "Line",
    "as_csv",
    "as_markdown",
    "ranked",
    "read_compared_lines",
    "read_lines",
]


@dataclass(frozen=True)
class Line:
    """A row of the leaderboard.

    Attributes:
        row: label, title and the like, as the pipeline describes it.
        epochs: the selected epoch of each seed; empty for the baseline.
        measures: of each seed.
        compared: rank and intervals, as the compare stage writes them; None where there are none.
    """

    row: Mapping[str, Any]
    epochs: Sequence[int]
    measures: Sequence[Mapping[str, Any]]
    compared: Mapping[str, Any] | None = None

    def mean(self, column: Column) -> float | None:
        """The mean over seeds, None where the row has no such measure."""
        values = [column.value(measures) for measures in self.measures]
        present = [value for value in values if value is not None]
        return statistics.fmean(present) if present else None

    @property
    def rank(self) -> int | None:
        """1 + the number of rows that are better beyond chance, None where that is not known."""
        return self.compared["rank"] if self.compared else None

    def interval(self, column: Column) -> tuple[float, float] | None:
        """Where the 95 % interval of the mean begins and ends, None where there is none."""
        if self.interval_over(column) is None:
            return None
        found = self._compared(column)
        return found["low"], found["high"]

    def interval_over(self, column: Column) -> str | None:
        """What the interval is over: ``"seeds"``, ``"images"``, or None where there is none."""
        over: str | None = self._compared(column).get("interval")
        return over

    def shown(self, column: Column) -> str:
        """Mean and interval as tables show them."""
        return column.shown(self.mean(column), self.interval(column), self.interval_over(column))

    def _compared(self, column: Column) -> Mapping[str, Any]:
        found: Mapping[str, Any] = (self.compared or {"measures": {}})["measures"]
        return found.get(column.name, {})


def read_compared_lines(
    rows: Sequence[Mapping[str, Any]],
    measures: Sequence[Path],
    selections: Sequence[Path],
    comparisons: Path,
) -> list[Line]:
    """As :func:`read_lines`, with the rank and intervals that the compare stage wrote.

    Raises :class:`DiscernError` when it wrote none of a row, or not all of them.
    """
    content = read_json(comparisons)
    lines = read_lines(rows, measures, selections)
    try:
        found = [content["rows"][row["label"]] for row in rows]
        for compared in found:
            int(compared["rank"])
            for measure in compared["measures"].values():
                if measure["interval"] is not None:
                    float(measure["low"]), float(measure["high"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DiscernError(
            f"{comparisons} does not compare all rows ({error}); delete it to have it made again"
        ) from None
    return [replace(line, compared=compared) for line, compared in zip(lines, found, strict=True)]


def read_lines(
    rows: Sequence[Mapping[str, Any]], measures: Sequence[Path], selections: Sequence[Path]
) -> list[Line]:
    """A line per row; files are in the order of rows and seeds, selections of trained ones."""
    waiting = one_each("measures", measures, rows)
    selected = one_each("selections", selections, rows, only_trained=True)
    lines = []
    for row in rows:
        seeds = row["seeds"]
        epochs = [_epoch(next(selected)) for _ in seeds] if row["trained"] else []
        lines.append(Line(row, epochs, [read_measures(next(waiting)) for _ in seeds]))
    return lines


def _epoch(path: Path) -> int:
    reason = read_json(path)
    if not isinstance(reason, dict) or not isinstance(reason.get("epoch"), int):
        raise DiscernError(f"{path} names no epoch; delete it to have it made again")
    epoch: int = reason["epoch"]
    return epoch


def ranked(lines: Sequence[Line]) -> list[Line]:
    """The lines by k-NN accuracy, best first; equal ones keep their order."""
    return sorted(lines, key=lambda line: -(line.mean(RANKED_BY) or 0.0))


def as_csv(lines: Sequence[Line]) -> str:
    """A line per row and a column per measure, with every digit.

    Rows that were compared have their rank, and behind each measure with an interval follow its
    ends and what it is over.
    """
    are_compared = any(line.compared for line in lines)
    with_interval = {
        column.name for column in COLUMNS if any(line.interval_over(column) for line in lines)
    }
    head = ["label", "title", "distance", "learning_rate", "parameters", "seeds", "epochs"]
    head += ["rank"] if are_compared else []
    for column in COLUMNS:
        head.append(column.name)
        if column.name in with_interval:
            head += [f"{column.name}_{end}" for end in ("low", "high", "interval")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for line in lines:
        cells = _about(line) + ([line.rank] if are_compared else [])
        for column in COLUMNS:
            cells.append(line.mean(column))
            if column.name in with_interval:
                cells += [*(line.interval(column) or ("", "")), line.interval_over(column)]
        writer.writerow(cells)
    return text.getvalue()


def _about(line: Line) -> list[Any]:
    row = line.row
    return [
        *(row["label"], row["title"], row["distance"], row["learning_rate"]),
        json.dumps(row["parameters"]),
        len(line.measures),
        " ".join(map(str, line.epochs)),
    ]


def as_markdown(lines: Sequence[Line]) -> str:
    """The headline measures as a Markdown table, rounded, with their intervals."""
    titles = ["row", "rank", "epoch", *(column.title for column in HEADLINES)]
    rows = [
        [line.row["title"], str(line.rank or "–"), ", ".join(map(str, line.epochs)) or "–"]
        + [line.shown(column) for column in HEADLINES]
        for line in lines
    ]
    return markdown_table(titles, rows)
