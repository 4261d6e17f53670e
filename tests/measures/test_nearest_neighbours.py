"""Confusions are counted by hand."""

import numpy as np

from discern.measures.nearest_neighbours import confusions


def test_confusions_are_counted_pair_by_pair():
    labels, predictions = [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 0, 2]
    expected = np.zeros((4, 4), int)
    for label, prediction in zip(labels, predictions, strict=True):
        expected[label, prediction] += 1
    counts = confusions(np.int16(labels), np.int16(predictions), classes=4)
    np.testing.assert_array_equal(counts, expected)
