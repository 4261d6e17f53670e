"""The verdict on each loss from the trials of a search.

Trials are compared by the headline measure, the same for all losses. The validation losses have
different scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from discern.configuration.row import Row
from discern.measures.catalogue import Measure
from discern.ranking.assessment import Evaluation, trainings_of
from discern.ranking.comparisons import LEVEL
from discern.ranking.markdown import markdown_table
from discern.ranking.significance import difference
from discern.ranking.tuning import expected_best

# Expected bests in the table: the numbers of trials, of those that a search has.
_COUNTS = (1, 5, 10, 20)


@dataclass(frozen=True)
class Trial:
    """A trial of a search: a training with some settings of a loss.

    Attributes:
        row: its settings.
        evaluations: one per seed.
    """

    row: Row
    evaluations: Sequence[Evaluation]


@dataclass(frozen=True)
class Verdict:
    """The verdict on one loss.

    Attributes:
        trials: of the loss; the first has the row's own settings.
        headline: the measure by which trials are compared.
    """

    trials: Sequence[Trial]
    headline: Measure

    @property
    def own(self) -> Trial:
        """The trial with the row's own settings."""
        return self.trials[0]

    @property
    def loss(self) -> str:
        """The loss's name."""
        return self.own.row.loss

    @cached_property
    def best(self) -> Trial:
        """The best trial, the earliest if several are equal."""
        pick = max if self.headline.better == "higher" else min
        return pick(self.trials, key=self.value)

    @property
    def worst(self) -> float:
        """The worst value of all trials."""
        pick = min if self.headline.better == "higher" else max
        return pick(map(self.value, self.trials))

    def value(self, trial: Trial) -> float:
        """The mean over seeds of a trial's headline measure."""
        values = [self.headline.value(each.measures) or 0.0 for each in trial.evaluations]
        return sum(values) / len(values)

    @property
    def expected_bests(self) -> list[float]:
        """The expected best of one, two, … random trials."""
        return expected_best(list(map(self.value, self.trials)), self.headline.better == "higher")

    @cached_property
    def gain(self) -> tuple[float, float]:
        """The best trial's value minus the own settings', and half its 95 % interval.

        The interval is that of these two trained networks on other images. It does not allow for
        the choice of the best among many.
        """
        if self.best is self.own:
            return 0.0, 0.0
        best, own = (
            trainings_of(trial.row, trial.evaluations, self.headline)
            for trial in (self.best, self.own)
        )
        mean = difference(best, own)
        low, high = mean.over_images.interval(mean.value, LEVEL)
        return mean.value, (high - low) / 2


def verdicts(trials: Sequence[Trial], headline: Measure) -> list[Verdict]:
    """A verdict per loss. Its trials follow each other, the one with its own settings first."""
    return [
        Verdict(list(of_loss), headline)
        for _, of_loss in groupby(trials, lambda trial: trial.row.loss)
    ]


def as_markdown(verdicts: Sequence[Verdict]) -> str:
    """A line per loss: its own settings, the best trial's, and the price of tuning."""
    most = max(len(verdict.trials) for verdict in verdicts)
    counts = [count for count in _COUNTS if count <= most]
    head = ["loss", "own settings", "best trial", "with", "worst trial", "gain", "clear"]
    head += [f"expected best of {count}" for count in counts]
    return markdown_table(head, [_cells(each, counts) for each in verdicts], words={0, 3, 6})


def _cells(verdict: Verdict, counts: Sequence[int]) -> list[str]:
    shown, (gain, half), bests = verdict.headline.shown, verdict.gain, verdict.expected_bests
    factor = 100 if verdict.headline.percent else 1
    return [
        verdict.loss,
        shown(verdict.value(verdict.own)),
        shown(verdict.value(verdict.best)),
        _changed_settings(verdict.own.row, verdict.best.row),
        shown(verdict.worst),
        f"{factor * gain:.2f} ± {factor * half:.2f}",
        "yes" if abs(gain) > half else "no",
        *(shown(bests[count - 1]) if count <= len(bests) else "–" for count in counts),
    ]


def _changed_settings(own: Row, other: Row) -> str:
    before, after = ({"learning_rate": row.learning_rate, **row.parameters} for row in (own, other))
    changed = [f"{name} {value}" for name, value in after.items() if value != before[name]]
    return ", ".join(changed) or "the same"
