"""Centre loss; its centres follow a rule of their own."""

import math

import numpy as np
import pytest
import tensorflow as tf

import oracle
from agreement import cost, make, with_class_weights
from agreement import with_random_weights as with_random_centres
from batches import BATCHES, CLASSES, DIM, batch, random_batch
from discern import losses

NAME = "centre"


def centres_of(loss):
    return loss.centres.numpy().astype(np.float64)


def moved(loss, batch, rate):
    """The centres of ``loss`` after the paper's step."""
    x = batch.embeddings.astype(np.float64)
    return oracle.moved_centres(centres_of(loss), x, batch.labels, rate)


def after_step(loss, batch, integer=np.int32):
    loss.after_step(tf.constant(batch.embeddings), tf.constant(batch.labels.astype(integer)))


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0, class 1 at 3; W = (0, ln 2), b = 0; centres (1, 1); λ = 4.
    # Scores (0, x ln 2): −log probability of class 0 at 0 is ln 2, of class 1 at 3 ln(9/8).
    # Squared distances 1 and 4, mean 5/2.
    # L = ½ (ln 2 + ln 9/8) + 4/2 · 5/2 = ½ ln 9/4 + 5
    loss = with_class_weights(NAME, [[0, math.log(2)]], weight=4.0)
    loss.centres.assign([[1], [1]])
    assert cost(loss, [[0], [3]], [0, 1]) == pytest.approx(math.log(3 / 2) + 5, rel=1e-6)


def test_the_centres_start_at_0_and_no_gradient_moves_them():
    loss = make(NAME)
    assert not loss.centres.numpy().any()
    assert loss.centres.shape == (CLASSES, DIM)
    assert loss.centres.dtype == tf.float32
    assert [weight.name for weight in loss.non_trainable_weights] == ["centres:0"]


def test_a_centre_moves_as_computed_by_hand():
    # α = ½. Class 0 at 0 and 6, c = 0: Δ = ((0 − 0) + (0 − 6)) / (1 + 2) = −2, c − ½ Δ = 1.
    # Class 1 at 4, c = 1: Δ = (1 − 4) / (1 + 1) = −3/2, c − ½ Δ = 7/4.
    # Class 2 is absent and stays at −5.
    loss = losses.create(NAME, classes=3, embedding_dim=1, centre_rate=0.5)
    loss.centres.assign([[0], [1], [-5]])
    after_step(loss, batch([[0], [4], [6]], [0, 1, 0]))
    np.testing.assert_allclose(loss.centres, [[1], [1.75], [-5]], rtol=1e-6)


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_after_a_step_the_centres_are_those_of_the_paper(batch, rate):
    loss = with_random_centres(make(NAME, centre_rate=rate))
    expected = moved(loss, batch, rate)
    after_step(loss, batch)
    tolerance = 1e-6 * np.max(np.abs(expected))
    np.testing.assert_allclose(loss.centres, expected, rtol=1e-5, atol=tolerance)


@pytest.mark.parametrize("integer", [np.uint8, np.int64])
def test_the_labels_of_a_step_may_be_any_integers(integer):
    loss = with_random_centres(make(NAME))
    expected = moved(loss, random_batch(0), 0.5)
    after_step(loss, random_batch(0), integer)
    np.testing.assert_allclose(loss.centres, expected, rtol=1e-5, atol=1e-6)


def test_after_many_steps_in_a_graph_the_centres_still_are_those_of_the_paper():
    loss, plain = (with_random_centres(make(NAME)) for _ in range(2))
    signature = [tf.TensorSpec([None, DIM]), tf.TensorSpec([None], tf.int64)]
    graph = tf.function(loss.after_step, input_signature=signature)
    for seed, size in enumerate((10, 4, 7, 10)):
        batch = random_batch(seed, size)
        plain.centres.assign(moved(plain, batch, 0.5))
        graph(tf.constant(batch.embeddings), tf.constant(batch.labels, tf.int64))
    np.testing.assert_allclose(loss.centres, plain.centres, rtol=1e-5, atol=1e-6)


def test_a_class_absent_from_the_batch_keeps_its_centre_and_what_is_trained_stays():
    loss = with_random_centres(make(NAME))
    centres, trained = centres_of(loss), [weight.numpy() for weight in loss.trainable_weights]
    after_step(loss, batch(random_batch(3).embeddings, [0, 2] * 5))
    np.testing.assert_array_equal(centres_of(loss)[[1, 3]], centres[[1, 3]])
    assert np.all(centres_of(loss)[[0, 2]] != centres[[0, 2]])
    np.testing.assert_equal([weight.numpy() for weight in loss.trainable_weights], trained)


def test_step_by_step_the_centres_come_to_the_classes_means():
    # with n_j samples the distance shrinks by 1 − α n_j / (1 + n_j) ≤ ¾ a step; ¾^60 = 3e-8
    loss, batch = with_random_centres(make(NAME)), random_batch(0)
    for _ in range(60):
        after_step(loss, batch)
    for j in set(batch.labels.tolist()):
        mean = batch.embeddings[batch.labels == j].mean(axis=0)
        np.testing.assert_allclose(loss.centres.numpy()[j], mean, rtol=1e-4, atol=1e-5)
