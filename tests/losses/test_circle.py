"""Circle loss."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_pairs
from agreement import assert_agrees, make, value, value_and_gradients
from batches import (
    BATCHES,
    HARD,
    RANDOM,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    random_rotation,
    seeds,
)

NAME = "circle"

# Wherever a finite difference is taken the weights α are those without it: no gradient flows
# through them. Equal directions have a gradient of 0, of which float32 leaves 1e-6.


@pytest.mark.parametrize(("scale", "margin"), [(80.0, 0.4), (2.0, 0.1), (5.0, -0.2)])
@pytest.mark.parametrize("name", BATCHES)
def test_value_and_gradients_are_those_of_the_paper(name, scale, margin):
    batch = BATCHES[name]
    weights = oracle_pairs.circle_weights(batch.embeddings.astype(np.float64), batch.labels, margin)
    loss = make(NAME, scale=scale, margin=margin)
    atol = 2e-6 if name == "identical" else 1e-7

    def function(x, y):
        return oracle_pairs.circle(x, y, weights, margin, scale)

    assert_agrees(loss, function, batch, gradient_atol=atol)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 along the first and the second axis, class 1 along the first; γ = 2, m = ½.
    # 0: s_p = 0, α_p = 3/2: −2 · 3/2 (0 − ½) = 3/2; s_n = 1, α_n = 3/2: 2 · 3/2 (1 − ½) = 3/2:
    #    log(1 + e^3)
    # 1: s_p = 0: 3/2; s_n = 0, α_n = ½: 2 · ½ (0 − ½) = −½: log(1 + e)
    # 2 has no positive and does not count
    at = batch([[2, 0], [0, 7], [0.1, 0]], [0, 0, 1])
    expected = (math.log(1 + math.exp(3)) + math.log(1 + math.e)) / 2
    assert value(make(NAME, scale=2.0, margin=0.5), at) == pytest.approx(expected, rel=1e-6)


@few_examples
@given(grid_batches())
def test_ties_and_coincidences_have_the_value_of_the_paper(batch):
    x = batch.embeddings.astype(np.float64)
    weights = oracle_pairs.circle_weights(x, batch.labels, 0.4)
    expected = oracle_pairs.circle(x, batch.labels, weights, 0.4, 80.0)
    assert value(make(NAME), batch) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@few_examples
@given(st.floats(0, math.pi), st.floats(0, math.pi), st.floats(0.01, 0.99))
def test_the_cost_of_a_pair_and_a_negative_is_constant_on_circles_about_0_and_1(p, n, margin):
    # paper, eq. 9: while neither weight is cut off the exponent is
    # γ (s_n² + (1 − s_p)² − 2 m²), that is 0 on the circle of radius m√2 about s_n = 0, s_p = 1
    at = batch([[1, 0], [math.cos(p), math.sin(p)], [math.cos(n), math.sin(n)]], [0, 0, 1])
    each = []
    for s_p, s_n in ((math.cos(p), math.cos(n)), (math.cos(p), math.cos(p - n))):
        of_n = max(s_n + margin, 0) * (s_n - margin)
        each.append(math.log1p(math.exp(3 * (of_n + (1 - s_p) ** 2 - margin**2))))
    found = value(make(NAME, scale=3.0, margin=margin), at)
    assert found == pytest.approx(sum(each) / 2, rel=1e-4, abs=1e-6)


def test_on_the_border_itself_it_is_log_2():
    # s_p = 1 − m and s_n = m, with m = 1
    at = batch([[1, 0, 0], [0, 1, 0], [1, 0, 0]], [0, 0, 1])
    first = math.log(2)  # s_p = 0 = 1 − m, s_n = 1 = m
    second = math.log1p(math.exp(-1))  # s_p = 0; s_n = 0: 1 · (0 − 1)
    found = value(make(NAME, scale=1.0, margin=1.0), at)
    assert found == pytest.approx((first + second) / 2, rel=1e-6)


def test_a_negative_below_minus_m_has_no_weight_left_but_is_still_one_of_the_sum():
    # a pair along an axis, one negative opposite or two: α_n = [−1 + 0.4]₊ = 0, so that each adds
    # e^0 and has no gradient; α_p = 0.4, exponent −γ 0.4 · 0.4
    for alone in (1, 2):
        at = batch([[1, 0], [2, 0], *[[-1, 0]] * alone], [0, 0, *range(1, alone + 1)])
        expected = math.log(1 + alone * math.exp(-2 * 0.4 * 0.4))
        assert value(make(NAME, scale=2.0), at) == pytest.approx(expected, rel=1e-5)
    tilted = batch([[1, 0.1], [2, 0], [-1, 0.1]], [0, 0, 1])
    _, (gradient,) = value_and_gradients(make(NAME, scale=2.0), tilted)
    assert not gradient[2].any()
    assert gradient[0].any()


def test_the_weights_are_constants_for_the_gradient():
    # Two of class 0 at a right angle and one of class 1 at a right angle to both, γ = 1, m = 0.4:
    # α_p = 1.4, α_n = 0.4; z = 1.4 · 0.6 − 0.4 · 0.4 = 0.68; ds_p = x₀·dx₁ + x₁·dx₀.
    # Each anchor: σ(z) (−1.4 ds_p + 0.4 ds_n), and L is the mean of two. With the weights'
    # own changes it would be −2 ds_p and 0 ds_n.
    at = batch(np.eye(3), [0, 0, 1])
    _, (gradient,) = value_and_gradients(make(NAME, scale=1.0), at)
    slope = 1 / (1 + math.exp(-0.68))
    expected = [[0, -1.4 * 2 / 2, 0.4 / 2], [-1.4 * 2 / 2, 0, 0.4 / 2], [0.4 / 2, 0.4 / 2, 0]]
    np.testing.assert_allclose(gradient, slope * np.array(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch", RANDOM.values(), ids=RANDOM)
def test_a_step_down_the_gradient_lowers_the_value_although_it_is_no_derivative(batch):
    before, (gradient,) = value_and_gradients(make(NAME), batch)
    length = 1e-3 / np.linalg.norm(gradient)
    assert value(make(NAME), batch.plus(-length * gradient)) < before


@pytest.mark.parametrize("name", ["one class", "every class once", "one sample"])
def test_without_anchors_that_have_both_loss_and_gradient_are_exactly_zero(name):
    found, (gradient,) = value_and_gradients(make(NAME), HARD[name])
    assert found == 0
    assert not gradient.any()


@few_examples
@given(seeds)
def test_an_anchors_positives_and_negatives_multiply(seed):
    # with γ next to 0 every e^0 counts 1: log(1 + |N| |P|)
    once = random_batch(seed)
    labels, counts = np.unique(once.labels, return_counts=True)
    sizes = dict(zip(labels.tolist(), counts.tolist(), strict=True))
    each = [
        math.log(1 + (sizes[label] - 1) * (10 - sizes[label]))
        for label in once.labels.tolist()
        if sizes[label] > 1
    ]
    assert value(make(NAME, scale=0.01), once) == pytest.approx(np.mean(each), rel=0.02)


@pytest.mark.parametrize("norm", [1e-4, 1.0, 30.0, 1e4])
def test_equal_embeddings_cost_the_same_whatever_their_norm(norm):
    # cosines 1: −80 · 0.4 · 0.4 for each of 2 positives, 80 · 1.4 · 0.6 for each of 6 negatives
    expected = math.log(12) + 80 * (1.4 * 0.6 - 0.4 * 0.4)
    for direction in random_rotation(3, dim=128)[:10]:  # embeddings of the experiment's width
        equal = batch(np.tile(norm * direction, (9, 1)), [0, 0, 0, 1, 1, 1, 2, 2, 2])
        found, (gradient,) = value_and_gradients(make(NAME), equal)
        assert found == pytest.approx(expected, rel=1e-5)
        assert np.max(np.abs(gradient)) < 1e-4 / norm
