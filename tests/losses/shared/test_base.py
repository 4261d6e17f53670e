"""What all losses share: class weights, unit vectors, cross-entropy."""

import math

import numpy as np
import pytest
import tensorflow as tf

import oracle
from agreement import make
from batches import CLASSES, DIM, of_norm, random_rotation
from discern import losses
from discern.losses.shared.base import Loss, cross_entropy, norm, unit


def test_initial_class_weights_are_a_function_of_the_seed():
    first, again, other = (make("softmax", seed=seed).class_weights.numpy() for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.any(first == other)


def test_initial_class_weights_are_glorots_uniform_ones():
    weights = losses.create("softmax", classes=40, embedding_dim=200).class_weights.numpy()
    limit = math.sqrt(6 / (200 + 40))
    assert 0.98 * limit < np.abs(weights).max() <= limit
    assert weights.std() == pytest.approx(limit / math.sqrt(3), rel=0.02)
    assert abs(weights.mean()) < 0.01


def test_a_loss_computes_in_float32_whatever_keras_would():
    tf.keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        loss = Loss(classes=CLASSES, embedding_dim=DIM, seed=0)
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    assert loss.compute_dtype == "float32"


@pytest.mark.parametrize("norm", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("axis", [0, 1])
def test_unit_vectors_have_length_1_and_their_direction(norm, axis):
    x = of_norm(norm, 2).embeddings
    x, expected = (x.T, x.T / norm) if axis == 0 else (x, x / norm)
    np.testing.assert_allclose(unit(tf.constant(x), axis=axis), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("norm", [0.0, 1e-9])
def test_next_to_nothing_stays_near_zero_with_a_finite_gradient(norm):
    x = norm * tf.ones((2, DIM))
    with tf.GradientTape() as tape:
        tape.watch(x)
        directions = unit(x, axis=1)
    assert np.max(np.abs(directions)) <= 1e-3
    assert np.all(np.isfinite(tape.gradient(directions, x)))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_norm_is_the_length_and_has_a_finite_slope_at_nothing(axis):
    x = tf.constant([[3.0, 0.0], [4.0, 0.0]] if axis == 0 else [[3.0, 4.0], [0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        lengths = norm(x, axis=axis)
    np.testing.assert_allclose(lengths, [5.0, 1e-6], rtol=1e-6)
    expected = tf.transpose([[0.6, 0.8], [0.0, 0.0]]) if axis == 0 else [[0.6, 0.8], [0.0, 0.0]]
    np.testing.assert_allclose(tape.gradient(lengths, x), expected, rtol=1e-6)


def test_cross_entropy_is_the_mean_of_minus_log_probability():
    # probabilities of the own class ½, ¼ and, with scores of 200, next to 1: (ln 2 + ln 4 + 0) / 3
    logits = tf.constant([[0.0, 0.0], [0.0, math.log(3)], [200.0, -200.0]])
    result = float(cross_entropy(logits, tf.constant([0, 0, 0])))
    assert result == pytest.approx(math.log(8) / 3, rel=1e-6)


def test_the_references_own_rotations_turn_and_do_not_stretch():
    rotation = random_rotation(1)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(DIM), atol=1e-12)
    assert np.abs(rotation - np.eye(DIM)).max() > 0.5


def test_the_references_own_slopes_are_those_of_the_gradient():
    x, y = np.array([[0.5, -2.0]]), np.array([[3.0], [1.0]])

    def function(x, y):
        return float((x**3).sum() + (x @ y).sum())

    along_x, along_y = np.array([[0.6, 0.8]]), np.array([[1.0], [-1.0]])
    expected = [np.sum((3 * x**2 + y.T) * along_x)]
    np.testing.assert_allclose(oracle.slopes(function, [x, y], 0, along_x), expected)
    np.testing.assert_allclose(oracle.slopes(function, [x, y], 1, along_y), [0.5, 2.0])
