"""The nearest neighbours' votes and confusions are those counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discern.measures.nearest_neighbours import confusions, nearest_neighbour_classes
from measures.samples import few, majority, nearest_labels, overlapping, seeds


@few
@given(seeds, st.integers(1, 8))
def test_nearest_neighbours_vote_as_counted_by_hand(seed, neighbours):
    gallery, labels = overlapping(seed)
    queries = overlapping(seed, count=75)[0][60:]
    voted = nearest_neighbour_classes(gallery, labels, queries, neighbours)
    assert voted.tolist() == [
        majority(nearest_labels(query, gallery, labels, neighbours)) for query in queries
    ]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
@pytest.mark.parametrize(("neighbours", "winner"), [(3, 7), (4, 4)])
def test_among_classes_with_as_many_votes_the_lowest_label_wins(order, neighbours, winner):
    # the query at 0 has 7 twice nearer than 4 twice
    gallery = np.float32([[0.1], [-0.2], [0.3], [-0.4]])[order]
    labels = np.int16([7, 7, 4, 4])[order]
    query = np.zeros((1, 1), np.float32)
    assert nearest_neighbour_classes(gallery, labels, query, neighbours) == [winner]


def test_confusions_are_counted_pair_by_pair():
    labels, predictions = [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 0, 2]
    expected = np.zeros((4, 4), int)
    for label, prediction in zip(labels, predictions, strict=True):
        expected[label, prediction] += 1
    counts = confusions(np.int16(labels), np.int16(predictions), classes=4)
    np.testing.assert_array_equal(counts, expected)
