"""Batch-hard triplet loss."""

import math

import numpy as np
import pytest

from agreement import cost, make, value, value_and_gradients
from batches import batch


def euclidean():
    return make("triplet_batch_hard", distance="euclidean")


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0, 1 and 3, class 1 at 5: farthest positive − nearest negative
    # 0: 3 − 5 = −2; 1: 2 − 4 = −2; 3: 3 − 2 = 1; 5 has no positive and does not count.
    # L = ⅓ (2 log(1 + e^−2) + log(1 + e))
    expected = (2 * math.log(1 + math.exp(-2)) + math.log(1 + math.e)) / 3
    assert cost(euclidean(), [[0], [1], [3], [5]], [0, 0, 0, 1]) == pytest.approx(expected)


@pytest.mark.parametrize("scale", [1, 10])
def test_the_distances_are_not_squared(scale):
    # class 0 at 0 and 3, class 1 at −1: 0: 3 − 1 = 2; 3: 3 − 4 = −1; both grow with the scale
    expected = (math.log1p(math.exp(2 * scale)) + math.log1p(math.exp(-scale))) / 2
    result = cost(euclidean(), scale * np.array([[0], [3], [-1]]), [0, 0, 1])
    assert result == pytest.approx(expected, rel=1e-6)


def test_only_the_farthest_positive_and_the_nearest_negative_of_an_anchor_matter():
    # 1 is nobody's farthest positive, 9 nobody's nearest negative
    before = batch([[0], [1], [3], [5], [9]], [0, 0, 0, 1, 2])
    result, (gradient,) = value_and_gradients(euclidean(), before)
    # as an anchor 1 has its positive, 3, and its negative, 5, on one side: both come as near
    np.testing.assert_allclose(gradient[[1, 4]], 0, atol=1e-6)
    moved = batch([[0], [1.25], [3], [5], [20]], [0, 0, 0, 1, 2])
    assert value(euclidean(), moved) == pytest.approx(result, rel=1e-6)
