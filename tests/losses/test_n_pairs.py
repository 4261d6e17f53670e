"""N-pair loss with all negatives of the batch.

TensorFlow Addons' ``npairs_loss`` takes one pair of each class and as negatives the other classes'
positives alone, as the paper does; with two samples of a class in the batch it has no equal here.
"""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import oracle_pairs
from agreement import assert_agrees, make, value, value_and_gradients
from batches import BATCHES, HARD, batch, few_examples, grid_batches, random_batch, seeds

NAME = "n_pairs"


@pytest.mark.parametrize("regularisation", [0.002, 1.5])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, regularisation):
    loss = make(NAME, regularisation=regularisation)
    assert_agrees(loss, lambda x, y: oracle_pairs.n_pairs(x, y, regularisation), batch)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 1 and 2, class 1 at −1, λ = 0.6.
    # (1, 2): log(1 + e^{−1 − 2}); (2, 1): log(1 + e^{−2 − 2}); λ/2 · (1 + 4 + 1) / 3 = 0.6
    # L = ½ (log(1 + e^−3) + log(1 + e^−4)) + 0.6
    expected = 0.5 * (math.log(1 + math.exp(-3)) + math.log(1 + math.exp(-4))) + 0.6
    found = value(make(NAME, regularisation=0.6), batch([[1], [2], [-1]], [0, 0, 1]))
    assert found == pytest.approx(expected, rel=1e-6)


@few_examples
@given(grid_batches())
def test_ties_and_coincidences_have_the_value_of_the_paper(batch):
    expected = oracle_pairs.n_pairs(batch.embeddings.astype(np.float64), batch.labels, 0.1)
    found = value(make(NAME, regularisation=0.1), batch)
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)


@few_examples
@given(seeds)
def test_with_one_positive_and_one_negative_it_is_softplus_of_a_difference(seed):
    x = np.random.default_rng(seed).normal(size=(3, 5)).astype(np.float32)
    # the ordered pairs (0, 1) and (1, 0), both against sample 2
    differences = np.array([x[0] @ x[2] - x[0] @ x[1], x[1] @ x[2] - x[1] @ x[0]])
    expected = np.mean(np.log1p(np.exp(differences)))
    found = value(make(NAME, regularisation=0.0), batch(x, [0, 0, 1]))
    assert found == pytest.approx(expected, rel=1e-5)


@few_examples
@given(seeds)
def test_a_pair_is_a_cross_entropy_of_its_positive_against_the_negatives(seed):
    batch = random_batch(seed)
    scores = tf.constant(batch.embeddings @ batch.embeddings.T)
    each = []
    for a, p in np.argwhere(batch.labels[:, None] == batch.labels):
        if a != p:
            others = np.flatnonzero(batch.labels != batch.labels[a])
            among = tf.gather(scores[a], [p, *others])
            each.append(tf.nn.sparse_softmax_cross_entropy_with_logits(0, among))
    found = value(make(NAME, regularisation=0.0), batch)
    assert found == pytest.approx(np.mean(each), rel=1e-5)


@few_examples
@given(seeds, st.floats(0.001, 10))
def test_the_regulariser_is_half_the_weighted_mean_of_the_squared_norms(seed, regularisation):
    batch = random_batch(seed)
    without = value(make(NAME, regularisation=0.0), batch)
    found = value(make(NAME, regularisation=regularisation), batch)
    norms = np.sum(batch.embeddings.astype(np.float64) ** 2, axis=1)
    added = 0.5 * regularisation * np.mean(norms)
    assert found == pytest.approx(without + added, rel=1e-5)


@pytest.mark.parametrize("name", ["one class", "every class once", "one sample"])
def test_without_any_pair_the_regulariser_is_left(name):
    x = HARD[name].embeddings
    found, (gradient,) = value_and_gradients(make(NAME, regularisation=0.3), HARD[name])
    assert found == pytest.approx(0.15 * np.mean(np.sum(x**2, axis=1)), rel=1e-5)
    np.testing.assert_allclose(gradient, 0.3 * x / len(x), rtol=1e-5)
    found, (gradient,) = value_and_gradients(make(NAME, regularisation=0.0), HARD[name])
    assert found == 0
    assert not gradient.any()


def test_the_mean_is_over_pairs_and_not_over_anchors():
    # Class 0 three times at 1, class 1 twice at 2, in one dimension: 6 ordered pairs of class 0,
    # log(1 + 2 e^{2 − 1}), and 2 of class 1, log(1 + 3 e^{2 − 4})
    of_0, of_1 = math.log(1 + 2 * math.e), math.log(1 + 3 * math.exp(-2))
    at = batch([[1], [1], [1], [2], [2]], [0, 0, 0, 1, 1])
    found = value(make(NAME, regularisation=0.0), at)
    assert found == pytest.approx((6 * of_0 + 2 * of_1) / 8, rel=1e-6)


def test_the_other_positives_are_no_negatives():
    at = batch([[0, 1], [0, 1], [10, 0], [0, 0]], [0, 0, 0, 1])
    # (0, 1), (1, 0): 0 − 1; (0, 2), (1, 2), (2, 0), (2, 1): 0 − 0
    expected = (2 * math.log1p(math.exp(-1)) + 4 * math.log(2)) / 6
    assert value(make(NAME, regularisation=0.0), at) == pytest.approx(expected, rel=1e-6)


@few_examples
@given(seeds)
def test_longer_embeddings_are_other_embeddings(seed):
    # native inner products: the cosine is for judging alone
    batch = random_batch(seed)
    loss = make(NAME, regularisation=0.0)
    assert value(loss, batch.times(2)) != pytest.approx(value(loss, batch), rel=1e-2)


def test_embeddings_of_zeros_cost_the_logarithm_of_how_many_there_are_to_choose_from():
    # 4 of class 0 and 6 of class 1: 12 ordered pairs against 6, 30 against 4
    expected = (12 * math.log(7) + 30 * math.log(5)) / 42
    at = batch(np.zeros((10, 3)), [0] * 4 + [1] * 6)
    assert value(make(NAME), at) == pytest.approx(expected, rel=1e-6)
