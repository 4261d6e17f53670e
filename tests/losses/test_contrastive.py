"""Contrastive loss."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_addons.losses import contrastive_loss

import oracle
import oracle_pairs
from agreement import assert_agrees, make, value, value_and_gradients
from batches import (
    BATCHES,
    RANDOM,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    random_rotation,
    seeds,
)

NAME = "contrastive"


# Squared distances are rounded to about 1e-7 of the squared norms, which is much of the distance
# between neighbours far from the origin, and the root makes 3e-4 of it between equals.


@pytest.mark.parametrize("margin", [1.0, 3.0])
@pytest.mark.parametrize("name", BATCHES)
def test_value_and_gradients_are_those_of_the_paper(name, margin):
    loss = make(NAME, margin=margin, distance="euclidean")
    rtol = 2e-4 if name == "no active triplet" else 2e-5
    assert_agrees(
        loss, lambda x, y: oracle_pairs.contrastive(x, y, margin), BATCHES[name], rtol=rtol
    )


@pytest.mark.parametrize("name", [name for name in BATCHES if name != "identical"])
def test_in_the_cosine_distance_they_are_those_of_normalised_embeddings(name):
    def function(x, y):
        return oracle_pairs.contrastive(oracle.normalised(x), y, 1.3)

    assert_agrees(make(NAME, margin=1.3, distance="cosine"), function, BATCHES[name])


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 2, class 1 at 3; m = 2.
    # One positive pair, d² = 4; negative pairs d = 3 and 1, [2 − 3]₊² = 0 and (2 − 1)² = 1, mean ½.
    # L = ½ (4 + ½)
    assert value(make(NAME, margin=2.0), batch([[0], [2], [3]], [0, 0, 1])) == pytest.approx(2.25)


@few_examples
@given(grid_batches(), st.sampled_from([0.0, 1.0, 4.0]))
def test_coinciding_embeddings_have_the_value_of_the_paper(batch, margin):
    expected = oracle_pairs.contrastive(batch.embeddings.astype(np.float64), batch.labels, margin)
    found = value(make(NAME, margin=margin), batch)
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("batch", RANDOM.values(), ids=RANDOM)
def test_it_is_half_the_two_means_of_tensorflow_addons(batch):
    first, second = np.triu_indices(len(batch.labels), 1)
    distances = np.linalg.norm(batch.embeddings[first] - batch.embeddings[second], axis=1)
    same = (batch.labels[first] == batch.labels[second]).astype(np.float32)
    per_pair = contrastive_loss(tf.constant(same), tf.constant(distances), margin=2.5).numpy()
    expected = 0.5 * (per_pair[same == 1].mean() + per_pair[same == 0].mean())
    assert value(make(NAME, margin=2.5), batch) == pytest.approx(expected, rel=1e-5)


def test_both_kinds_of_pairs_weigh_the_same_however_many_there_are():
    # one positive pair at distance 1 and, with n samples of class 1 in one place, 2 n negative
    # pairs of which half are at 1 and half at √2
    for n in (1, 5):
        x = batch([[0, 0], [0, 1], *[[1, 0]] * n], [0, 0, *range(1, n + 1)])
        apart = np.array([1, np.sqrt(2)] * n + [0] * (n * (n - 1) // 2))
        expected = 0.5 * (1 + np.mean((2 - apart) ** 2))
        assert value(make(NAME, margin=2.0), x) == pytest.approx(expected, rel=1e-5)


def test_a_negative_pair_beyond_the_margin_rests():
    # the positive pair costs nothing, as it coincides; multiples of 1/4, so nothing is rounded
    resting = batch([[0.25, 0], [0.25, 0], [3.25, 4]], [0, 0, 1])
    for margin, cost in ((4.75, 0.0), (5.0, 0.0), (5.5, 0.5 * 0.5**2)):
        found, (gradient,) = value_and_gradients(make(NAME, margin=margin), resting)
        assert found == pytest.approx(cost, abs=1e-6)
        assert gradient.any() == (cost > 0)


def test_without_pairs_of_a_kind_the_other_kind_counts_alone():
    # all of one class: ½ · mean of 1, 4, 9; each of its own: ½ · mean of (3 − d)² = 4, 1, 0
    points = [[0], [1], [3]]
    assert value(make(NAME), batch(points, [1, 1, 1])) == pytest.approx(0.5 * 14 / 3)
    loss = make(NAME, margin=3.0)
    assert value(loss, batch(points, [0, 1, 2])) == pytest.approx(0.5 * 5 / 3)
    assert value(loss, batch(points[:1], [0])) == 0


@pytest.mark.parametrize("norm", [1e-4, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_equal_embeddings_cost_half_the_squared_margin_whatever_their_norm(norm, distance):
    loss, labels = make(NAME, margin=2.0, distance=distance), random_batch(3).labels
    for direction in random_rotation(3, dim=128)[:10]:  # embeddings of the experiment's width
        equal = batch(np.tile(norm * direction, (10, 1)), labels)
        found, (gradient,) = value_and_gradients(loss, equal)
        assert found == pytest.approx(0.5 * 2.0**2, rel=1e-3)
        assert np.all(np.isfinite(gradient))


@few_examples
@given(seeds, st.floats(0.01, 100))
def test_the_loss_grows_with_the_square_of_embeddings_and_margin(seed, factor):
    batch = random_batch(seed)
    before = value(make(NAME, margin=2.0), batch)
    after = value(make(NAME, margin=2.0 * factor), batch.times(factor))
    assert after == pytest.approx(factor**2 * before, rel=1e-4)
