"""Nearest neighbours are those found by looking at each distance, and vote as counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discern.measures.shared import nearest
from discern.measures.shared.nearest import (
    majority,
    nearest_neighbour_classes,
    nearest_neighbours,
    smallest,
)
from measures.samples import few, nearest_labels, overlapping, seeds
from measures.samples import majority as majority_by_hand


@few
@given(seeds, st.integers(1, 8))
def test_nearest_neighbours_vote_as_counted_by_hand(seed, neighbours):
    gallery, labels = overlapping(seed)
    queries = overlapping(seed, count=75)[0][60:]
    voted = nearest_neighbour_classes(gallery, labels, queries, neighbours)
    assert voted.tolist() == [
        majority_by_hand(nearest_labels(query, gallery, labels, neighbours)) for query in queries
    ]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
@pytest.mark.parametrize(("neighbours", "winner"), [(3, 7), (4, 4)])
def test_among_classes_with_as_many_votes_the_lowest_label_wins(order, neighbours, winner):
    # the query at 0 has 7 twice nearer than 4 twice
    gallery = np.float32([[0.1], [-0.2], [0.3], [-0.4]])[order]
    labels = np.uint8([7, 7, 4, 4])[order]
    query = np.zeros((1, 1), np.float32)
    assert nearest_neighbour_classes(gallery, labels, query, neighbours) == [winner]


def nearest_by_hand(gallery, queries, neighbours):
    """The sets of nearest samples in float64, the first in the gallery at equal distance."""
    apart = np.square(queries.astype(float)[:, None] - gallery.astype(float)).sum(axis=2)
    return np.sort(np.argsort(apart, axis=1, kind="stable")[:, :neighbours], axis=1)


def far_from_the_origin(centres, spread):
    """700 samples and 90 queries, float32, around ``centres`` far from the origin."""
    random = np.random.default_rng(0)
    places = 10 * random.normal(size=(centres, 30))
    gallery, queries = (
        places[random.integers(0, centres, count)] + spread * random.normal(size=(count, 30))
        for count in (700, 90)
    )
    return gallery.astype(np.float32), queries.astype(np.float32)


@pytest.mark.parametrize(("centres", "spread"), [(4, 1.0), (4, 1e-3), (4, 1e-4), (100, 0.0)])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_search_is_exact_however_close_samples_lie_and_far_from_the_origin(
    centres, spread, threads
):
    # float32 products are wrong by more than the distances between the samples of a class
    gallery, queries = far_from_the_origin(centres, spread)
    labels = np.arange(700)  # the vote of one neighbour names it
    voted = nearest_neighbour_classes(gallery, labels, queries, 1, threads)
    np.testing.assert_array_equal(voted, nearest_by_hand(gallery, queries, 1)[:, 0])


def test_of_many_samples_that_coincide_any_is_nearest_and_no_other():
    # which of them depends on the processor: its products differ by rounding
    gallery, queries = far_from_the_origin(4, 0.0)
    found = nearest_neighbours(gallery, queries, 3)
    assert all(len(set(row)) == 3 for row in found.tolist())
    nearest_samples = gallery[nearest_by_hand(gallery, queries, 3)]
    np.testing.assert_array_equal(gallery[found], nearest_samples)


@pytest.mark.parametrize("count", [1, 3, 64, 200])
@pytest.mark.parametrize("values", [1000, 7, 1], ids=["few ties", "many ties", "all equal"])
def test_the_smallest_values_are_the_first_of_equal_ones(monkeypatch, count, values):
    drawn = np.random.default_rng(0).integers(0, values, (50, 200)).astype(np.float32)
    expected = np.sort(np.argsort(drawn, axis=1, kind="stable")[:, :count], axis=1)
    for many in (0, 1):  # all values, or candidates only
        monkeypatch.setattr(nearest, "_MANY", many)
        found = smallest(drawn, count)
        np.testing.assert_array_equal(np.sort(found, axis=1), expected)


def test_of_classes_with_as_many_votes_the_lowest_is_the_majority():
    votes = np.uint8([[9, 2, 9, 2, 4], [4, 4, 2, 9, 9], [1, 1, 1, 0, 0]])
    assert majority(votes).tolist() == [2, 4, 1]
    assert majority(votes).dtype == np.uint8
