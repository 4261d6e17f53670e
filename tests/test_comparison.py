"""A rank counts the rows that are better, and many comparisons do not make a difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from discern import bootstrap, comparison
from discern.comparison import Pair

few = settings(max_examples=60, derandomize=True, deadline=None)
p_values = st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=12)


def pair(first, second, difference, adjusted_p):
    return Pair(first, second, difference, 0.0, 0.0, adjusted_p, adjusted_p)


# intervals over seeds


@few
@given(st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=2, max_size=8))
def test_the_interval_over_seeds_is_students(values):
    if len(set(values)) == 1:
        assert comparison.interval_over_seeds(values) == pytest.approx((values[0], values[0]))
        return
    oracle = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    found = comparison.interval_over_seeds(values)
    assert found == pytest.approx((oracle.low, oracle.high), rel=1e-9, abs=1e-9)


def test_one_seed_has_no_interval():
    assert comparison.interval_over_seeds([0.9]) is None
    assert comparison.interval_over_seeds([]) is None


def test_the_interval_of_two_seeds_is_as_wide_as_tables_say():
    # t = 12.706 for one degree of freedom; the standard error of 1 and 3 is 1
    assert comparison.interval_over_seeds([1.0, 3.0]) == pytest.approx((-10.706, 14.706), abs=1e-3)


# Holm's correction


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.01, 0.02, 0.03], [0.03, 0.04, 0.04]),  # the last by the one before
        ([0.02, 0.02], [0.04, 0.04]),
        ([0.6, 0.5], [1.0, 1.0]),
        ([0.03], [0.03]),
        ([], []),
    ],
)
def test_holms_correction_worked_by_hand(found, expected):
    np.testing.assert_allclose(comparison.holm(np.array(found)), expected, rtol=1e-12)


@few
@given(p_values, st.floats(0.001, 0.5))
def test_what_is_adjusted_below_alpha_is_what_holms_procedure_rejects(values, alpha):
    rejected = set()
    waiting = sorted(range(len(values)), key=lambda place: values[place])
    while waiting and values[waiting[0]] <= alpha / len(waiting):
        rejected.add(waiting.pop(0))
    adjusted = comparison.holm(np.array(values))
    near = [abs(value - alpha) < 1e-12 for value in adjusted]  # rounding decides
    assert {n for n, value in enumerate(adjusted) if value <= alpha} == rejected or any(near)


@few
@given(p_values, st.randoms(use_true_random=False))
def test_holms_correction_knows_no_order(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    found = comparison.holm(np.array(values))
    shuffled = comparison.holm(np.array([values[place] for place in order]))
    np.testing.assert_array_equal(shuffled, found[order])


# pairs


@pytest.fixture(scope="module")
def judged():
    """Three rows on 2,000 images: the first two err on the same 40, the third on 100 others."""
    outcomes = np.ones((3, 2000))
    outcomes[:2, :40] = 0
    outcomes[2, 40:140] = 0
    return outcomes


@pytest.fixture(scope="module")
def found(judged):
    return comparison.pairs(
        bootstrap.means([judged]), bootstrap.crossed_means(judged[None], 2000, 0)
    )


def test_every_two_rows_are_a_pair_in_the_rows_order(found):
    assert [(each.first, each.second) for each in found] == [(0, 1), (0, 2), (1, 2)]
    assert [each.difference for each in found] == pytest.approx([0.0, 0.03, 0.03])
    assert [each.adjusted_p for each in found] == pytest.approx(
        comparison.holm(np.array([each.p for each in found]))
    )


def test_rows_with_the_same_outcomes_do_not_differ_at_all(found):
    same = found[0]
    assert (same.difference, same.low, same.high, same.p, same.adjusted_p) == (0, 0, 0, 1, 1)
    assert same.better is None


def test_a_clear_difference_has_the_smallest_p_and_an_interval_beyond_zero(found):
    for each in found[1:]:
        assert each.p == pytest.approx(2 / 2001)
        assert 0 < each.low < 0.03 < each.high
        assert each.better == each.first


def test_what_both_rows_share_does_not_blur_their_difference():
    """Hard images are hard for both: paired, a difference shows that the two intervals hide."""
    first = np.ones(2000)
    first[:200] = 0
    second = first.copy()
    second[200:215] = 0
    table = np.stack([first, second])
    resampled = bootstrap.crossed_means(table[None], 2000, 0)
    (one,) = comparison.pairs(bootstrap.means([table]), resampled)
    (low, _), (_, high) = (bootstrap.interval(values, 0.95) for values in resampled.T)
    assert low < high  # they overlap
    assert one.better == 0


def test_the_order_of_rows_turns_differences_round_and_changes_nothing_else(judged, found):
    order = [2, 0, 1]
    turned = comparison.pairs(
        bootstrap.means([judged[order]]), bootstrap.crossed_means(judged[None, order], 2000, 0)
    )
    expected = {frozenset((each.first, each.second)): each for each in found}
    for each in turned:
        other = expected[frozenset((order[each.first], order[each.second]))]
        sign = 1 if order[each.first] == other.first else -1
        assert each.difference == pytest.approx(sign * other.difference)
        assert (each.low, each.high) == pytest.approx(
            (other.low, other.high) if sign > 0 else (-other.high, -other.low)
        )
        assert (each.p, each.adjusted_p) == (other.p, other.adjusted_p)


# ranks


def test_rows_that_cant_be_told_apart_share_a_rank(found):
    assert comparison.ranks(3, found) == [1, 1, 3]


def test_a_rank_counts_the_rows_that_are_better_whatever_the_pairs_order():
    clear = [pair(0, 1, -0.1, 0.01), pair(0, 2, 0.1, 0.0499), pair(1, 2, 0.2, 0.001)]
    assert comparison.ranks(3, clear) == [2, 1, 3]
    assert comparison.ranks(3, clear[::-1]) == [2, 1, 3]


def test_what_is_not_below_5_per_cent_is_no_difference():
    assert comparison.ranks(2, [pair(0, 1, 0.1, 0.05)]) == [1, 1]
    assert comparison.ranks(2, [pair(0, 1, 0.1, 0.0499)]) == [1, 2]
    assert comparison.ranks(1, []) == [1]
