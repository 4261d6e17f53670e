"""MagFace; its margin on the angle: shared/test_angles.py."""

import math

import numpy as np
import pytest

from agreement import (
    cost,
    make,
    value,
    value_and_gradients,
    with_class_weights,
    with_random_weights,
)
from batches import batch, of_norm, random_batch

NAME = "magface"
# l_a = 1, u_a = 3
SETTING = {"norm_minimum": 1.0, "norm_ratio": 3.0, "scale": 2 * math.log(3)}


def along_the_axes(**parameters):
    return with_class_weights(NAME, [[2, 0], [0, 5]], **SETTING | parameters)


def test_the_value_of_a_sample_is_the_one_computed_by_hand():
    # l_m = π/6, u_m = π/2, of class 0 at θ = 0. a = 2, half way: m = π/3, cos m = ½, scores
    # (ln 3, 0), probability ¾. λ = 9: 9 (½ + 2/9) = 6.5
    loss = along_the_axes(margin_minimum=math.pi / 6, margin_maximum=math.pi / 2, weight=9.0)
    assert cost(loss, [[2, 0]], [0]) == pytest.approx(math.log(4 / 3) + 6.5, rel=1e-6)


@pytest.mark.parametrize(("length", "margin", "pull"), [(0.01, 0.2, 10 / 9), (50.0, 0.7, 2 / 3)])
def test_norms_beyond_the_bounds_count_as_these_and_have_no_gradient(length, margin, pull):
    loss = along_the_axes(margin_minimum=0.2, margin_maximum=0.7, weight=9.0)
    at = batch([[0.6 * length, 0.8 * length]], [0])
    expected = cost(
        with_class_weights("arcface", [[2, 0], [0, 5]], scale=SETTING["scale"], margin=margin),
        at.embeddings,
        at.labels,
    )
    result, (gradient, _) = value_and_gradients(loss, at)
    assert result == pytest.approx(expected + 9.0 * pull, rel=1e-5)
    assert abs(gradient[0] @ at.embeddings[0]) < 1e-5


def test_with_equal_margins_and_no_pull_it_is_the_additive_angular_margin_loss():
    parameters = {"margin_minimum": 0.4, "margin_maximum": 0.4, "weight": 0.0, "scale": 10.0}
    loss = with_random_weights(make(NAME, **parameters))
    expected = with_random_weights(make("arcface", scale=10.0, margin=0.4))
    assert value(loss, random_batch(0)) == pytest.approx(value(expected, random_batch(0)), rel=1e-5)


def test_the_pull_is_to_the_largest_norm_and_an_easy_sample_yields_more_than_a_hard_one():
    # arXiv:2103.06627: the optimal norm grows as the angle to the own class gets smaller.
    loss = along_the_axes(scale=10.0, weight=1.0, margin_minimum=0.1, margin_maximum=0.8)

    def best_norm(theta):
        norms = np.linspace(1.0, 3.0, 81)
        x = [math.cos(theta), math.sin(theta)]
        return norms[np.argmin([cost(loss, [np.multiply(a, x)], [0]) for a in norms])]

    assert best_norm(0.0) > best_norm(0.3) > best_norm(0.6)
    without_margins = along_the_axes(weight=1.0, margin_minimum=0.0, margin_maximum=0.0)
    costs = [cost(without_margins, [[a, 0]], [0]) for a in np.linspace(1.0, 3.0, 9)]
    assert np.all(np.diff(costs) < 0)


@pytest.mark.parametrize("unit", [0.04, 25.0])
def test_norms_in_another_unit_with_bounds_and_pull_in_it_have_the_same_loss(unit):
    bounds = {"norm_minimum": 10.0, "weight": 35.0}
    theirs = with_random_weights(make(NAME, **bounds))
    scaled = {key: unit * number for key, number in bounds.items()}
    ours = with_random_weights(make(NAME, **scaled))
    for length in (5.0, 22.6, 80.0, 200.0):
        at = of_norm(length, 3)
        assert value(ours, at.times(unit)) == pytest.approx(value(theirs, at), rel=1e-4)


def test_the_defaults_are_the_papers_divided_by_25():
    loss = make(NAME)
    bounds = [loss.norm_minimum, loss.norm_maximum, loss.weight]
    np.testing.assert_allclose(bounds, np.array([10, 110, 35]) / 25, rtol=1e-6)
