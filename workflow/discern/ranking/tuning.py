"""The price of tuning: the best value to be expected of so many trials."""

from __future__ import annotations

import math
from collections.abc import Sequence


def expected_best(values: Sequence[float], higher_is_better: bool) -> list[float]:
    """For n = 1 to the number of trials, the expected best of n random trials.

    The mean of the best over all subsets of n trials, which is unbiased for independent trials
    (Tang et al., Showing Your Work Doesn't Always Work, ACL, 2020, arXiv:2004.13705, after Dodge
    et al., Show Your Work, EMNLP, 2019, arXiv:1909.03004).

    Args:
        values: of all trials.
        higher_is_better: whether the best is the highest.
    """
    ordered = sorted(values, reverse=not higher_is_better)
    count = len(ordered)
    # The value at a place is the best of a subset whose other trials come before it.
    return [
        sum(math.comb(place, n - 1) * value for place, value in enumerate(ordered))
        / math.comb(count, n)
        for n in range(1, count + 1)
    ]
