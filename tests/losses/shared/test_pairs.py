"""Pairs of a batch: distances, similarities, which are alike, and sums over some of them."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from batches import BATCHES, DIM, few_examples, grid_batches, random_batch, seeds
from discern.losses.shared import pairs

LABELS = tf.constant([0, 1, 0, 2, 1])
CHOSEN = tf.constant([[True, False, True], [False, False, False], [True, True, True]])


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_squared_distances_are_those_of_all_pairs(batch):
    x = batch.embeddings.astype(np.float64)
    expected = [[(a - b) @ (a - b) for b in x] for a in x]
    result = pairs.squared_distances(tf.constant(batch.embeddings)).numpy()
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=5e-7 * np.max(x * x))
    assert not np.diagonal(result).any()


@few_examples
@given(grid_batches())
def test_squared_distances_of_whole_numbers_are_exact(batch):
    x = batch.embeddings.astype(np.int64)
    expected = np.sum((x[:, None] - x[None, :]) ** 2, axis=2)
    np.testing.assert_array_equal(pairs.squared_distances(tf.constant(batch.embeddings)), expected)


@few_examples
@given(seeds)
def test_squared_distances_are_never_negative_however_near(seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=DIM) + 1e-5 * random.normal(size=(40, DIM))
    result = pairs.squared_distances(tf.constant(x, tf.float32)).numpy()
    assert np.all(result >= 0)
    assert result.max() < 1e-5


@pytest.mark.parametrize("offset", [0.0, 30.0, 1e4])
def test_squared_distances_of_neighbours_do_not_depend_on_how_far_away_they_are(offset):
    random = np.random.default_rng(0)
    x = (offset + 0.1 * random.normal(size=(20, 128))).astype(np.float32)
    exact = x.astype(np.float64)
    expected = np.sum((exact[:, None] - exact[None, :]) ** 2, axis=2)
    np.testing.assert_allclose(pairs.squared_distances(tf.constant(x)), expected, rtol=1e-5)


def test_the_gradient_of_squared_distances_is_twice_the_difference():
    x = tf.constant([[1.0, 2.0], [4.0, -2.0], [0.5, 0.5]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = pairs.squared_distances(x)[0, 1]
    np.testing.assert_allclose(tape.gradient(result, x), [[-6, 8], [6, -8], [0, 0]])


def test_distances_of_cosine_are_2_minus_2_cosines():
    x = random_batch(4).embeddings
    norms = np.linalg.norm(x, axis=1)
    cosines = (x @ x.T) / np.outer(norms, norms)
    result = pairs.squared_distances(pairs.in_distance(tf.constant(x), "cosine"))
    np.testing.assert_allclose(result, 2 - 2 * cosines, atol=1e-6)
    assert pairs.in_distance(x, "euclidean") is x


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_distances_are_the_roots_and_have_a_finite_slope_even_between_equals(batch):
    x = tf.constant(batch.embeddings)
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = pairs.distances(x)
    exact = batch.embeddings.astype(np.float64)
    expected = np.linalg.norm(exact[:, None] - exact[None, :], axis=2)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-3 * np.abs(exact).max() + 2e-6)
    assert np.all(np.isfinite(tape.gradient(result, x)))


def test_cosines_are_those_of_the_angles_between_all_pairs():
    x = random_batch(4).embeddings
    norms = np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(
        pairs.cosines(tf.constant(x)), x @ x.T / np.outer(norms, norms), atol=1e-6
    )


def test_a_pair_is_positive_negative_or_a_sample_with_itself():
    positive, negative = (kind.numpy() for kind in pairs.positive_and_negative(LABELS))
    for i, one in enumerate(LABELS.numpy()):
        for j, other in enumerate(LABELS.numpy()):
            assert positive[i, j] == (i != j and one == other)
            assert negative[i, j] == (one != other)


def test_an_anchor_has_both_kinds_only_if_it_has_one_of_each():
    result = pairs.with_both(*pairs.positive_and_negative(LABELS))
    np.testing.assert_array_equal(result, [True, True, True, False, True])
    one_class = pairs.with_both(*pairs.positive_and_negative(tf.constant([3, 3])))
    np.testing.assert_array_equal(one_class, [False, False])


def test_the_mean_over_some_is_theirs_and_0_of_none_whatever_the_others_are():
    values = tf.constant([[1.0, np.inf, 3.0], [np.nan, np.inf, 0.0], [4.0, -2.0, 9.0]])
    assert float(pairs.mean_over(values, CHOSEN)) == (1 + 3 + 4 - 2 + 9) / 5
    assert float(pairs.mean_over(values, tf.zeros_like(CHOSEN))) == 0


def test_the_sum_of_exponentials_is_over_the_chosen_and_its_softplus_is_log_of_1_and_it():
    values = tf.constant([[0.0, 50.0, 1.0], [0.0, 0.0, 0.0], [300.0, 300.0, -5.0]])
    result = pairs.log_sum_exp(values, CHOSEN).numpy()
    np.testing.assert_allclose(result[[0, 2]], [np.log(1 + np.e), 300 + np.log(2)], rtol=1e-6)
    assert result[1] < -1e29
    softplus = tf.nn.softplus(result).numpy()
    np.testing.assert_allclose(softplus[:2], [np.log(2 + np.e), 0], rtol=1e-6)


def test_its_gradient_is_finite_where_nothing_is_chosen_and_none_reaches_the_others():
    values = tf.constant([[0.0, 50.0, 0.0], [1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(values)
        result = tf.reduce_sum(tf.nn.softplus(pairs.log_sum_exp(values, CHOSEN)))
    expected = [[1 / 3, 0, 1 / 3], [0, 0, 0], [np.e / (1 + 3 * np.e)] * 3]
    np.testing.assert_allclose(tape.gradient(result, values), expected, rtol=1e-5)
