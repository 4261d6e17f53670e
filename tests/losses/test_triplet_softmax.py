"""Semi-hard triplet loss with a softmax beside it."""

import math

import pytest

from agreement import cost, make, value, with_class_weights
from batches import random_batch

NAME = "triplet_softmax"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 1, class 1 at 3; α = 6, λ = 2.
    # Triplets: (0, 1): 1 − 9 + 6 < 0; (1, 0): 1 − 4 + 6 = 3; mean 3/2.
    # W = (0, ln 2), b = 0: scores (0, x ln 2); −log probability of class 0 at 0: ln 2, at 1: ln 3;
    # of class 1 at 3: ln(9/8); mean ⅓ ln(2 · 3 · 9/8) = ⅓ ln(27/4).
    loss = with_class_weights(NAME, [[0, math.log(2)]], margin=6.0, weight=2.0)
    expected = 3 / 2 + 2 / 3 * math.log(27 / 4)
    assert cost(loss, [[0], [1], [3]], [0, 0, 1]) == pytest.approx(expected, rel=1e-6)


def test_by_default_it_is_the_triplets_and_a_tenth_of_the_softmax_of_the_same_seed():
    batch, triplets, softmax = random_batch(6), make("triplet_semihard"), make("softmax", seed=9)
    for step in (None, 3):
        expected = value(triplets, batch) + 0.1 * value(softmax, batch, step)
        assert value(make(NAME, seed=9), batch, step) == pytest.approx(expected, rel=1e-5)
