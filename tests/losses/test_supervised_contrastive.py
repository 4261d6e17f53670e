"""Supervised contrastive loss."""

import math

import numpy as np
import pytest
from hypothesis import given

from agreement import cost, make, value, value_and_gradients
from batches import batch, few_examples, random_batch, seeds

NAME = "supervised_contrastive"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 along the first and the second axis, class 1 along the first; τ = ½.
    # 0: e^0 of e^0 + e^2: log(1 + e²); 1: e^0 of e^0 + e^0: log 2; 2 has no positive
    expected = (math.log(1 + math.exp(2)) + math.log(2)) / 2
    result = cost(make(NAME, temperature=0.5), [[2, 0], [0, 7], [0.1, 0]], [0, 0, 1])
    assert result == pytest.approx(expected, rel=1e-6)


def test_the_mean_over_positives_is_outside_the_logarithm():
    # Anchor along the first axis, positives along it and opposite, class 1 at a right angle; τ = 1:
    # its cosines 1, −1 and 0, total e + e^−1 + 1. L_out has −½ (1 − 1) + log total, where L_in
    # has −log ½ (e + e^−1) + log total. The positive along it has the same, the one opposite has
    # cosines −1, −1 and 0.
    total = math.log(math.e + 1 / math.e + 1)
    expected = (2 * total + 1 + math.log(2 / math.e + 1)) / 3
    result = cost(make(NAME, temperature=1.0), [[1, 0], [2, 0], [-1, 0], [0, 1]], [0, 0, 0, 1])
    assert result == pytest.approx(expected, rel=1e-5)


def test_the_other_positives_are_in_the_denominator_and_the_anchor_itself_is_not():
    # equal embeddings: 1 of the 9 others, whichever is the positive
    for labels in ([0] * 10, [0] * 5 + [1] * 5, [0, 0, 1, 1, 2, 2, 3, 3, 0, 1]):
        result = cost(make(NAME), np.ones((10, 4)), labels)
        assert result == pytest.approx(math.log(9), rel=1e-5)


def test_an_anchor_without_a_negative_counts():
    # all of one class: two of them at a right angle to the third, τ = 1:
    # the two: −½ (1 + 0) + log(e + 1); the third: log 2
    expected = (2 * (math.log(math.e + 1) - 0.5) + math.log(2)) / 3
    result = cost(make(NAME, temperature=1.0), [[1, 0], [1, 0], [0, 1]], [2, 2, 2])
    assert result == pytest.approx(expected, rel=1e-5)


def test_two_of_one_class_alone_cost_nothing():
    result, (gradient,) = value_and_gradients(make(NAME), batch([[1, 0], [0, 1]], [0, 0]))
    assert result == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


@few_examples
@given(seeds)
def test_at_a_high_temperature_all_others_are_alike(seed):
    # every score comes to 0: log 9, and no further factor of the temperature
    result = value(make(NAME, temperature=1e4), random_batch(seed))
    assert result == pytest.approx(math.log(9), rel=1e-3)
