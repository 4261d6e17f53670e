"""Sub-centre ArcFace; its centres: shared/test_centres.py, its margin: shared/test_angles.py."""

import math

import numpy as np
import pytest
import tensorflow as tf

import oracle
from agreement import cost, make, value, value_and_gradients, with_random_weights
from batches import CLASSES, batch, random_batch
from discern import losses

NAME = "sub_centre_arcface"


def two_classes(first, second, **parameters):
    """The loss of two classes whose first and second centres are the columns of these."""
    loss = losses.create(NAME, classes=2, embedding_dim=3, centres=2, **parameters)
    for weight, values in zip(loss.trainable_weights, (first, second), strict=True):
        weight.assign(values)
    return loss


# Class 0 has centres along the first two axes, class 1 along the third and opposite to the first.
FIRST, SECOND = [[2, 0], [0, 0], [0, 3]], [[0, -1], [5, 0], [0, 0]]


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # s = 2 ln 3, m = π/3, both of class 0 and along one of its centres: the nearest of class 0 is
    # at 0, cos(π/3) = ½, the nearest of class 1 at a right angle: scores (ln 3, 0), probability ¾
    loss = two_classes(FIRST, SECOND, scale=2 * math.log(3), margin=math.pi / 3)
    for along in ([4, 0, 0], [0, 0.1, 0]):
        assert cost(loss, [along], [0]) == pytest.approx(math.log(4 / 3), rel=1e-5)


def test_with_one_centre_it_is_the_additive_angular_margin_loss():
    parameters = {"scale": 10.0, "margin": 0.4}
    loss = with_random_weights(make(NAME, centres=1, **parameters))
    expected = with_random_weights(make("arcface", **parameters))
    assert value(loss, random_batch(0)) == pytest.approx(value(expected, random_batch(0)), rel=1e-5)


def test_only_the_nearest_centre_of_a_class_has_a_gradient():
    loss = two_classes(FIRST, SECOND, scale=3.0, margin=0.1)
    # nearest: class 0's first centre, class 1's first
    _, (_, first, second) = value_and_gradients(loss, batch([[3, 1, 1]], [0]))
    assert np.all(np.linalg.norm(first, axis=0) > 1e-3)
    assert not second.any()


def test_the_logits_are_the_scaled_cosines_to_the_nearest_centres_without_the_margin():
    loss = with_random_weights(make(NAME, scale=7.0, margin=0.4, centres=3))
    x = random_batch(0).embeddings
    expected = [
        [
            7.0 * max(oracle.cosine(row, centre.numpy()[:, j]) for centre in loss.centres)
            for j in range(CLASSES)
        ]
        for row in x.astype(np.float64)
    ]
    np.testing.assert_allclose(loss.logits(tf.constant(x)), expected, rtol=1e-4, atol=1e-5)
