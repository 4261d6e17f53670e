"""The differences of all pairs of rows as a plot of intervals, a line per pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from discern.ranking.comparisons import Comparisons, Pair, Relation
from discern.ranking.leaderboard import Line

# The axis covers this share of the pairs; longer intervals are cut, and the page says so.
_COVERED = 0.75


@dataclass(frozen=True)
class PlottedPair:
    """The difference of two rows, and its interval on the plot's axis.

    Attributes:
        first: the row that stands higher in the leaderboard.
        second: the other.
        pair: the first minus the second.
        relation: how the first compares with the second.
        start: where the interval begins on the axis, in [0, 100].
        end: where it ends.
        middle: where the difference lies.
        goes_on_left: whether a part lies beyond the axis at the left.
        goes_on_right: the same at the right.
    """

    first: Line
    second: Line
    pair: Pair
    relation: Relation
    start: float
    end: float
    middle: float
    goes_on_left: bool
    goes_on_right: bool


@dataclass(frozen=True)
class IntervalPlot:
    """All differences on one axis.

    Attributes:
        intervals: in the order of the leaderboard, each pair once.
        least: the left end of the axis.
        most: the right end.
        zero: where no difference lies on the axis, in [0, 100].
    """

    intervals: Sequence[PlottedPair]
    least: float
    most: float
    zero: float


def interval_plot(ranking: Sequence[Line], comparisons: Comparisons) -> IntervalPlot | None:
    """The differences in the headline measure; if pairs were chosen to be tested, only theirs.

    None for a single row.

    Args:
        ranking: the lines in the order of the leaderboard.
        comparisons: of all rows.
    """
    pairs = [
        (first, second, comparisons.pair(first.row.label, second.row.label))
        for place, first in enumerate(ranking)
        for second in ranking[place + 1 :]
        if not comparisons.are_chosen or second.row.label in first.tested_against
    ]
    if not pairs:
        return None
    reaches = sorted(max(abs(p.over_images.low), abs(p.over_images.high)) for *_, p in pairs)
    reach = reaches[math.ceil(_COVERED * len(reaches)) - 1] or 1.0
    ends = [end for *_, p in pairs for end in (p.over_images.low, p.over_images.high)]
    least, most = max(-reach, min(0.0, *ends)), min(reach, max(0.0, *ends))

    def place_of(value: float) -> float:
        return 100 * (min(max(value, least), most) - least) / ((most - least) or 1.0)

    intervals = [
        PlottedPair(
            first,
            second,
            pair,
            comparisons.relation(second.row.label, first.row.label),
            start=place_of(pair.over_images.low),
            end=place_of(pair.over_images.high),
            middle=place_of(pair.difference),
            goes_on_left=pair.over_images.low < least,
            goes_on_right=pair.over_images.high > most,
        )
        for first, second, pair in pairs
    ]
    return IntervalPlot(intervals, least, most, place_of(0.0))
