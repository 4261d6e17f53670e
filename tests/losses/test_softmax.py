"""Softmax cross-entropy of a linear classifier."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

import oracle
from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import BATCHES, CLASSES, DIM, batch, few_examples, random_batch, seeds
from discern import losses


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_formula(batch):
    assert_agrees(with_random_weights(make("softmax")), oracle.softmax, batch)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W = diag(ln 3, ln 2), b = (0, ln 2), both of class 0.
    # x = (1, 0): scores (ln 3, ln 2), probability 3 / (3 + 2); x = (0, 1): (0, ln 4), 1 / (1 + 4).
    # L = ½ (ln 5/3 + ln 5) = ½ ln 25/3
    loss = losses.create("softmax", classes=2, embedding_dim=2)
    loss.class_weights.assign([[math.log(3), 0], [0, math.log(2)]])
    loss.bias.assign([0, math.log(2)])
    found = value(loss, batch([[1, 0], [0, 1]], [0, 0]))
    assert found == pytest.approx(0.5 * math.log(25 / 3), rel=1e-6)


@pytest.mark.parametrize("rate", [0.3, 0.9])
def test_while_training_the_classifier_sees_the_embedding_behind_dropout(rate):
    loss = with_random_weights(make("softmax", dropout=rate))
    batch = random_batch(0)
    mask = loss.dropout(tf.ones(batch.embeddings.shape), step=5).numpy().astype(np.float64)
    assert 0 < np.count_nonzero(mask) < mask.size
    assert_agrees(loss, lambda x, y, w, b: oracle.softmax(x * mask, y, w, b), batch, step=5)


def test_without_a_step_there_is_no_dropout():
    assert_agrees(with_random_weights(make("softmax")), oracle.softmax, random_batch(1))
    assert make("softmax").dropout.rate == 0.5


def test_a_rate_of_zero_drops_nothing():
    loss = with_random_weights(make("softmax", dropout=0.0))
    assert value(loss, random_batch(1), step=3) == value(loss, random_batch(1))


def test_a_new_classifier_is_undecided_about_an_embedding_of_zeros():
    found = value(make("softmax"), BATCHES["all zero"])
    assert found == pytest.approx(math.log(CLASSES), rel=1e-6)


def test_the_logits_are_the_linear_classifiers():
    loss = with_random_weights(make("softmax"))
    x = random_batch(2).embeddings
    expected = x.astype(np.float64) @ loss.class_weights.numpy() + loss.bias.numpy()
    np.testing.assert_allclose(loss.logits(x), expected, rtol=1e-5, atol=1e-6)


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
    found, (gradient, *_) = value_and_gradients(loss, batch([[1e4, 0, 0, 0, 0]], [1]))
    assert found == 1e4
    np.testing.assert_array_equal(gradient, [[1, -1, 0, 0, 0]])
