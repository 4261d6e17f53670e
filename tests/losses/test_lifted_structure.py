"""Lifted structure loss."""

import math

import pytest

from agreement import cost, make

NAME = "lifted_structure"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 1, class 1 at 3 and 4, α = 1.
    # (0, 1): d = 1; negatives of 0 at 3 and 4, of 1 at 2 and 3: e (e^−3 + e^−4 + e^−2 + e^−3)
    # = e^−1 (1 + 2 e^−1 + e^−2) = e^−1 (1 + e^−1)², J = 1 − 1 + 2 log(1 + e^−1); (3, 4) is its
    # mirror image. L = (J² + J²) / (2 · 2)
    j = 2 * math.log(1 + math.exp(-1))
    result = cost(make(NAME, margin=1.0), [[0], [1], [3], [4]], [0, 0, 1, 1])
    assert result == pytest.approx(j**2 / 2, rel=1e-6)


def test_a_pair_that_costs_nothing_counts_all_the_same():
    # class 0 at 0 and 1, negative 3 at 9 and class 1 at 100 and 101, α = 9:
    # (0, 1): 1 + log(e^{9 − 9} + e^{9 − 8} + …) = 1 + log(1 + e); (100, 101): 1 + 9 − 91 < 0
    loss, x = make(NAME, margin=9.0), [[0], [1], [9], [100], [101]]
    j = 1 + math.log(1 + math.e)
    assert cost(loss, x, [0, 0, 3, 1, 1]) == pytest.approx(j**2 / 4, rel=1e-5)
    assert cost(loss, x[:4], [0, 0, 3, 1]) == pytest.approx(j**2 / 2, rel=1e-5)
