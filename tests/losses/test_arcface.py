"""Additive angular margin loss."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import BATCHES, CLASSES, DIM, batch, few_examples, random_batch, seeds
from discern import losses

NAME = "arcface"


def reference(scale, margin):
    return lambda x, y, w: oracle.arcface(x, y, w, scale, margin)


@pytest.mark.parametrize(("scale", "margin"), [(64.0, 0.5), (3.0, 1.2)])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, scale, margin):
    loss = with_random_weights(make(NAME, scale=scale, margin=margin))
    assert_agrees(loss, reference(scale, margin), batch)


@pytest.mark.parametrize("sign", [1, -1], ids=["0", "pi"])
def test_they_are_at_an_angle_of_exactly(sign):
    loss = with_random_weights(make(NAME, scale=3.0, margin=0.5))
    loss.class_weights.assign(np.eye(DIM, CLASSES) * [2.0, 1.0, 0.5, 3.0])
    labels = np.arange(CLASSES)
    at = batch(1.5 * sign * loss.class_weights.numpy().T[labels], labels)
    assert_agrees(loss, reference(3.0, 0.5), at)


@pytest.mark.parametrize("sign", [1, -1], ids=["0", "pi"])
def test_next_to_0_and_pi_the_value_is_right_and_the_gradient_finite(sign):
    # rounding the cosine to float32 moves an angle of 0 by up to 5e-4, and cos(θ + m) by as much
    loss = with_random_weights(make(NAME, scale=3.0, margin=0.5))
    labels = np.arange(CLASSES)
    at = batch(1.5 * sign * loss.class_weights.numpy().T[labels], labels)
    expected = reference(3.0, 0.5)(
        at.embeddings.astype(np.float64), labels, loss.class_weights.numpy().astype(np.float64)
    )
    found, gradients = value_and_gradients(loss, at)
    assert found == pytest.approx(expected, abs=3 * 5e-4)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)
    # |dθ/dx| = 1/‖x‖ at every angle, although dθ/d cos θ has no bound
    bound = 3.0 / np.min(np.linalg.norm(at.embeddings, axis=1))
    assert np.max(np.abs(gradients[0])) < bound


@pytest.mark.parametrize("off", [-0.5, -0.01, -1e-3, 1e-3, 0.01, 0.4])
@pytest.mark.parametrize("margin", [0.5, 1.2])
def test_beyond_pi_minus_m_the_paper_goes_on_in_a_line_of_the_cosine(margin, off):
    # there cos(θ + m) would rise again; at π − m the loss jumps upwards
    theta = math.pi - margin + off
    loss = losses.create(NAME, classes=2, embedding_dim=2, scale=3.0, margin=margin)
    loss.class_weights.assign([[2, 0], [0, 1]])
    at = batch([[1.5 * math.cos(theta), 1.5 * math.sin(theta)]], [0])
    assert_agrees(loss, reference(3.0, margin), at)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W along the axes, s = 2 ln 3, m = π/3, all of class 0.
    # θ = 0: cos(π/3) = ½, scores (½ s, 0) = (ln 3, 0), probability 3 / (3 + 1)
    # θ = π/2: cos(5π/6) = −½√3, scores (−√3 ln 3, 2 ln 3), −log p = ln(1 + 3^(2 + √3))
    # θ = π: θ + m > π, −1 − π/3 · ½√3, scores (−2 ln 3 (1 + π√3/6), 0), ln(1 + 9^(1 + π√3/6))
    loss = losses.create(
        NAME, classes=2, embedding_dim=2, scale=2 * math.log(3), margin=math.pi / 3
    )
    loss.class_weights.assign([[2, 0], [0, 5]])
    root = math.sqrt(3)
    each = [
        math.log(4 / 3),
        math.log(1 + 3 ** (2 + root)),
        math.log(1 + 9 ** (1 + math.pi * root / 6)),
    ]
    found = value(loss, batch([[3, 0], [0, 0.1], [-7, 0]], [0, 0, 0]))
    assert found == pytest.approx(sum(each) / 3, rel=1e-6)


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
        for margin in (0.0, 0.1, 0.3, 0.5, 1.0)
    ]
    assert found == sorted(found)
    assert len(set(found)) == 5


def test_a_larger_angle_to_the_own_class_costs_more_beyond_pi_minus_m_too():
    # the other class's weights are perpendicular to the plane in which the embedding turns
    loss = losses.create(NAME, classes=2, embedding_dim=3, scale=3.0, margin=0.5)
    loss.class_weights.assign([[1, 0], [0, 0], [0, 1]])
    angles = np.linspace(0, math.pi, 101)
    found = [value(loss, batch([[math.cos(a), math.sin(a), 0]], [0])) for a in angles]
    assert np.all(np.diff(found) > 0)


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


def test_an_embedding_of_zeros_is_at_a_right_angle_to_everything():
    # all scores 0 but the own, s cos(π/2 + m) = −s sin m
    own = 64 * math.sin(0.5)
    expected = math.log(math.exp(-own) + CLASSES - 1) + own
    found = value(with_random_weights(make(NAME)), batch(np.zeros((3, DIM)), [0, 1, 2]))
    assert found == pytest.approx(expected, rel=1e-6)
