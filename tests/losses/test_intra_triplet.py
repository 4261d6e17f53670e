"""Intra-enhanced triplet loss."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import oracle
import oracle_pairs
from agreement import assert_agrees, make, value, value_and_gradients
from batches import (
    BATCHES,
    CLASSES,
    Batch,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    seeds,
)
from discern.losses.intra_triplet import centre_hinge

NAME = "intra_triplet"


def reference(x, y, mined, margin, radius, weight):
    return oracle_pairs.triplet_mean(x, mined, margin) + weight * oracle_pairs.centre_hinge(
        x, y, radius
    )


def hinge_and_gradient(batch, radius):
    x = tf.constant(batch.embeddings)
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = centre_hinge(x, tf.constant(batch.labels), CLASSES, radius)
    return float(found), tape.gradient(found, x).numpy()


@pytest.mark.parametrize(("radius", "weight"), [(0.1, 0.5), (1.5, 2.0)])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, radius, weight):
    mined = oracle_pairs.mine_semihard(batch.embeddings.astype(np.float64), batch.labels)
    loss = make(NAME, margin=1.0, radius=radius, weight=weight, distance="euclidean")
    assert_agrees(loss, lambda x, y: reference(x, y, mined, 1.0, radius, weight), batch)


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_in_the_cosine_distance_centres_too_are_those_of_normalised_embeddings(batch):
    def function(x, y):
        return reference(oracle.normalised(x), y, mined, 0.5, 0.4, 2.0)

    unit = oracle.normalised(batch.embeddings.astype(np.float64))
    mined = oracle_pairs.mine_semihard(unit, batch.labels)
    loss = make(NAME, margin=0.5, radius=0.4, weight=2.0, distance="cosine")
    assert_agrees(loss, function, batch)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 2, class 1 at 10; α = 100, β = ¼, λ = 2.
    # Triplets: 4 − 100 + 100 = 4 and 4 − 64 + 100 = 40, mean 22.
    # Centres 1 and 10, squared distances 1, 1, 0, hinges ¾, ¾, 0, mean ½.
    # L = 22 + 2 · ½
    loss = make(NAME, margin=100.0, radius=0.25, weight=2.0)
    assert value(loss, batch([[0], [2], [10]], [0, 0, 1])) == pytest.approx(23, rel=1e-6)


@few_examples
@given(grid_batches(), st.sampled_from([0.0, 0.1, 2.0]))
def test_ties_and_coincidences_have_the_value_of_the_paper(batch, radius):
    x = batch.embeddings.astype(np.float64)
    mined = oracle_pairs.mine_semihard(x, batch.labels)
    expected = reference(x, batch.labels, mined, 1.0, radius, 0.5)
    loss = make(NAME, margin=1.0, radius=radius)
    assert value(loss, batch) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_the_gradient_flows_through_the_classs_mean():
    # Class 0 at 0, 0 and 3: centre 1, squared distances 1, 1, 4; β = 2, so that the last alone
    # costs: L = ⅓ ((x₃ − c)² − 2) = ⅔, dL/dx₃ = ⅓ · 2 · 2 · (1 − ⅓), dL/dx₁ = ⅓ · 2 · 2 · (−⅓).
    found, gradient = hinge_and_gradient(batch([[0], [0], [3]], [0, 0, 0]), radius=2.0)
    assert found == pytest.approx(2 / 3, rel=1e-6)
    np.testing.assert_allclose(gradient, [[-4 / 9], [-4 / 9], [8 / 9]], rtol=1e-5)


@few_examples
@given(seeds, st.integers(2, 4))
def test_the_pull_is_a_mean_over_the_anchors_and_not_a_sum(seed, times):
    once = random_batch(seed)
    repeated = Batch(np.tile(once.embeddings, (times, 1)), np.tile(once.labels, times))
    expected, gradient = hinge_and_gradient(once, radius=0.5)
    found, of_repeated = hinge_and_gradient(repeated, radius=0.5)
    assert found == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(of_repeated[:10] * times, gradient, rtol=1e-3, atol=1e-5)


def test_large_classes_weigh_more_than_small_ones():
    # three samples at 1 from their centre and one alone: ¾ and not ½, the mean of the classes'
    axes = np.eye(3)
    x = batch([*(axes - axes.mean(axis=0)) / np.sqrt(2 / 3), [9, 9, 9]], [0, 0, 0, 1])
    found, _ = hinge_and_gradient(x, radius=0.0)
    assert found == pytest.approx(3 / 4, rel=1e-5)


def test_a_sample_within_the_radius_costs_nothing():
    # squared distances to the centre are 1
    within = batch([[0], [2], [7]], [0, 0, 1])
    found, gradient = hinge_and_gradient(within, 1.5)
    assert found == 0
    assert not gradient.any()
    assert hinge_and_gradient(within, 1.0)[0] == 0
    assert hinge_and_gradient(within, 0.75)[0] == pytest.approx(2 / 3 * 0.25)


def test_classes_without_a_sample_in_the_batch_count_for_nothing():
    present = random_batch(0)
    x, y = tf.constant(present.embeddings), tf.constant(present.labels)
    few, many = (centre_hinge(x, y, classes, 0.5) for classes in (CLASSES, 1000))
    assert float(few) == pytest.approx(float(many), rel=1e-6)


def test_without_weight_it_is_the_triplet_loss():
    batch = random_batch(5)
    found, (gradient,) = value_and_gradients(make(NAME, margin=1.0, weight=0.0), batch)
    expected, (gradient_of_triplets,) = value_and_gradients(
        make("triplet_semihard", margin=1.0), batch
    )
    assert found == expected
    np.testing.assert_array_equal(gradient, gradient_of_triplets)
