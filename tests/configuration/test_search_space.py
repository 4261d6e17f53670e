"""The settings that a search tries are different, and every value has its turn."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.configuration.search_space import balanced_points

few = settings(max_examples=20, derandomize=True, deadline=None)

SPACE = {"margin": (0.0, 0.1, 0.2, 0.5), "distance": ("cosine", "euclidean")}
FIRST = {"margin": 0.2, "distance": "euclidean", "epsilon": 0.1}


def test_the_first_is_the_one_given_and_what_is_not_searched_keeps_its_value():
    found = balanced_points(SPACE, FIRST, 5, "seed")
    assert found[0] == FIRST
    assert all(point["epsilon"] == 0.1 for point in found)


@few
@given(st.integers(1, 8), st.text())
def test_no_two_points_are_the_same(count, seed):
    found = balanced_points(SPACE, FIRST, count, seed)
    assert len({tuple(point.items()) for point in found}) == len(found) == count


@few
@given(st.text())
def test_the_values_of_a_setting_come_equally_often(seed):
    for count, expected in ((8, {2: 4, 4: 2}), (4, {2: 2, 4: 1})):
        found = balanced_points(SPACE, FIRST, count, seed)
        for name, values in SPACE.items():
            times = Counter(point[name] for point in found)
            assert set(times.values()) == {expected[len(values)]}, (count, name)


def test_the_points_are_a_function_of_the_seed():
    space = {"a": range(10), "b": range(10)}
    first = {"a": 0, "b": 0}
    assert balanced_points(space, first, 12, "x") == balanced_points(space, first, 12, "x")
    assert balanced_points(space, first, 12, "x") != balanced_points(space, first, 12, "y")


def test_a_first_point_beside_the_space_is_one_more():
    outside = {"margin": 0.3, "distance": "cosine"}
    assert len(balanced_points(SPACE, outside, 9, "seed")) == 9
    with pytest.raises(ValueError, match=r"^8 combinations of settings for 9 trials$"):
        balanced_points(SPACE, FIRST, 9, "seed")
