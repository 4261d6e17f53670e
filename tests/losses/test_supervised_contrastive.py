"""Supervised contrastive loss."""

import math

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
    HARD,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    random_rotation,
    seeds,
)

NAME = "supervised_contrastive"


@pytest.mark.parametrize("temperature", [0.1, 1.5])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, temperature):
    loss = make(NAME, temperature=temperature)
    assert_agrees(loss, lambda x, y: oracle_pairs.supervised_contrastive(x, y, temperature), batch)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 along the first and the second axis, class 1 along the first; τ = ½.
    # 0: e^0 of e^0 + e^2: log(1 + e²); 1: e^0 of e^0 + e^0: log 2; 2 has no positive
    at = batch([[2, 0], [0, 7], [0.1, 0]], [0, 0, 1])
    expected = (math.log(1 + math.exp(2)) + math.log(2)) / 2
    assert value(make(NAME, temperature=0.5), at) == pytest.approx(expected, rel=1e-6)


@few_examples
@given(grid_batches())
def test_ties_and_coincidences_have_the_value_of_the_paper(batch):
    x = batch.embeddings.astype(np.float64)
    expected = oracle_pairs.supervised_contrastive(x, batch.labels, 0.1)
    assert value(make(NAME), batch) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@few_examples
@given(seeds, st.floats(0.05, 2))
def test_with_one_positive_per_anchor_it_is_a_cross_entropy_over_the_others(seed, temperature):
    x = np.random.default_rng(seed).normal(size=(8, 5))
    unit = oracle.normalised(x)
    scores = unit @ unit.T / temperature
    np.fill_diagonal(scores, -np.inf)
    partners = np.arange(8) ^ 1  # 0 and 1 are a class, 2 and 3, …
    expected = np.mean(tf.nn.sparse_softmax_cross_entropy_with_logits(partners, scores))
    found = value(make(NAME, temperature=temperature), batch(x, np.arange(8) // 2))
    assert found == pytest.approx(expected, rel=1e-4)


def test_the_mean_over_positives_is_outside_the_logarithm():
    # Anchor along the first axis, positives along it and opposite, class 1 at a right angle; τ = 1:
    # its cosines 1, −1 and 0, total e + e^−1 + 1. L_out has −½ (1 − 1) + log total, where L_in
    # has −log ½ (e + e^−1) + log total. The positive along it has the same, the one opposite has
    # cosines −1, −1 and 0.
    at = batch([[1, 0], [2, 0], [-1, 0], [0, 1]], [0, 0, 0, 1])
    total = math.log(math.e + 1 / math.e + 1)
    opposite = 1 + math.log(2 / math.e + 1)
    expected = (2 * total + opposite) / 3
    assert value(make(NAME, temperature=1.0), at) == pytest.approx(expected, rel=1e-5)


def test_the_other_positives_are_in_the_denominator_and_the_anchor_itself_is_not():
    # equal embeddings: 1 of the 9 others, whichever is the positive
    for labels in ([0] * 10, [0] * 5 + [1] * 5, [0, 0, 1, 1, 2, 2, 3, 3, 0, 1]):
        found = value(make(NAME), batch(np.ones((10, 4)), labels))
        assert found == pytest.approx(math.log(9), rel=1e-5)


def test_an_anchor_without_a_negative_counts():
    # all of one class: two of them at a right angle to the third, τ = 1:
    # the two: −½ (1 + 0) + log(e + 1); the third: log 2
    at = batch([[1, 0], [1, 0], [0, 1]], [2, 2, 2])
    expected = (2 * (math.log(math.e + 1) - 0.5) + math.log(2)) / 3
    assert value(make(NAME, temperature=1.0), at) == pytest.approx(expected, rel=1e-5)


def test_two_of_one_class_alone_cost_nothing():
    found, (gradient,) = value_and_gradients(make(NAME), batch([[1, 0], [0, 1]], [0, 0]))
    assert found == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


@pytest.mark.parametrize("name", ["every class once", "one sample"])
def test_without_any_positive_loss_and_gradient_are_exactly_zero(name):
    found, (gradient,) = value_and_gradients(make(NAME), HARD[name])
    assert found == 0
    assert not gradient.any()


def test_an_anchor_without_a_positive_does_not_count_in_the_mean():
    # class 0 along one axis, any number alone along others: e^1 of e^1 + n e^0, τ = 1
    for alone in (1, 3):
        at = batch(np.eye(5)[[0, 0, *range(1, alone + 1)]], [0, 0, *range(1, alone + 1)])
        expected = math.log(math.e + alone) - 1
        assert value(make(NAME, temperature=1.0), at) == pytest.approx(expected, rel=1e-5)


@few_examples
@given(seeds)
def test_at_a_high_temperature_all_others_are_alike(seed):
    # every score comes to 0: log 9, and no further factor of the temperature
    assert value(make(NAME, temperature=1e4), random_batch(seed)) == pytest.approx(
        math.log(9), rel=1e-3
    )


@few_examples
@given(seeds, st.floats(0.01, 1))
def test_it_is_never_below_the_logarithm_of_the_number_of_positives(seed, temperature):
    # the mean over P of −log of probabilities that add up to at most 1 is at least log |P|
    batch = random_batch(seed)
    counts = [int(np.sum(batch.labels == label)) - 1 for label in batch.labels]
    least = np.mean([math.log(count) for count in counts if count])
    assert value(make(NAME, temperature=temperature), batch) >= least - 1e-5


@pytest.mark.parametrize("norm", [1e-4, 1.0, 30.0, 1e4])
def test_equal_embeddings_cost_the_same_whatever_their_norm(norm):
    for direction in random_rotation(3, dim=128)[:10]:  # embeddings of the experiment's width
        equal = batch(np.tile(norm * direction, (9, 1)), [0, 0, 0, 1, 1, 1, 2, 2, 2])
        found, (gradient,) = value_and_gradients(make(NAME), equal)
        assert found == pytest.approx(math.log(8), rel=1e-5)
        assert np.max(np.abs(gradient)) < 1e-5 / norm
