"""Separation is the one computed by hand."""

import numpy as np
import pytest

from discern.measures.separation import separation


def test_separation_by_hand():
    # means at 0, 5 and 9, farthest samples 1, 2 and 0.5 away: 4 / 2
    points = np.float32([[1], [-1], [3], [5], [7], [8.5], [9.5]])
    labels = np.int16([0, 0, 1, 1, 1, 2, 2])
    assert separation(points, labels) == pytest.approx(2.0)
    assert separation(points * 7 - 3, labels) == pytest.approx(2.0, rel=1e-6)


def test_classes_that_are_points_have_no_radius_to_compare_with():
    assert separation(np.float32([[0], [0], [1]]), np.uint8([0, 0, 1])) is None
