"""The range of a measure, and an interval cut at its ends."""

from __future__ import annotations

import math
import re

from discern.measures.catalogue import Measure
from discern.ranking.comparisons import Interval

_ABOVE = re.compile(r"\bfrom (\d+)")
_BETWEEN = re.compile(r"(−?[\d.]+) to (−?[\d.]+)")


def range_of(measure: Measure) -> Interval:
    """The least and the largest value that a measure can have, as its definition states them.

    An end that the definition does not give as a mere number is infinite.
    """
    if measure.percent:
        return 0.0, 1.0
    if between := _BETWEEN.findall(measure.definition):
        low, high = (float(end.replace("\N{MINUS SIGN}", "-")) for end in between[-1])
        return low, high
    above = _ABOVE.search(measure.definition)
    return (float(above[1]) if above else -math.inf), math.inf


def within_range(interval: Interval, measure: Measure) -> Interval:
    """The part of a 95 % ``interval`` that lies in the measure's range.

    Student's t gives intervals that are symmetric about the mean, and so may leave the range. No
    true value does, so the part covers it as often.
    """
    low, high = range_of(measure)
    return max(low, interval[0]), min(high, interval[1])
