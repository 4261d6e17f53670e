"""Lifted structure loss."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given
from hypothesis import strategies as st
from tensorflow_addons.losses import lifted_struct_loss

import oracle
import oracle_pairs
from agreement import assert_agrees, make, value, value_and_gradients
from batches import (
    BATCHES,
    HARD,
    batch,
    few_examples,
    grid_batches,
    random_rotation,
    seeds,
)

NAME = "lifted_structure"


@pytest.mark.parametrize("margin", [1.0, 14.0])  # with 14 every pair costs, but of huge norms
@pytest.mark.parametrize("name", BATCHES)
def test_value_and_gradients_are_those_of_the_paper(name, margin):
    loss = make(NAME, margin=margin, distance="euclidean")
    assert_agrees(loss, lambda x, y: oracle_pairs.lifted_structure(x, y, margin), BATCHES[name])


# Squared distances of unit vectors are rounded to about 1e-7, much of that between neighbours; and
# of equal ones, whose gradient is 0, the finite difference is no better than 1e-7.
LOOSE = {"identical": 1e-6, "no active triplet": 5e-5}


@pytest.mark.parametrize("name", BATCHES)
def test_in_the_cosine_distance_they_are_those_of_normalised_embeddings(name):
    def function(x, y):
        return oracle_pairs.lifted_structure(oracle.normalised(x), y, 0.5)

    loss = make(NAME, margin=0.5, distance="cosine")
    assert_agrees(loss, function, BATCHES[name], gradient_atol=LOOSE.get(name, 1e-7))


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 1, class 1 at 3 and 4, α = 1.
    # (0, 1): d = 1; negatives of 0 at 3 and 4, of 1 at 2 and 3: e (e^−3 + e^−4 + e^−2 + e^−3)
    # = e^−1 (1 + 2 e^−1 + e^−2) = e^−1 (1 + e^−1)², J = 1 − 1 + 2 log(1 + e^−1); (3, 4) is its
    # mirror image. L = (J² + J²) / (2 · 2)
    cost = 2 * math.log(1 + math.exp(-1))
    found = value(make(NAME, margin=1.0), batch([[0], [1], [3], [4]], [0, 0, 1, 1]))
    assert found == pytest.approx(cost**2 / 2, rel=1e-6)


@few_examples
@given(grid_batches(), st.sampled_from([0.0, 1.0, 5.0]))
def test_ties_and_coincidences_have_the_value_of_the_paper(batch, margin):
    x = batch.embeddings.astype(np.float64)
    expected = oracle_pairs.lifted_structure(x, batch.labels, margin)
    found = value(make(NAME, margin=margin), batch)
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)


def addons(batch, margin):
    embeddings = tf.constant(batch.embeddings)
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        found = lifted_struct_loss(tf.constant(batch.labels), embeddings, margin=margin)
    return float(found), tape.gradient(found, embeddings).numpy()


# Addons divides by zero without a positive pair and takes the logarithm of it without a negative
# one. Between huge norms it has ∞ · 0, and between neighbours far from the origin too few digits.
WITHOUT_PAIRS = ("one class", "every class once", "one sample")
TOO_FAR = ("huge norms", "no active triplet")
SHARED = [name for name in BATCHES if name not in (*WITHOUT_PAIRS, *TOO_FAR)]


@pytest.mark.parametrize("name", SHARED)
def test_value_and_gradient_are_those_of_tensorflow_addons(name):
    expected, gradient = addons(BATCHES[name], margin=2.0)
    found, (ours,) = value_and_gradients(make(NAME, margin=2.0), BATCHES[name])
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)
    tolerance = 1e-3 * np.max(np.abs(gradient)) + 1e-6
    np.testing.assert_allclose(ours, gradient, rtol=0, atol=tolerance)


@few_examples
@given(grid_batches(), st.sampled_from([0.0, 1.0, 5.0]))
def test_ties_have_the_value_of_tensorflow_addons(batch, margin):
    counts = np.bincount(batch.labels)
    assume(counts.max() > 1 and np.count_nonzero(counts) > 1)
    expected, _ = addons(batch, margin)
    assert value(make(NAME, margin=margin), batch) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_without_an_active_pair_loss_and_gradient_are_exactly_zero(distance):
    # α = ½. Euclidean: J = 1 + log(e^{½ − 2} + e^{½ − 3}) = −0.2; cosine: J = 0 + log(2 e^{½ − 2})
    at = batch([[1, 0], [2, 0], [-1, 0]], [0, 0, 1])
    found, (gradient,) = value_and_gradients(make(NAME, margin=0.5, distance=distance), at)
    assert found == 0
    assert not gradient.any()


@pytest.mark.parametrize("name", WITHOUT_PAIRS)
def test_without_any_pair_that_has_a_negative_loss_and_gradient_are_exactly_zero(name):
    found, (gradient,) = value_and_gradients(make(NAME), HARD[name])
    assert found == 0
    assert not gradient.any()


def test_a_pair_that_costs_nothing_counts_all_the_same():
    # class 0 at 0 and 1, negative 3 at 9 and class 1 at 100 and 101, α = 9:
    # (0, 1): 1 + log(e^{9 − 9} + e^{9 − 8} + …) = 1 + log(1 + e); (100, 101): 1 + 9 − 91 < 0
    loss, x = make(NAME, margin=9.0), [[0], [1], [9], [100], [101]]
    cost = 1 + math.log(1 + math.e)
    assert value(loss, batch(x, [0, 0, 3, 1, 1])) == pytest.approx(cost**2 / 4, rel=1e-5)
    assert value(loss, batch(x[:4], [0, 0, 3, 1])) == pytest.approx(cost**2 / 2, rel=1e-5)


def test_each_of_the_two_samples_brings_its_own_negatives():
    # class 0 at 0 and 2, class 1 at −1: d = 2, e^{α − 1} and e^{α − 3}, α = 1
    cost = 2 + math.log(1 + math.exp(-2))
    assert value(make(NAME), batch([[0], [2], [-1]], [0, 0, 1])) == pytest.approx(cost**2 / 2)


@pytest.mark.parametrize("norm", [1e-4, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_equal_embeddings_cost_margin_and_number_of_negatives_whatever_their_norm(norm, distance):
    # d = 0 throughout: J = α + log(2 · 6)
    loss = make(NAME, margin=0.5, distance=distance)
    for direction in random_rotation(3, dim=128)[:10]:  # embeddings of the experiment's width
        equal = batch(np.tile(norm * direction, (9, 1)), [0, 0, 0, 1, 1, 1, 2, 2, 2])
        found, (gradient,) = value_and_gradients(loss, equal)
        assert found == pytest.approx(0.5 * (0.5 + math.log(12)) ** 2, rel=1e-3)
        assert np.all(np.isfinite(gradient))


@few_examples
@given(seeds, st.floats(0.1, 5))
def test_a_larger_margin_adds_to_each_pairs_cost(seed, more):
    # one pair and three negatives that are not far: √(2 L) = J grows as the margin does
    random = np.random.default_rng(seed)
    at = batch(random.uniform(-1, 1, (5, 3)), [0, 0, 1, 2, 3])
    before, after = (value(make(NAME, margin=margin), at) for margin in (3.0, 3.0 + more))
    assert math.sqrt(2 * after) == pytest.approx(math.sqrt(2 * before) + more, rel=1e-4)


@few_examples
@given(seeds)
def test_a_further_negative_costs_more_however_far_it_is(seed):
    # under the logarithm all are summed
    x = np.random.default_rng(seed).uniform(-1, 1, (4, 3))
    fewer = value(make(NAME, margin=3.0), batch(x[:3], [0, 0, 1]))
    more = value(make(NAME, margin=3.0), batch(x + [[0], [0], [0], [3]], [0, 0, 1, 2]))
    assert more > fewer
