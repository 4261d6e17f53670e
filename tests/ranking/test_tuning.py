"""The price of tuning is what the best of so many random trials gives on average."""

from itertools import combinations
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.ranking.tuning import expected_best

few = settings(max_examples=40, derandomize=True, deadline=None)


@few
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=7), st.booleans())
def test_it_is_the_mean_of_the_best_over_all_subsets_of_the_trials(values, higher):
    best = max if higher else min
    expected = [
        fmean(best(subset) for subset in combinations(values, count))
        for count in range(1, len(values) + 1)
    ]
    assert expected_best(values, higher) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_one_trial_gives_the_mean_and_all_give_the_best():
    bests = expected_best([0.2, 0.9, 0.4, 0.5], higher_is_better=True)
    assert (bests[0], bests[-1]) == (pytest.approx(0.5), pytest.approx(0.9))
    assert bests == sorted(bests)
