"""The lines at the end of a run: the leaderboard's first rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from discern.measures import catalogue

# The measures beside the headline.
_SHOWN = ("knn_accuracy", "equal_error_rate", "variance_ratio")
_ROWS = 5


def leaderboard_head(path: Path, headline: str) -> list[str]:
    """The first rows of a leaderboard as lines of text, the columns' names above.

    Args:
        path: the leaderboard, CSV.
        headline: the name of the measure that orders the rows, which is the first one shown.

    The last column counts the rows that are significantly better in the headline.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    measures = [catalogue.named(name) for name in dict.fromkeys((headline, *_SHOWN))]
    table = [["row", *(measure.title for measure in measures), "better rows"]]
    for row in rows[:_ROWS]:
        values = ((each, row[each.name]) for each in measures)
        shown = [each.shown(float(value) if value else None) for each, value in values]
        table.append([row["title"], *shown, _better_rows(row, len(rows) - 1)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in table
    ]
    left = len(rows) - _ROWS
    return [line.rstrip() for line in lines] + ([f"and {left} more"] if left > 0 else [])


def _better_rows(row: Mapping[str, str], others: int) -> str:
    """How many rows are better, and of how many if the row was not tested against all others."""
    better, tested = row["beaten_by"], int(row["tested_against"])
    count = {"": "–", "none": "0"}.get(better, str(len(better.split())))
    return f"{count} of {tested}" if 0 < tested < others else count
