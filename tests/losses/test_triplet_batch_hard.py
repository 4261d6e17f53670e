"""Batch-hard triplet loss."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_addons.losses import triplet_hard_loss

import oracle
import oracle_pairs
from agreement import make, value, value_and_gradients
from batches import (
    BATCHES,
    DIM,
    HARD,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    random_rotation,
    seeds,
)

NAME = "triplet_batch_hard"


def assert_agrees_place_by_place(loss, reference, batch, rtol=2e-5, gradient_atol=1e-7):
    """As :func:`agreement.assert_agrees`, with samples that coincide moved together.

    Of samples in one place all are the farthest, or the nearest; how they share the gradient is
    not the paper's business, its sum is.
    """
    places, place = np.unique(batch.embeddings.astype(np.float64), axis=0, return_inverse=True)
    place = place.reshape(-1)

    def function(places):
        return reference(places[place], batch.labels)

    found, (gradient,) = value_and_gradients(loss, batch)
    expected = function(places)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-7, err_msg="value")
    summed = np.zeros_like(places)
    np.add.at(summed, place, gradient)
    numerical = oracle.numerical_gradient(function, [places], 0)
    rounding = 1e-15 * abs(expected) / oracle.step_size(places)
    tolerance = 2e-4 * np.max(np.abs(numerical)) + gradient_atol + rounding
    np.testing.assert_allclose(summed, numerical, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", BATCHES)
def test_value_and_gradients_are_those_of_the_paper(name):
    loss = make(NAME, distance="euclidean")
    assert_agrees_place_by_place(loss, oracle_pairs.batch_hard_triplet, BATCHES[name])


# Squared distances of unit vectors are rounded to about 1e-7, of which the root makes 3e-4 between
# equal ones and which is much of the distance between neighbours.
LOOSE = {
    "coinciding across classes": {"rtol": 2e-4, "gradient_atol": 5e-5},
    "no active triplet": {"gradient_atol": 1e-5},
}


@pytest.mark.parametrize(
    "name", [name for name in BATCHES if name != "identical within each class"]
)
def test_in_the_cosine_distance_they_are_those_of_normalised_embeddings(name):
    def function(x, y):
        return oracle_pairs.batch_hard_triplet(oracle.normalised(x), y)

    loss = make(NAME, distance="cosine")
    assert_agrees_place_by_place(loss, function, BATCHES[name], **LOOSE.get(name, {}))


def test_in_the_cosine_distance_classes_at_right_angles_have_the_value_of_the_paper():
    # all negatives are nearest ones, and there is no gradient: max d_ap = 0, min d_an = √2
    expected = math.log1p(math.exp(-math.sqrt(2)))
    found = value(make(NAME, distance="cosine"), HARD["identical within each class"])
    assert found == pytest.approx(expected, rel=2e-4)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0, 1 and 3, class 1 at 5: farthest positive − nearest negative
    # 0: 3 − 5 = −2; 1: 2 − 4 = −2; 3: 3 − 2 = 1; 5 has no positive and does not count.
    # L = ⅓ (2 log(1 + e^−2) + log(1 + e))
    expected = (2 * math.log(1 + math.exp(-2)) + math.log(1 + math.e)) / 3
    assert value(
        make(NAME, distance="euclidean"), batch([[0], [1], [3], [5]], [0, 0, 0, 1])
    ) == pytest.approx(expected)


@few_examples
@given(grid_batches())
def test_ties_and_coincidences_have_the_value_of_the_paper(batch):
    expected = oracle_pairs.batch_hard_triplet(batch.embeddings.astype(np.float64), batch.labels)
    assert value(make(NAME, distance="euclidean"), batch) == pytest.approx(
        expected, rel=1e-5, abs=1e-6
    )


def grouped_batch(seed):
    """Three samples of each of three classes."""
    random = np.random.default_rng(seed)
    return batch(random.normal(size=(9, DIM)), random.permutation([0, 0, 0, 1, 1, 1, 2, 2, 2]))


# Addons counts an anchor without a positive or a negative too, with a distance of 0 to it.


@few_examples
@given(seeds)
def test_value_and_gradient_are_those_of_tensorflow_addons(seed):
    batch = grouped_batch(seed)
    embeddings = tf.constant(batch.embeddings)
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        expected = triplet_hard_loss(
            tf.constant(batch.labels), embeddings, soft=True, distance_metric="L2"
        )
    gradient = tape.gradient(expected, embeddings).numpy()
    found, (ours,) = value_and_gradients(make(NAME, distance="euclidean"), batch)
    assert found == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_allclose(ours, gradient, rtol=0, atol=1e-4 * np.max(np.abs(gradient)))


@pytest.mark.parametrize("name", ["one class", "every class once", "one sample"])
def test_without_any_triplet_loss_and_gradient_are_exactly_zero(name):
    found, (gradient,) = value_and_gradients(make(NAME, distance="euclidean"), HARD[name])
    assert found == 0
    assert not gradient.any()


@pytest.mark.parametrize("norm", [1e-4, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_equal_embeddings_cost_log_2_whatever_their_norm(norm, distance):
    # the sign, too, that training has collapsed
    loss, labels = make(NAME, distance=distance), random_batch(3).labels
    for direction in random_rotation(3, dim=128)[:10]:  # embeddings of the experiment's width
        equal = batch(np.tile(norm * direction, (10, 1)), labels)
        found, (gradient,) = value_and_gradients(loss, equal)
        assert found == pytest.approx(math.log(2), rel=1e-3)
        assert np.all(np.isfinite(gradient))


def test_the_distances_are_not_squared():
    # class 0 at 0 and 3, class 1 at −1: 0: 3 − 1 = 2; 3: 3 − 4 = −1; both grow with the scale
    for scale in (1, 10):
        costs = [math.log1p(math.exp(2 * scale)), math.log1p(math.exp(-scale))]
        at = batch(scale * np.array([[0], [3], [-1]]), [0, 0, 1])
        assert value(make(NAME, distance="euclidean"), at) == pytest.approx(
            sum(costs) / 2, rel=1e-6
        )


def test_only_the_farthest_positive_and_the_nearest_negative_of_an_anchor_matter():
    # 1 is nobody's farthest positive, 9 nobody's nearest negative
    before = batch([[0], [1], [3], [5], [9]], [0, 0, 0, 1, 2])
    found, (gradient,) = value_and_gradients(make(NAME, distance="euclidean"), before)
    # as an anchor 1 has its positive, 3, and its negative, 5, on one side: both come as near
    np.testing.assert_allclose(gradient[[1, 4]], 0, atol=1e-6)
    moved = batch([[0], [1.25], [3], [5], [20]], [0, 0, 0, 1, 2])
    assert value(make(NAME, distance="euclidean"), moved) == pytest.approx(found, rel=1e-6)


def test_the_negative_is_pushed_and_the_positive_pulled():
    # class 0 at 0 and 1, class 1 at −2: 0: 1 − 2 = −1; 1: 1 − 3 = −2; σ the logistic function
    found, (gradient,) = value_and_gradients(
        make(NAME, distance="euclidean"), batch([[0], [1], [-2]], [0, 0, 1])
    )
    near, far = (1 / (1 + math.exp(z)) for z in (1, 2))
    assert found == pytest.approx(0.5 * (math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))))
    # d(x₁ − x₀ − (x₀ − x₂)) of the first, d(x₁ − x₀ − (x₁ − x₂)) of the second
    expected = [[-2 * near - far], [near], [near + far]]
    np.testing.assert_allclose(gradient, 0.5 * np.array(expected), rtol=1e-5)


@few_examples
@given(seeds, st.floats(2, 100))
def test_a_far_negative_costs_nothing_and_a_far_positive_its_distance(seed, distance):
    shift = np.eye(1, DIM)[0] * 1000 * distance
    random = np.random.default_rng(seed)
    near, labels = random.uniform(-1, 1, (4, DIM)), [0, 0, 1, 1]
    apart = batch(near + [[0], [0], [1], [1]] * shift, labels)
    assert value(make(NAME, distance="euclidean"), apart) == pytest.approx(0, abs=1e-6)
    mixed = batch(near + [[0], [1], [0], [1]] * shift, labels)
    assert value(make(NAME, distance="euclidean"), mixed) == pytest.approx(
        1000 * distance, rel=1e-2
    )
