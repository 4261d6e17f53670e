"""The verdict on each loss from the trials of a search.

Trials are compared by k-NN accuracy, the same measure for all losses. The validation losses have
different scales.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from discern.configuration.row import Row
from discern.measures.catalogue import RANKED_BY
from discern.ranking.leaderboard import Line
from discern.ranking.markdown import markdown_table


@dataclass(frozen=True)
class Verdict:
    """The verdict on one loss.

    Attributes:
        own: the trial with the row's own settings.
        best: the trial with the highest accuracy; the earliest if several are equal.
        lowest: the lowest accuracy of all trials, in [0, 1].
    """

    own: Line
    best: Line
    lowest: float

    @property
    def gain(self) -> float:
        """The best trial's accuracy minus that of the loss's own settings."""
        return _accuracy(self.best) - _accuracy(self.own)

    @property
    def standard_error(self) -> float:
        """The gain's standard error, as if the two trials' images were independent samples."""
        images = self.own.measures[0]["images"]
        accuracies = (_accuracy(self.own), _accuracy(self.best))
        return math.sqrt(sum(value * (1 - value) / images for value in accuracies))

    @property
    def is_clear(self) -> bool:
        """Whether the gain is more than two standard errors."""
        return self.gain > 2 * self.standard_error


def verdicts(trials: Sequence[Line]) -> list[Verdict]:
    """A verdict per loss. Its trials follow each other, the one with its own settings first."""
    return [_verdict(list(of_loss)) for _, of_loss in groupby(trials, lambda trial: trial.row.loss)]


def as_markdown(verdicts: Sequence[Verdict]) -> str:
    """A line per loss: its own settings, the best trial's, and how these differ."""
    head = ["loss", "own settings", "best trial", "with", "lowest trial", "gain", "clear"]
    cells = [
        [
            verdict.own.row.loss,
            RANKED_BY.shown(_accuracy(verdict.own)),
            RANKED_BY.shown(_accuracy(verdict.best)),
            _changed_settings(verdict.own.row, verdict.best.row),
            RANKED_BY.shown(verdict.lowest),
            f"{100 * verdict.gain:.2f} ± {200 * verdict.standard_error:.2f}",
            "yes" if verdict.is_clear else "no",
        ]
        for verdict in verdicts
    ]
    return markdown_table(head, cells, words={0, 3, 6})


def _verdict(trials: Sequence[Line]) -> Verdict:
    return Verdict(
        own=trials[0],
        best=max(trials, key=_accuracy),
        lowest=min(_accuracy(trial) for trial in trials),
    )


def _accuracy(trial: Line) -> float:
    return trial.mean(RANKED_BY) or 0.0


def _changed_settings(own: Row, other: Row) -> str:
    before, after = ({"learning_rate": row.learning_rate, **row.parameters} for row in (own, other))
    changed = [f"{name} {value}" for name, value in after.items() if value != before[name]]
    return ", ".join(changed) or "the same"
