"""Proxy anchor loss."""

import math

import numpy as np
import pytest
from hypothesis import given

import oracle
from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import (
    BATCHES,
    CLASSES,
    DIM,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    seeds,
)
from discern import losses

NAME = "proxy_anchor"


def axes(**parameters):
    """The loss of two classes with proxies along the axes."""
    loss = losses.create(NAME, classes=2, embedding_dim=2, **parameters)
    loss.class_weights.assign([[2, 0], [0, 5]])
    return loss


@pytest.mark.parametrize(("scale", "margin"), [(32.0, 0.1), (3.0, 0.5)])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, scale, margin):
    loss = with_random_weights(make(NAME, scale=scale, margin=margin))
    assert_agrees(loss, lambda x, y, w: oracle.proxy_anchor(x, y, w, scale, margin), batch)


@few_examples
@given(grid_batches())
def test_coinciding_embeddings_have_the_value_of_the_paper(batch):
    loss = with_random_weights(make(NAME))
    w = loss.class_weights.numpy().astype(np.float64)
    expected = oracle.proxy_anchor(batch.embeddings.astype(np.float64), batch.labels, w, 32.0, 0.1)
    assert value(loss, batch) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Proxies along the axes, α = 2, δ = ½; x₁ along the first, x₂ along the second, both class 0.
    # P⁺ = {0}: e^{−2(1 − ½)} + e^{−2(0 − ½)} = e^−1 + e
    # against 0: nothing, log 1 = 0; against 1: e^{2(0 + ½)} + e^{2(1 + ½)} = e + e³
    # L = log(1 + e + e^−1) / 1 + (0 + log(1 + e + e³)) / 2
    e = math.e
    expected = math.log(1 + e + 1 / e) + 0.5 * math.log(1 + e + e**3)
    found = value(axes(scale=2.0, margin=0.5), batch([[3, 0], [0, 0.1]], [0, 0]))
    assert found == pytest.approx(expected, rel=1e-6)


def test_only_classes_in_the_batch_are_pulled_but_all_are_pushed_from():
    # one sample along proxy 0, its class; α = 1, δ = 0: with further proxies at right angles
    # P⁺ stays {0}, log(1 + e^−1), and the mean over all classes is of 0 and C − 1 times log 2
    for classes in (2, 3, 5):
        loss = losses.create(NAME, classes=classes, embedding_dim=5, scale=1.0, margin=0.0)
        loss.class_weights.assign(np.eye(5, classes))
        expected = math.log(1 + math.exp(-1)) + (classes - 1) / classes * math.log(2)
        assert value(loss, batch([[1, 0, 0, 0, 0]], [0])) == pytest.approx(expected, rel=1e-6)


def test_the_margin_is_wanted_of_both_cosines():
    # one sample each along its proxy: cosines 1 and 0, so that log(1 + e^{−(1 − δ)}) for each
    # class of P⁺ and log(1 + e^{0 + δ}) against each class, α = 1
    for margin in (0.0, 0.3, 1.0):
        expected = math.log(1 + math.exp(margin - 1)) + math.log(1 + math.exp(margin))
        found = value(axes(scale=1.0, margin=margin), batch([[1, 0], [0, 1]], [0, 1]))
        assert found == pytest.approx(expected, rel=1e-6)


@few_examples
@given(seeds)
def test_a_larger_margin_costs_more(seed):
    found = [
        value(with_random_weights(make(NAME, margin=margin), seed), random_batch(seed))
        for margin in (0.0, 0.1, 0.2, 0.4)
    ]
    assert found == sorted(found)
    assert len(set(found)) == 4


@few_examples
@given(seeds)
def test_samples_are_summed_within_a_proxys_logarithm_and_not_averaged(seed):
    # each sample twice: log(1 + 2 Σ) of every proxy
    once = random_batch(seed)
    twice = once.take(np.repeat(np.arange(10), 2))
    loss = with_random_weights(make(NAME, scale=5.0, margin=0.2), seed)
    w = loss.class_weights.numpy().astype(np.float64)
    cosines = oracle.normalised(once.embeddings.astype(float)) @ oracle.normalised(w.T).T
    own = once.labels[:, None] == np.arange(CLASSES)
    pulled = np.log1p(2 * np.sum(own * np.exp(-5 * (cosines - 0.2)), axis=0))
    pushed = np.log1p(2 * np.sum(~own * np.exp(5 * (cosines + 0.2)), axis=0))
    expected = np.mean(pulled[own.any(axis=0)]) + np.mean(pushed)
    assert value(loss, twice) == pytest.approx(expected, rel=1e-4)


def test_the_sample_farthest_from_its_proxy_is_pulled_most_and_the_nearest_pushed_most():
    # proxies along the axes; three of class 0, which proxy 1 pushes and proxy 0 pulls
    at = batch([[1, 0.1], [1, 0.5], [1, 1]], [0, 0, 0])
    _, (gradient, _) = value_and_gradients(axes(scale=5.0, margin=0.1), at)
    force = np.linalg.norm(gradient * np.linalg.norm(at.embeddings, axis=1)[:, None], axis=1)
    assert force[0] < force[1] < force[2]
    assert np.all(gradient[:, 1] > 0)


def test_the_logits_are_the_scaled_cosines():
    loss = with_random_weights(make(NAME, scale=7.0, margin=0.4))
    x, w = random_batch(0).embeddings, loss.class_weights.numpy()
    norms = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(w, axis=0)
    np.testing.assert_allclose(loss.logits(x), 7 * (x @ w) / norms, rtol=1e-4, atol=1e-5)


def test_it_needs_no_groups_and_yet_is_no_mean_over_single_samples():
    loss, batch = with_random_weights(make(NAME)), random_batch(0)
    each = [value(loss, batch.take([i])) for i in range(10)]
    assert all(np.isfinite(each))
    assert value(loss, batch) != pytest.approx(np.mean(each), rel=1e-2)


def test_an_embedding_of_zeros_has_a_cosine_of_0_with_every_proxy():
    # α = 2, δ = ½: log(1 + e) for its own class, and for three of four against it
    loss = with_random_weights(make(NAME, scale=2.0, margin=0.5))
    found = value(loss, batch(np.zeros((1, DIM)), [2]))
    assert found == pytest.approx((1 + 3 / 4) * math.log(1 + math.e), rel=1e-6)
