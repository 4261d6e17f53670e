"""Circle loss."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import cost, make, value, value_and_gradients
from batches import RANDOM, batch, few_examples

NAME = "circle"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 along the first and the second axis, class 1 along the first; γ = 2, m = ½.
    # 0: s_p = 0, α_p = 3/2: −2 · 3/2 (0 − ½) = 3/2; s_n = 1, α_n = 3/2: 2 · 3/2 (1 − ½) = 3/2:
    #    log(1 + e^3)
    # 1: s_p = 0: 3/2; s_n = 0, α_n = ½: 2 · ½ (0 − ½) = −½: log(1 + e)
    # 2 has no positive and does not count
    expected = (math.log(1 + math.exp(3)) + math.log(1 + math.e)) / 2
    result = cost(make(NAME, scale=2.0, margin=0.5), [[2, 0], [0, 7], [0.1, 0]], [0, 0, 1])
    assert result == pytest.approx(expected, rel=1e-6)


@few_examples
@given(st.floats(0, math.pi), st.floats(0, math.pi), st.floats(0.01, 0.99))
def test_the_cost_of_a_pair_and_a_negative_is_constant_on_circles_about_0_and_1(p, n, margin):
    # paper, eq. 9: while neither weight is cut off the exponent is
    # γ (s_n² + (1 − s_p)² − 2 m²), that is 0 on the circle of radius m√2 about s_n = 0, s_p = 1
    each = []
    for s_p, s_n in ((math.cos(p), math.cos(n)), (math.cos(p), math.cos(p - n))):
        of_n = max(s_n + margin, 0) * (s_n - margin)
        each.append(math.log1p(math.exp(3 * (of_n + (1 - s_p) ** 2 - margin**2))))
    points = [[1, 0], [math.cos(p), math.sin(p)], [math.cos(n), math.sin(n)]]
    result = cost(make(NAME, scale=3.0, margin=margin), points, [0, 0, 1])
    assert result == pytest.approx(sum(each) / 2, rel=1e-4, abs=1e-6)


def test_a_negative_below_minus_m_has_no_weight_left_but_is_still_one_of_the_sum():
    # a pair along an axis, one negative opposite or two: α_n = [−1 + 0.4]₊ = 0, so that each adds
    # e^0 and has no gradient; α_p = 0.4, exponent −γ 0.4 · 0.4
    loss = make(NAME, scale=2.0)
    for alone in (1, 2):
        expected = math.log(1 + alone * math.exp(-2 * 0.4 * 0.4))
        result = cost(loss, [[1, 0], [2, 0], *[[-1, 0]] * alone], [0, 0, *range(1, alone + 1)])
        assert result == pytest.approx(expected, rel=1e-5)
    _, (gradient,) = value_and_gradients(loss, batch([[1, 0.1], [2, 0], [-1, 0.1]], [0, 0, 1]))
    assert not gradient[2].any()
    assert gradient[0].any()


@pytest.mark.parametrize("batch", RANDOM.values(), ids=RANDOM)
def test_a_step_down_the_gradient_lowers_the_value_although_it_is_no_derivative(batch):
    before, (gradient,) = value_and_gradients(make(NAME), batch)
    length = 1e-3 / np.linalg.norm(gradient)
    assert value(make(NAME), batch.plus(-length * gradient)) < before
