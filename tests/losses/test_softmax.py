"""Softmax cross-entropy of a linear classifier."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from agreement import (
    cost,
    make,
    value,
    value_and_gradients,
    with_class_weights,
    with_random_weights,
)
from batches import BATCHES, CLASSES, DIM, batch, few_examples, random_batch, seeds


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W = diag(ln 3, ln 2), b = (0, ln 2), both of class 0.
    # x = (1, 0): scores (ln 3, ln 2), probability 3 / (3 + 2); x = (0, 1): (0, ln 4), 1 / (1 + 4).
    # L = ½ (ln 5/3 + ln 5) = ½ ln 25/3
    loss = with_class_weights("softmax", [[math.log(3), 0], [0, math.log(2)]])
    loss.bias.assign([0, math.log(2)])
    expected = 0.5 * math.log(25 / 3)
    assert cost(loss, [[1, 0], [0, 1]], [0, 0]) == pytest.approx(expected, rel=1e-6)


def test_half_of_the_embedding_is_dropped_by_default_and_with_a_rate_of_0_nothing():
    assert make("softmax").dropout.rate == 0.5
    loss = with_random_weights(make("softmax", dropout=0.0))
    assert value(loss, random_batch(1), step=3) == value(loss, random_batch(1))


def test_a_new_classifier_is_undecided_about_an_embedding_of_zeros():
    result = value(make("softmax"), BATCHES["all zero"])
    assert result == pytest.approx(math.log(CLASSES), rel=1e-6)


@few_examples
@given(seeds)
def test_the_same_number_added_to_every_bias_changes_nothing(seed):
    loss, batch = with_random_weights(make("softmax"), seed), random_batch(seed)
    before = value(loss, batch)
    loss.bias.assign_add(tf.fill([CLASSES], 2.5))
    assert value(loss, batch) == pytest.approx(before, rel=1e-5)


def test_a_badly_wrong_sample_costs_its_distance_in_scores_and_no_more():
    # scores (1e4, 0, 0, 0) and class 1: L = 1e4, gradient W₀ − W₁
    loss = make("softmax")
    loss.class_weights.assign(np.eye(DIM, CLASSES))
    result, (gradient, *_) = value_and_gradients(loss, batch([[1e4, 0, 0, 0, 0]], [1]))
    assert result == 1e4
    np.testing.assert_array_equal(gradient, [[1, -1, 0, 0, 0]])
