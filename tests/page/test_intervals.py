"""The plot of differences has each pair once, on one axis, and cuts only what is far beyond."""

from dataclasses import replace

import pytest

from discern.page.intervals import interval_plot
from discern.ranking.comparisons import Comparisons, Evidence, Pair
from discern.ranking.leaderboard import Line
from samples import COSFACE

A, B, C = (Line(replace(COSFACE, label=label, title=label), [], []) for label in "abc")


def plot(*pairs, ranking=(A, B, C)):
    tests = [
        Pair(*labels, 1 if p is None else 3, (low + high) / 2, None, Evidence(low, high, p, p))
        for labels, low, high, p in pairs
    ]
    return interval_plot(ranking, Comparisons("map_at_r", True, {}, {"map_at_r": tests}))


SMALL = ("ab", 0.0, 0.2, 0.2), ("ac", 0.1, 0.3, 0.01), ("bc", -0.1, 0.1, None)


def test_each_pair_stands_once_in_the_order_of_the_leaderboard():
    drawn = plot(*SMALL, ranking=(C, A, B))
    assert [(each.first, each.second) for each in drawn.intervals] == [(C, A), (C, B), (A, B)]
    assert [each.relation for each in drawn.intervals] == ["worse", "untested", "alike"]
    assert [each.pair.difference for each in drawn.intervals] == pytest.approx([-0.2, 0, 0.1])


def test_of_chosen_pairs_only_these_are_drawn():
    ab, ac, bc = (
        Pair(*pair, 3, 0.1, None, Evidence(0, 0.2, p, p))
        for pair, p in (("ab", 0.2), ("ac", None), ("bc", 0.01))
    )
    ranking = [
        replace(A, tested_against=["b"]),
        replace(B, tested_against=["a", "c"]),
        replace(C, tested_against=["b"]),
    ]
    known = Comparisons("map_at_r", True, {}, {"map_at_r": [ab, ac, bc]})
    drawn = interval_plot(ranking, known).intervals
    assert [each.pair for each in drawn] == [ab, bc]


def test_places_on_the_axis_are_linear():
    drawn = plot(*SMALL)
    assert (drawn.least, drawn.most) == (-0.1, 0.3)
    assert drawn.zero == pytest.approx(25)
    first = drawn.intervals[0]
    assert (first.start, first.middle, first.end) == pytest.approx((25, 50, 75))
    assert not any(each.goes_on_left or each.goes_on_right for each in drawn.intervals)


def test_the_farthest_quarter_of_the_pairs_is_cut_at_the_axis():
    d = Line(replace(COSFACE, label="d", title="d"), [], [])
    near = [(pair, -0.1, 0.2, 0.2) for pair in ("ab", "ac", "bc", "bd", "cd")]
    drawn = plot(*near, ("ad", 0.1, 40.0, 0.01), ranking=(A, B, C, d))
    assert (drawn.least, drawn.most) == (-0.1, 0.2)
    far = drawn.intervals[2]
    assert (far.goes_on_left, far.goes_on_right) == (False, True)
    assert (far.middle, far.end) == (100, 100)
    far = plot(*near, ("ad", -40, -0.1, 0.01), ranking=(A, B, C, d)).intervals[2]
    assert (far.goes_on_left, far.goes_on_right, far.start) == (True, False, 0)


def test_rows_without_a_difference_have_an_axis_too():
    drawn = plot(("ab", 0.0, 0.0, None), ranking=(A, B))
    assert (drawn.zero, drawn.intervals[0].start) == (0, 0)


def test_a_single_row_has_no_plot():
    assert interval_plot([A], Comparisons("map_at_r", True, {}, {})) is None
