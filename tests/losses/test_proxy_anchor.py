"""Proxy anchor loss."""

import math

import numpy as np
import pytest

from agreement import cost, make, value_and_gradients, with_class_weights, with_random_weights
from batches import DIM, batch

NAME = "proxy_anchor"


def along_the_axes(classes=2, width=2, **parameters):
    return with_class_weights(NAME, 3 * np.eye(width, classes), **parameters)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Proxies along the axes, α = 2, δ = ½; x₁ along the first, x₂ along the second, both class 0.
    # P⁺ = {0}: e^{−2(1 − ½)} + e^{−2(0 − ½)} = e^−1 + e
    # against 0: nothing, log 1 = 0; against 1: e^{2(0 + ½)} + e^{2(1 + ½)} = e + e³
    # L = log(1 + e + e^−1) / 1 + (0 + log(1 + e + e³)) / 2
    e = math.e
    expected = math.log(1 + e + 1 / e) + 0.5 * math.log(1 + e + e**3)
    result = cost(along_the_axes(scale=2.0, margin=0.5), [[3, 0], [0, 0.1]], [0, 0])
    assert result == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_only_classes_in_the_batch_are_pulled_but_all_are_pushed_from(classes):
    # one sample along proxy 0, its class; α = 1, δ = 0: with further proxies at right angles
    # P⁺ stays {0}, log(1 + e^−1), and the mean over all classes is of 0 and C − 1 times log 2
    loss = along_the_axes(classes, width=5, scale=1.0, margin=0.0)
    expected = math.log(1 + math.exp(-1)) + (classes - 1) / classes * math.log(2)
    assert cost(loss, [[1, 0, 0, 0, 0]], [0]) == pytest.approx(expected, rel=1e-6)


def test_the_sample_farthest_from_its_proxy_is_pulled_most_and_the_nearest_pushed_most():
    # proxies along the axes; three of class 0, which proxy 1 pushes and proxy 0 pulls
    at = batch([[1, 0.1], [1, 0.5], [1, 1]], [0, 0, 0])
    _, (gradient, _) = value_and_gradients(along_the_axes(scale=5.0, margin=0.1), at)
    force = np.linalg.norm(gradient * np.linalg.norm(at.embeddings, axis=1)[:, None], axis=1)
    assert force[0] < force[1] < force[2]
    assert np.all(gradient[:, 1] > 0)


def test_an_embedding_of_zeros_has_a_cosine_of_0_with_every_proxy():
    # α = 2, δ = ½: log(1 + e) for its own class, and for three of four against it
    loss = with_random_weights(make(NAME, scale=2.0, margin=0.5))
    expected = (1 + 3 / 4) * math.log(1 + math.e)
    assert cost(loss, np.zeros((1, DIM)), [2]) == pytest.approx(expected, rel=1e-6)
