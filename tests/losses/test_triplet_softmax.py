"""Semi-hard triplet loss with a softmax beside it."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

import oracle
import oracle_pairs
from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import BATCHES, Batch, batch, few_examples, random_batch, seeds
from discern import losses

NAME = "triplet_softmax"


def assert_is_the_sum(loss, batch, margin, weight):
    mined = oracle_pairs.mine_semihard(batch.embeddings.astype(np.float64), batch.labels)

    def function(x, y, w, b):
        return oracle_pairs.triplet_mean(x, mined, margin) + weight * oracle.softmax(x, y, w, b)

    assert_agrees(loss, function, batch)


@pytest.mark.parametrize("weight", [0.1, 3.0])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_formula(batch, weight):
    loss = with_random_weights(make(NAME, margin=1.0, weight=weight, distance="euclidean"))
    assert_is_the_sum(loss, batch, 1.0, weight)


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_in_the_cosine_distance_the_softmax_still_sees_the_native_embedding(batch):
    def function(x, y, w, b):
        triplets = oracle_pairs.triplet_mean(oracle.normalised(x), mined, 0.5)
        return triplets + 2.0 * oracle.softmax(x, y, w, b)

    unit = oracle.normalised(batch.embeddings.astype(np.float64))
    mined = oracle_pairs.mine_semihard(unit, batch.labels)
    loss = with_random_weights(make(NAME, margin=0.5, weight=2.0, distance="cosine"))
    assert_agrees(loss, function, batch)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 1, class 1 at 3; α = 6, λ = 2.
    # Triplets: (0, 1): 1 − 9 + 6 < 0; (1, 0): 1 − 4 + 6 = 3; mean 3/2.
    # W = (0, ln 2), b = 0: scores (0, x ln 2); −log probability of class 0 at 0: ln 2, at 1: ln 3;
    # of class 1 at 3: ln(9/8); mean ⅓ ln(2 · 3 · 9/8) = ⅓ ln(27/4).
    loss = losses.create(NAME, classes=2, embedding_dim=1, margin=6.0, weight=2.0)
    loss.class_weights.assign([[0, math.log(2)]])
    found = value(loss, batch([[0], [1], [3]], [0, 0, 1]))
    assert found == pytest.approx(3 / 2 + 2 / 3 * math.log(27 / 4), rel=1e-6)


def test_dropout_is_before_the_classifier_and_the_triplets_know_nothing_of_it():
    loss = with_random_weights(make(NAME, margin=1.0, weight=2.0, dropout=0.5))
    batch = random_batch(0)
    mask = loss.softmax.dropout(tf.ones(batch.embeddings.shape), step=4).numpy()
    assert 0 < np.count_nonzero(mask) < mask.size

    def function(x, y, w, b):
        return oracle_pairs.semihard_triplet(x, y, 1.0) + 2.0 * oracle.softmax(x * mask, y, w, b)

    assert_agrees(loss, function, batch, step=4)


def test_without_a_step_there_is_no_dropout():
    loss = with_random_weights(make(NAME, margin=1.0, weight=2.0, dropout=0.9))
    assert_is_the_sum(loss, random_batch(0), 1.0, 2.0)


def test_without_weight_it_is_the_triplet_loss():
    batch = random_batch(5)
    loss = with_random_weights(make(NAME, margin=1.0, weight=0.0))
    found, (gradient, *own) = value_and_gradients(loss, batch)
    expected, (gradient_of_triplets,) = value_and_gradients(
        make("triplet_semihard", margin=1.0), batch
    )
    assert found == expected
    np.testing.assert_array_equal(gradient, gradient_of_triplets)
    assert not any(weight.any() for weight in own)


@few_examples
@given(seeds)
def test_in_the_cosine_distance_the_triplets_do_not_depend_on_the_embeddings_scales(seed):
    batch = random_batch(seed)
    loss = make(NAME, margin=0.5, weight=0.0, distance="cosine")
    scaled = batch.embeddings * np.random.default_rng(seed).uniform(0.01, 100, (10, 1))
    found = value(loss, Batch(scaled.astype(np.float32), batch.labels))
    assert found == pytest.approx(value(loss, batch), rel=1e-4)


def test_classifier_and_logits_are_the_softmaxs():
    loss = with_random_weights(make(NAME))
    x = random_batch(2).embeddings
    weights, bias = (weight.numpy().astype(np.float64) for weight in loss.trainable_weights)
    np.testing.assert_array_equal(loss.class_weights, weights)
    np.testing.assert_allclose(loss.logits(x), x @ weights + bias, rtol=1e-5, atol=1e-6)


def test_for_one_seed_classifier_and_dropout_are_those_of_the_softmax_alone():
    both, alone, batch = make(NAME, seed=9, margin=0.0), make("softmax", seed=9), random_batch(6)
    triplets = make("triplet_semihard", margin=0.0)
    np.testing.assert_array_equal(both.class_weights, alone.class_weights)
    for step in (None, 3):
        expected = value(triplets, batch) + 0.1 * value(alone, batch, step)
        assert value(both, batch, step) == pytest.approx(expected, rel=1e-5)
