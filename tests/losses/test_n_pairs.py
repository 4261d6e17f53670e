"""N-pair loss with all negatives of the batch."""

import math

import numpy as np
import pytest

from agreement import cost, make, value_and_gradients
from batches import HARD

NAME = "n_pairs"


def bare():
    """The loss without its regulariser."""
    return make(NAME, regularisation=0.0)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 1 and 2, class 1 at −1, λ = 0.6.
    # (1, 2): log(1 + e^{−1 − 2}); (2, 1): log(1 + e^{−2 − 2}); λ/2 · (1 + 4 + 1) / 3 = 0.6
    # L = ½ (log(1 + e^−3) + log(1 + e^−4)) + 0.6
    expected = 0.5 * (math.log(1 + math.exp(-3)) + math.log(1 + math.exp(-4))) + 0.6
    result = cost(make(NAME, regularisation=0.6), [[1], [2], [-1]], [0, 0, 1])
    assert result == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["one class", "every class once", "one sample"])
def test_without_any_pair_the_regulariser_is_left(name):
    x = HARD[name].embeddings
    result, (gradient,) = value_and_gradients(make(NAME, regularisation=0.3), HARD[name])
    assert result == pytest.approx(0.15 * np.mean(np.sum(x**2, axis=1)), rel=1e-5)
    np.testing.assert_allclose(gradient, 0.3 * x / len(x), rtol=1e-5)
    result, (gradient,) = value_and_gradients(bare(), HARD[name])
    assert result == 0
    assert not gradient.any()


def test_the_other_positives_are_no_negatives():
    # (0, 1), (1, 0): 0 − 1; (0, 2), (1, 2), (2, 0), (2, 1): 0 − 0
    expected = (2 * math.log1p(math.exp(-1)) + 4 * math.log(2)) / 6
    result = cost(bare(), [[0, 1], [0, 1], [10, 0], [0, 0]], [0, 0, 0, 1])
    assert result == pytest.approx(expected, rel=1e-6)


def test_embeddings_of_zeros_cost_the_logarithm_of_how_many_there_are_to_choose_from():
    # 4 of class 0 and 6 of class 1: 12 ordered pairs against 6, 30 against 4
    expected = (12 * math.log(7) + 30 * math.log(5)) / 42
    result = cost(make(NAME), np.zeros((10, 3)), [0] * 4 + [1] * 6)
    assert result == pytest.approx(expected, rel=1e-6)
