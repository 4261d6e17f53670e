"""Large margin cosine loss."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import BATCHES, CLASSES, DIM, batch, few_examples, random_batch, seeds
from discern import losses

NAME = "cosface"


@pytest.mark.parametrize(("scale", "margin"), [(20.0, 0.2), (3.0, 0.5)])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, scale, margin):
    loss = with_random_weights(make(NAME, scale=scale, margin=margin))
    assert_agrees(loss, lambda x, y, w: oracle.cosface(x, y, w, scale, margin), batch)


@pytest.mark.parametrize("weights", ["along the axes", "random"])
@pytest.mark.parametrize("sign", [1, -1], ids=["0", "pi"])
def test_they_are_at_an_angle_of_exactly(sign, weights):
    loss = with_random_weights(make(NAME, scale=3.0, margin=0.2))
    if weights == "along the axes":
        loss.class_weights.assign(np.eye(DIM, CLASSES) * [2.0, 1.0, 0.5, 3.0])
    labels = np.arange(CLASSES)
    at = batch(1.5 * sign * loss.class_weights.numpy().T[labels], labels)
    assert_agrees(loss, lambda x, y, w: oracle.cosface(x, y, w, 3.0, 0.2), at)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W along the axes, s = 2 ln 3, m = ½, both of class 0.
    # x along W₀: scores (s(1 − ½), 0) = (ln 3, 0), probability 3 / (3 + 1)
    # x along W₁: scores (−½ s, s) = (−ln 3, ln 9), probability ⅓ / (⅓ + 9) = 1 / 28
    loss = losses.create(NAME, classes=2, embedding_dim=2, scale=2 * math.log(3), margin=0.5)
    loss.class_weights.assign([[2, 0], [0, 5]])
    found = value(loss, batch([[3, 0], [0, 0.1]], [0, 0]))
    assert found == pytest.approx(0.5 * (math.log(4 / 3) + math.log(28)), rel=1e-6)


@few_examples
@given(seeds, st.floats(0.1, 64))
def test_without_margin_it_is_the_normalised_softmax(seed, scale):
    batch = random_batch(seed)
    loss = with_random_weights(make(NAME, scale=scale, margin=0.0), seed)
    w = loss.class_weights.numpy().astype(np.float64)
    x = oracle.normalised(batch.embeddings.astype(np.float64))
    expected = oracle.softmax(scale * x, batch.labels, oracle.normalised(w.T).T, np.zeros(CLASSES))
    assert value(loss, batch) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@few_examples
@given(seeds)
def test_a_larger_margin_costs_more(seed):
    found = [
        value(with_random_weights(make(NAME, margin=margin), seed), random_batch(seed))
        for margin in (0.0, 0.1, 0.2, 0.4)
    ]
    assert found == sorted(found)
    assert len(set(found)) == 4


def test_the_logits_are_the_scaled_cosines_without_margin():
    loss = with_random_weights(make(NAME, scale=7.0, margin=0.4))
    x, w = random_batch(0).embeddings, loss.class_weights.numpy()
    norms = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(w, axis=0)
    np.testing.assert_allclose(loss.logits(x), 7 * (x @ w) / norms, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale_of_embeddings", [1e-4, 1.0, 1e4])
def test_the_gradient_is_perpendicular_to_the_embedding(scale_of_embeddings):
    batch = random_batch(1).times(scale_of_embeddings)
    _, (gradient, _) = value_and_gradients(with_random_weights(make(NAME)), batch)
    along = np.sum(gradient * batch.embeddings, axis=1)
    whole = np.linalg.norm(gradient, axis=1) * np.linalg.norm(batch.embeddings, axis=1)
    assert np.all(np.abs(along) < 1e-4 * whole.max())


def test_an_embedding_of_zeros_pays_the_margin_alone():
    # all scores 0 but the own, −s m
    expected = math.log(math.exp(-20 * 0.2) + CLASSES - 1) + 20 * 0.2
    found = value(with_random_weights(make(NAME)), batch(np.zeros((3, DIM)), [0, 1, 2]))
    assert found == pytest.approx(expected, rel=1e-6)
