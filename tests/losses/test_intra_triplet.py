"""Intra-enhanced triplet loss, and its pull to the class's mean alone."""

import pytest
import tensorflow as tf

from agreement import cost, make
from batches import CLASSES, batch, random_batch
from discern.losses.intra_triplet import centre_hinge


def hinge_and_gradient(batch, radius, classes=CLASSES):
    x = tf.constant(batch.embeddings)
    with tf.GradientTape() as tape:
        tape.watch(x)
        hinge = centre_hinge(x, tf.constant(batch.labels), classes, radius)
    return float(hinge), tape.gradient(hinge, x).numpy()


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 2, class 1 at 10; α = 100, β = ¼, λ = 2.
    # Triplets: 4 − 100 + 100 = 4 and 4 − 64 + 100 = 40, mean 22.
    # Centres 1 and 10, squared distances 1, 1, 0, hinges ¾, ¾, 0, mean ½.
    # L = 22 + 2 · ½
    loss = make("intra_triplet", margin=100.0, radius=0.25, weight=2.0)
    assert cost(loss, [[0], [2], [10]], [0, 0, 1]) == pytest.approx(23, rel=1e-6)


def test_a_sample_within_the_radius_costs_nothing():
    # squared distances to the centre are 1
    within = batch([[0], [2], [7]], [0, 0, 1])
    hinge, gradient = hinge_and_gradient(within, 1.5)
    assert hinge == 0
    assert not gradient.any()
    assert hinge_and_gradient(within, 1.0)[0] == 0
    assert hinge_and_gradient(within, 0.75)[0] == pytest.approx(2 / 3 * 0.25)


def test_classes_without_a_sample_in_the_batch_count_for_nothing():
    few, many = (hinge_and_gradient(random_batch(0), 0.5, c)[0] for c in (CLASSES, 1000))
    assert few == pytest.approx(many, rel=1e-6)
