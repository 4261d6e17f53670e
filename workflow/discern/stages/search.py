"""Put the trials of a search side by side: a table of all, and what it says of each loss.

A trial is judged by its k-NN accuracy, the same measure for all losses, whose own validation losses
can't be compared.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from discern import leaderboard
from discern.files import write_text
from discern.leaderboard import Line, read_lines
from discern.stage import StageParser, run_stage
from discern.tables import markdown_table

_ACCURACY = leaderboard.RANKED_BY


@dataclass(frozen=True)
class Verdict:
    """What the trials of a loss say.

    Attributes:
        own: the trial with the row's own settings.
        best: the trial with the highest accuracy; of equal ones the earliest.
        lowest: the lowest accuracy of all trials, in [0, 1].
    """

    own: Line
    best: Line
    lowest: float

    @property
    def gain(self) -> float:
        """By how much the best trial's accuracy is higher."""
        return accuracy(self.best) - accuracy(self.own)

    @property
    def standard_error(self) -> float:
        """Of that difference, as if the two had been judged on different images."""
        images = self.own.measures[0]["images"]
        found = (accuracy(line) for line in (self.own, self.best))
        return math.sqrt(sum(value * (1 - value) / images for value in found))

    @property
    def is_clear(self) -> bool:
        """Whether the gain is more than two standard errors."""
        return self.gain > 2 * self.standard_error


def search(arguments: argparse.Namespace) -> None:
    """Write both tables."""
    lines = read_lines(arguments.rows, arguments.measures, arguments.selections)
    trials = [list(of_loss) for _, of_loss in groupby(lines, lambda line: line.row["loss"])]
    write_text(arguments.csv, leaderboard.as_csv(lines))
    write_text(arguments.markdown, as_markdown([judged(of_loss) for of_loss in trials]))


def accuracy(line: Line) -> float:
    """The k-NN accuracy of a trial, the mean over its seeds."""
    return line.mean(_ACCURACY) or 0.0


def judged(trials: Sequence[Line]) -> Verdict:
    """The verdict on the trials of one loss, the first of which has the row's own settings."""
    return Verdict(
        own=trials[0],
        best=max(trials, key=accuracy),
        lowest=min(accuracy(line) for line in trials),
    )


def as_markdown(verdicts: Sequence[Verdict]) -> str:
    """A line per loss: its own settings, the best trial's and what differs in them."""
    head = ["loss", "own settings", "best trial", "with", "lowest trial", "gain", "clear"]
    rows = []
    for verdict in verdicts:
        shown = [_ACCURACY.shown(accuracy(line)) for line in (verdict.own, verdict.best)]
        gain = f"{100 * verdict.gain:.2f} ± {200 * verdict.standard_error:.2f}"
        changed = _difference(verdict.own.row, verdict.best.row)
        rows.append(
            [verdict.own.row["loss"], *shown, changed, _ACCURACY.shown(verdict.lowest)]
            + [gain, "yes" if verdict.is_clear else "no"]
        )
    return markdown_table(head, rows, words={0, 3, 6})


def _difference(own: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    settings = [
        {"learning_rate": row["learning_rate"], **row["parameters"]} for row in (own, other)
    ]
    changed = {name: value for name, value in settings[1].items() if value != settings[0][name]}
    return ", ".join(f"{name} {value}" for name, value in changed.items()) or "the same"


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("search", __doc__)
    parser.input("--measures", nargs="+", help="JSON: of each trial's each seed")
    parser.input("--selections", nargs="+", help="JSON: of each trial's each seed")
    parser.output("--csv", help="all trials, with every digit")
    parser.output("--markdown", help="a line per loss: its own settings against the best")
    parser.parameter("--rows", type=json.loads, help="JSON: what is said of each trial")
    return run_stage(parser, search, argv)


if __name__ == "__main__":
    sys.exit(main())
