"""A rank counts the rows that are better, and many tests do not make a difference significant."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from discern.ranking import bootstrap, significance
from discern.ranking.comparisons import Pair

few = settings(max_examples=60, derandomize=True, deadline=None)
p_values = st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=12)


def pair(first, second, difference, adjusted_p):
    return Pair(str(first), str(second), difference, 0.0, 0.0, adjusted_p, adjusted_p)


@few
@given(st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=2, max_size=8))
def test_the_interval_over_seeds_is_students(values):
    if len(set(values)) == 1:
        assert significance.interval_over_seeds(values) == pytest.approx((values[0], values[0]))
        return
    oracle = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    interval = significance.interval_over_seeds(values)
    assert interval == pytest.approx((oracle.low, oracle.high), rel=1e-9, abs=1e-9)


def test_two_seeds_have_an_interval_as_wide_as_tables_say_and_one_has_none():
    # t = 12.706 for one degree of freedom; the standard error of 1 and 3 is 1
    low, high = significance.interval_over_seeds([1.0, 3.0])
    assert (low, high) == pytest.approx((2 - 12.706, 2 + 12.706), abs=1e-3)
    assert significance.interval_over_seeds([0.9]) is None
    assert significance.interval_over_seeds([]) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.01, 0.02, 0.03], [0.03, 0.04, 0.04]),  # the last by the one before
        ([0.02, 0.02], [0.04, 0.04]),
        ([0.6, 0.5], [1.0, 1.0]),
        ([0.03], [0.03]),
        ([], []),
    ],
)
def test_holms_correction_worked_by_hand(values, expected):
    np.testing.assert_allclose(significance.holm(np.array(values)), expected, rtol=1e-12)


@few
@given(p_values, st.floats(0.001, 0.5))
def test_what_is_adjusted_below_alpha_is_what_holms_procedure_rejects(values, alpha):
    rejected = set()
    waiting = sorted(range(len(values)), key=lambda place: values[place])
    while waiting and values[waiting[0]] <= alpha / len(waiting):
        rejected.add(waiting.pop(0))
    adjusted = significance.holm(np.array(values))
    near = [abs(value - alpha) < 1e-12 for value in adjusted]  # rounding decides
    assert {n for n, value in enumerate(adjusted) if value <= alpha} == rejected or any(near)


@pytest.fixture(scope="module")
def pairs():
    """Of three rows on 2,000 images: two err on the same 40, the third on 100 others."""
    right = np.ones((3, 2000))
    right[:2, :40] = 0
    right[2, 40:140] = 0
    resampled = bootstrap.crossed_means(right[None], 2000, 0)
    return significance.pairs("012", bootstrap.means([right]), resampled)


def test_every_two_rows_are_a_pair_in_the_rows_order(pairs):
    assert [each.first + each.second for each in pairs] == ["01", "02", "12"]
    assert [each.difference for each in pairs] == pytest.approx([0.0, 0.03, 0.03])
    assert [each.adjusted_p for each in pairs] == pytest.approx(
        significance.holm(np.array([each.p for each in pairs]))
    )


def test_rows_with_the_same_outcomes_do_not_differ_at_all(pairs):
    same = pairs[0]
    assert (same.difference, same.low, same.high, same.p, same.adjusted_p) == (0, 0, 0, 1, 1)
    assert same.better is None


def test_a_clear_difference_has_the_smallest_p_and_an_interval_beyond_zero(pairs):
    for each in pairs[1:]:
        assert each.p == pytest.approx(2 / 2001)
        assert 0 < each.low < 0.03 < each.high
        assert each.better == each.first


@pytest.mark.parametrize(("adjusted_p", "rank"), [(0.0499, 3), (0.05, 2)])
def test_a_rank_counts_the_rows_that_are_significantly_better(adjusted_p, rank):
    pairs = [pair(0, 1, -0.1, 0.01), pair(0, 2, 0.1, adjusted_p), pair(1, 2, 0.2, 0.001)]
    for in_some_order in (pairs, pairs[::-1]):
        assert significance.ranks("012", in_some_order) == {"0": 2, "1": 1, "2": rank}
    assert significance.ranks("0", []) == {"0": 1}
