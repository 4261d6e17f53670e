"""Maps of the same images are turned to lie alike, and nothing about each of them changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from discern.maps.procrustes import aligned

few = settings(max_examples=30, derandomize=True, deadline=None)


def turn(degrees, mirrored=False):
    """The matrix that turns by so many degrees, and mirrors first if asked to."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[-1.0 if mirrored else 1.0, 0], [0, 1]]) @ [[cosine, sine], [-sine, cosine]]


def unlike(seed, count=4, points=30):
    """Maps of different form and size."""
    random = np.random.default_rng(seed)
    return [random.normal(size=(points, 2)) * random.uniform(0.5, 9, 2) + 5 for _ in range(count)]


def spread(maps):
    """Mean squared distance to the mean of all, each map first centred and of unit size."""
    shapes = [each - each.mean(axis=0) for each in maps]
    shapes = [shape / np.sqrt((shape**2).sum()) for shape in shapes]
    return np.mean([(shape - np.mean(shapes, axis=0)) ** 2 for shape in shapes])


@few
@given(st.integers(0, 999), st.floats(0, 360), st.booleans(), st.floats(0.1, 9))
def test_a_turned_mirrored_and_shifted_copy_comes_back_on_top(seed, degrees, mirrored, scale):
    (original,) = unlike(seed, count=1)
    copy = scale * original @ turn(degrees, mirrored) + (70, -3)
    first, second = aligned([original, copy])
    np.testing.assert_allclose(second, scale * first, atol=1e-8)


@few
@given(st.integers(0, 999), st.integers(1, 6))
def test_the_distances_within_each_map_stay_as_they_are(seed, count):
    maps = unlike(seed, count)
    turned = aligned(maps)
    assert len(turned) == count
    for before, after in zip(maps, turned, strict=True):
        np.testing.assert_allclose(pdist(after), pdist(before))
        np.testing.assert_allclose(after.mean(axis=0), 0, atol=1e-9)


@few
@given(st.integers(0, 999), st.integers(2, 6))
def test_the_mean_distance_to_the_consensus_never_grows(seed, count):
    maps = unlike(seed, count)
    turned = aligned(maps)
    assert spread(turned) <= spread(maps) + 1e-12
    assert spread(aligned(turned)) <= spread(turned) + 1e-9


@few
@given(st.integers(0, 999), st.integers(2, 5), st.floats(-20, 20), st.integers(0, 4))
def test_no_other_turn_of_one_map_brings_it_nearer_to_the_others(seed, count, degrees, which):
    turned = aligned(unlike(seed, count))
    others = list(turned)
    others[which % count] = others[which % count] @ turn(degrees)
    assert spread(turned) <= spread(others) + 1e-6


def test_the_first_map_is_not_turned():
    maps = unlike(3)
    np.testing.assert_allclose(aligned(maps)[0], maps[0] - maps[0].mean(axis=0), atol=1e-12)


def test_the_same_maps_give_the_same_bytes():
    first, second = aligned(unlike(5)), aligned(unlike(5))
    assert [each.tobytes() for each in first] == [each.tobytes() for each in second]


def test_the_maps_that_were_given_are_left_alone():
    maps = unlike(1)
    before = [each.copy() for each in maps]
    aligned(maps)
    np.testing.assert_array_equal(maps, before)


def test_none_one_and_a_point_are_maps_too():
    assert aligned([]) == []
    (alone,) = aligned([np.array([[3.0, 4.0], [5.0, 8.0]])])
    np.testing.assert_allclose(alone, [[-1, -2], [1, 2]])
    same = aligned([np.ones((5, 2)), np.zeros((5, 2))])
    np.testing.assert_array_equal(same, np.zeros((2, 5, 2)))


@pytest.mark.parametrize("shape", [(29, 2), (30, 3), (30,)])
def test_maps_of_other_images_are_refused(shape):
    with pytest.raises(ValueError, match=r"the same N images"):
        aligned([np.ones((30, 2)), np.ones(shape)])
