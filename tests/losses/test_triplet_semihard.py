"""Semi-hard triplet loss."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given
from hypothesis import strategies as st
from tensorflow_addons.losses import TripletSemiHardLoss

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

NAME = "triplet_semihard"
margins = st.sampled_from([0.0, 0.2, 1.0, 5.0])


# Wherever a finite difference is taken the triplets are those mined without it: no gradient flows
# through the choice of the negative.


@pytest.mark.parametrize("margin", [0.2, 1.0])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, margin):
    mined = oracle_pairs.mine_semihard(batch.embeddings.astype(np.float64), batch.labels)
    loss = make(NAME, margin=margin, distance="euclidean")
    assert_agrees(loss, lambda x, y: oracle_pairs.triplet_mean(x, mined, margin), batch)


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_in_the_cosine_distance_they_are_those_of_normalised_embeddings(batch):
    unit = oracle.normalised(batch.embeddings.astype(np.float64))
    mined = oracle_pairs.mine_semihard(unit, batch.labels)
    loss = make(NAME, margin=0.5, distance="cosine")
    assert_agrees(
        loss, lambda x, y: oracle_pairs.triplet_mean(oracle.normalised(x), mined, 0.5), batch
    )


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 1, class 1 at 2 and 4; α = 5. Squared distances:
    # (0, 1): 1, negatives 4 and 16, the nearest beyond 1 is 4: 1 − 4 + 5 = 2
    # (1, 0): 1, negatives 1 and 9, the nearest beyond 1 is 9: [1 − 9 + 5]₊ = 0
    # (2, 4): 4, negatives 4 and 1, none is beyond 4, the farthest is 4: 4 − 4 + 5 = 5
    # (4, 2): 4, negatives 16 and 9, the nearest beyond 4 is 9: 4 − 9 + 5 = 0
    # L = (2 + 0 + 5 + 0) / 4
    loss = make(NAME, margin=5.0)
    assert value(loss, batch([[0], [1], [2], [4]], [0, 0, 1, 1])) == pytest.approx(7 / 4)


@few_examples
@given(grid_batches(), margins)
def test_ties_and_coincidences_are_mined_as_in_the_paper(batch, margin):
    expected = oracle_pairs.semihard_triplet(
        batch.embeddings.astype(np.float64), batch.labels, margin
    )
    assert value(make(NAME, margin=margin), batch) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def addons(batch, margin):
    embeddings = tf.constant(batch.embeddings)
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        loss = TripletSemiHardLoss(margin=margin, distance_metric="squared-L2")
        found = loss(tf.constant(batch.labels), embeddings)
    return float(found), tape.gradient(found, embeddings).numpy()


# Addons counts positive pairs without a negative too, and divides by zero without a positive pair.
WITH_TRIPLETS = [name for name in BATCHES if name not in ("one class", "every class once")]
WITH_TRIPLETS.remove("one sample")


@pytest.mark.parametrize("name", WITH_TRIPLETS)
def test_value_and_gradient_are_those_of_tensorflow_addons(name):
    expected, gradient = addons(BATCHES[name], margin=1.0)
    found, (ours,) = value_and_gradients(make(NAME, margin=1.0), BATCHES[name])
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-7)
    # of tied negatives Addons moves all, we move one
    if name not in ("identical within each class", "coinciding across classes"):
        tolerance = 1e-4 * np.max(np.abs(gradient)) + 1e-7
        np.testing.assert_allclose(ours, gradient, rtol=0, atol=tolerance)


@few_examples
@given(grid_batches(), margins)
def test_ties_have_the_value_of_tensorflow_addons(batch, margin):
    counts = np.bincount(batch.labels)
    assume(counts.max() > 1 and np.count_nonzero(counts) > 1)
    expected, _ = addons(batch, margin)
    assert value(make(NAME, margin=margin), batch) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_without_an_active_triplet_loss_and_gradient_are_exactly_zero(distance):
    loss = make(NAME, margin=0.2, distance=distance)
    found, (gradient,) = value_and_gradients(loss, HARD["no active triplet"])
    assert found == 0
    assert not gradient.any()


@pytest.mark.parametrize("name", ["one class", "every class once", "one sample"])
def test_without_any_triplet_loss_and_gradient_are_exactly_zero(name):
    found, (gradient,) = value_and_gradients(make(NAME), HARD[name])
    assert found == 0
    assert not gradient.any()


@pytest.mark.parametrize("norm", [1e-4, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_equal_embeddings_cost_the_margin_whatever_their_norm(norm, distance):
    loss, labels = make(NAME, margin=0.2, distance=distance), random_batch(3).labels
    for direction in random_rotation(3, dim=128)[:10]:  # embeddings of the experiment's width
        equal = batch(np.tile(norm * direction, (10, 1)), labels)
        found, (gradient,) = value_and_gradients(loss, equal)
        assert found == pytest.approx(0.2, rel=1e-5)
        assert np.all(np.isfinite(gradient))


def test_a_pair_whose_anchor_has_a_negative_counts_even_when_it_costs_nothing():
    # (0, 1) and (1, 0): 1 − 9 + α and 1 − 4 + α; α = 4 gives 0 and 1, and not the mean of 1 alone
    assert value(make(NAME, margin=4.0), batch([[0], [1], [3]], [0, 0, 1])) == pytest.approx(0.5)


def test_the_negative_is_pushed_and_the_positive_pulled():
    # only (0, 1) costs: d(a,p) − d(a,n) + 4 = (x₀ − x₁)² − (x₀ − x₂)² + 4, and half of it counts;
    # (1, 0) has the negative at distance 9
    tiny = batch([[0], [1], [-2]], [0, 0, 1])
    found, (gradient,) = value_and_gradients(make(NAME, margin=4.0), tiny)
    assert found == pytest.approx(0.5)
    # d/dx₀ = ½ (2 · (0 − 1) − 2 · (0 + 2)), d/dx₁ = ½ · 2 · (1 − 0), d/dx₂ = −½ · 2 · (−2 − 0)
    np.testing.assert_allclose(gradient, [[-3], [1], [2]], rtol=1e-6)


@few_examples
@given(seeds, st.floats(0.01, 100))
def test_margin_and_loss_grow_with_the_square_of_the_embeddings(seed, factor):
    batch = random_batch(seed)
    before = value(make(NAME, margin=1.0), batch)
    after = value(make(NAME, margin=factor**2), batch.times(factor))
    assert after == pytest.approx(factor**2 * before, rel=1e-4)


@few_examples
@given(seeds, st.permutations([0, 1, 2, 3]))
def test_the_classes_names_do_not_matter(seed, names):
    batch = random_batch(seed)
    renamed = type(batch)(batch.embeddings, np.array(names, np.int32)[batch.labels])
    assert value(make(NAME), renamed) == value(make(NAME), batch)
