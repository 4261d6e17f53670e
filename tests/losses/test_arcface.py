"""Additive angular margin loss; what it shares with CosFace: shared/test_cosine_softmax.py."""

import math

import numpy as np
import pytest

from agreement import (
    assert_agrees,
    cost,
    make,
    value_and_gradients,
    with_class_weights,
    with_random_weights,
)
from batches import CLASSES, DIM, batch
from references import REFERENCES

NAME = "arcface"


@pytest.mark.parametrize("sign", [1, -1], ids=["0", "pi"])
def test_next_to_0_and_pi_the_value_is_right_and_the_gradient_bounded(sign):
    # rounding the cosine to float32 moves an angle of 0 by up to 5e-4, and cos(θ + m) by as much
    setting = {"scale": 3.0, "margin": 0.5}
    loss = with_random_weights(make(NAME, **setting))
    w, labels = loss.class_weights.numpy(), np.arange(CLASSES)
    at = batch(1.5 * sign * w.T[labels], labels)
    expected = REFERENCES[NAME].at(loss, at, **setting)(
        at.embeddings.astype(float), w.astype(float)
    )
    result, gradients = value_and_gradients(loss, at)
    assert result == pytest.approx(expected, abs=3 * 5e-4)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)
    # |dθ/dx| = 1/‖x‖ at every angle, although dθ/d cos θ has no bound
    bound = 3.0 / np.min(np.linalg.norm(at.embeddings, axis=1))
    assert np.max(np.abs(gradients[0])) < bound


@pytest.mark.parametrize("off", [-0.5, -0.01, -1e-3, 1e-3, 0.01, 0.4])
@pytest.mark.parametrize("margin", [0.5, 1.2])
def test_beyond_pi_minus_m_the_paper_goes_on_in_a_line_of_the_cosine(margin, off):
    # there cos(θ + m) would rise again; at π − m the loss jumps upwards
    theta, setting = math.pi - margin + off, {"scale": 3.0, "margin": margin}
    loss = with_class_weights(NAME, [[2, 0], [0, 1]], **setting)
    at = batch([[1.5 * math.cos(theta), 1.5 * math.sin(theta)]], [0])
    assert_agrees(loss, REFERENCES[NAME].at(loss, at, **setting), at)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W along the axes, s = 2 ln 3, m = π/3, all of class 0.
    # θ = 0: cos(π/3) = ½, scores (½ s, 0) = (ln 3, 0), probability 3 / (3 + 1)
    # θ = π/2: cos(5π/6) = −½√3, scores (−√3 ln 3, 2 ln 3), −log p = ln(1 + 3^(2 + √3))
    # θ = π: θ + m > π, −1 − π/3 · ½√3, scores (−2 ln 3 (1 + π√3/6), 0), ln(1 + 9^(1 + π√3/6))
    loss = with_class_weights(NAME, [[2, 0], [0, 5]], scale=2 * math.log(3), margin=math.pi / 3)
    root = math.sqrt(3)
    beyond = math.log(1 + 9 ** (1 + math.pi * root / 6))
    expected = (math.log(4 / 3) + math.log(1 + 3 ** (2 + root)) + beyond) / 3
    result = cost(loss, [[3, 0], [0, 0.1], [-7, 0]], [0, 0, 0])
    assert result == pytest.approx(expected, rel=1e-6)


def test_a_larger_angle_to_the_own_class_costs_more_beyond_pi_minus_m_too():
    # the other class's weights are perpendicular to the plane in which the embedding turns
    loss = with_class_weights(NAME, [[1, 0], [0, 0], [0, 1]], scale=3.0, margin=0.5)
    angles = np.linspace(0, math.pi, 101)
    costs = [cost(loss, [[math.cos(a), math.sin(a), 0]], [0]) for a in angles]
    assert np.all(np.diff(costs) > 0)


def test_an_embedding_of_zeros_is_at_a_right_angle_to_everything():
    # all scores 0 but the own, s cos(π/2 + m) = −s sin m
    own = 64 * math.sin(0.5)
    expected = math.log(math.exp(-own) + CLASSES - 1) + own
    loss = with_random_weights(make(NAME))
    assert cost(loss, np.zeros((3, DIM)), [0, 1, 2]) == pytest.approx(expected, rel=1e-6)
