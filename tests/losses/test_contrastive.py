"""Contrastive loss."""

import numpy as np
import pytest

from agreement import cost, make, value_and_gradients
from batches import batch

NAME = "contrastive"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 2, class 1 at 3; m = 2.
    # One positive pair, d² = 4; negative pairs d = 3 and 1, [2 − 3]₊² = 0 and (2 − 1)² = 1, mean ½.
    # L = ½ (4 + ½)
    assert cost(make(NAME, margin=2.0), [[0], [2], [3]], [0, 0, 1]) == pytest.approx(2.25)


@pytest.mark.parametrize("n", [1, 5])
def test_both_kinds_of_pairs_weigh_the_same_however_many_there_are(n):
    # one positive pair at distance 1 and, with n further classes in one place, 2 n negative pairs
    # of which half are at 1 and half at √2, and n (n − 1) / 2 at 0
    apart = np.array([1, np.sqrt(2)] * n + [0] * (n * (n - 1) // 2))
    expected = 0.5 * (1 + np.mean((2 - apart) ** 2))
    points, labels = [[0, 0], [0, 1], *[[1, 0]] * n], [0, 0, *range(1, n + 1)]
    assert cost(make(NAME, margin=2.0), points, labels) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("margin", "expected"), [(4.75, 0.0), (5.0, 0.0), (5.5, 0.5 * 0.5**2)])
def test_a_negative_pair_beyond_the_margin_rests(margin, expected):
    # the positive pair costs nothing, as it coincides; multiples of 1/4, so nothing is rounded
    resting = batch([[0.25, 0], [0.25, 0], [3.25, 4]], [0, 0, 1])
    result, (gradient,) = value_and_gradients(make(NAME, margin=margin), resting)
    assert result == pytest.approx(expected, abs=1e-6)
    assert gradient.any() == (expected > 0)


def test_without_pairs_of_a_kind_the_other_kind_counts_alone():
    # all of one class: ½ · mean of 1, 4, 9; each of its own: ½ · mean of (3 − d)² = 4, 1, 0
    points = [[0], [1], [3]]
    assert cost(make(NAME), points, [1, 1, 1]) == pytest.approx(0.5 * 14 / 3)
    assert cost(make(NAME, margin=3.0), points, [0, 1, 2]) == pytest.approx(0.5 * 5 / 3)
    assert cost(make(NAME), points[:1], [0]) == 0
