"""A mean over seeds with its interval, as a dot with bars."""

from __future__ import annotations

from dataclasses import dataclass

from discern.measures.shared.measure import Measure


@dataclass(frozen=True)
class Mean:
    """A row's mean of one measure.

    Attributes:
        value: the mean over the row's seeds.
        interval: the lower and upper end of its 95 % interval; None if it has none.
    """

    value: float
    interval: tuple[float, float] | None = None

    def shown(self, measure: Measure) -> float:
        """The mean in the unit of the axis: per cent, if the ``measure`` is shown so."""
        return _factor(measure) * self.value

    def bars(self, measure: Measure) -> tuple[list[float], list[float]]:
        """The lengths below and above the mean, in the same unit."""
        low, high = self.interval or (self.value, self.value)
        factor = _factor(measure)
        return [factor * (self.value - low)], [factor * (high - self.value)]


def axis_label(measure: Measure) -> str:
    """The label of an axis with means of ``measure``."""
    return f"{measure.title}{' (%)' if measure.percent else ''}"


def _factor(measure: Measure) -> int:
    return 100 if measure.percent else 1
