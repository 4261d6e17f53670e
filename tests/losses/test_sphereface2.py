"""SphereFace2."""

import math

import numpy as np
import pytest

from agreement import cost, make, value_and_gradients, with_class_weights, with_random_weights
from batches import CLASSES, DIM, batch
from discern import losses

NAME = "sphereface2"


def along_the_axes(bias=0.0, **parameters):
    loss = with_class_weights(NAME, 3 * np.eye(3), **parameters)
    loss.bias.assign([bias])
    return loss


def test_the_value_of_a_sample_is_the_one_computed_by_hand():
    # r = ln 3, m = ½, b = r/2, λ = ¾, t = 2: g(1) = 1, g(0) = 2 · ¼ − 1 = −½. Along W₀, class 0.
    # own: r(1 − ½) + b = r, log(1 + e^−r) = ln(4/3); each other: r(−½ + ½) + b = r/2, ln(1 + √3)
    # L = (¾ ln(4/3) + ¼ · 2 ln(1 + √3)) / ln 3
    r = math.log(3)
    loss = along_the_axes(r / 2, scale=r, margin=0.5, balance=0.75, exponent=2.0)
    expected = (0.75 * math.log(4 / 3) + 0.5 * math.log(1 + math.sqrt(3))) / r
    assert cost(loss, [[7, 0, 0]], [0]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("margin", [0.0, 0.4])
@pytest.mark.parametrize("balance", [0.01, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("exponent", [1.0, 3.0])
@pytest.mark.parametrize("classes", [2, 4, 10])
def test_the_bias_starts_where_it_minimises_the_loss_at_right_angles(
    margin, balance, exponent, classes
):
    parameters = {"scale": 5.0, "margin": margin, "balance": balance, "exponent": exponent}
    loss = losses.create(NAME, classes=classes, embedding_dim=DIM, **parameters)
    at = batch(np.zeros((1, DIM)), [0])  # zeros are at right angles to everything
    _, (*_, slope) = value_and_gradients(loss, at)
    start = loss.bias.numpy()
    slopes = []
    for step in (-1.0, 1.0):
        loss.bias.assign(start + step)
        slopes.append(value_and_gradients(loss, at)[1][-1][0])
    assert slopes[0] < 0 < slopes[1]
    assert abs(slope[0]) < 1e-4 * max(np.abs(slopes))


def test_each_class_is_decided_upon_by_itself():
    # what another class costs is the same wherever the third lies; in a softmax it would not be
    def cost_with(second, third):
        weights = np.array([[1, 0, 0], second, third]).T
        return cost(with_class_weights(NAME, weights, scale=5.0), [[0.6, 0.8, 0]], [0])

    near, far = [0.1, 1, 0], [0, 0, 1]
    differences = [cost_with(near, third) - cost_with(far, third) for third in (near, far)]
    assert differences[0] == pytest.approx(differences[1], rel=1e-5)
    assert differences[0] > 0.1


def test_an_opposite_embedding_has_finite_gradients_with_any_exponent():
    for exponent in (1.0, 1.5, 3.0):
        loss = with_random_weights(make(NAME, exponent=exponent))
        at = batch(-loss.class_weights.numpy().T, np.arange(CLASSES))
        _, gradients = value_and_gradients(loss, at)
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


def test_the_bias_is_trained_with_the_class_weights():
    names = [weight.name for weight in make(NAME).trainable_weights]
    assert names == ["class_weights:0", "bias:0"]
