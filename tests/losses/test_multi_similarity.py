"""Multi-similarity loss."""

import math

import numpy as np
import pytest

from agreement import cost, make, value, value_and_gradients
from batches import batch

NAME = "multi_similarity"
ALONG = {0: [1, 0], 60: [0.5, math.sqrt(3) / 2], 90: [0, 1], 180: [-1, 0]}


def bare(degrees, labels, epsilon):
    """The value with α = β = 1 and base 0, where a pair kept has the exponent ±s."""
    loss = make(NAME, alpha=1.0, beta=1.0, base=0.0, epsilon=epsilon)
    return cost(loss, [ALONG[angle] for angle in degrees], labels)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 along the first and the second axis, class 1 along the first; α = 2, β = 4, base ½.
    # 0: positive 0, negative 1: 1 > 0 − ε and 0 < 1 + ε, both kept:
    #    ½ log(1 + e^{−2(0 − ½)}) + ¼ log(1 + e^{4(1 − ½)}) = ½ log(1 + e) + ¼ log(1 + e²)
    # 1: positive 0, negative 0, both kept: ½ log(1 + e) + ¼ log(1 + e^−2)
    # 2 has no positive: 0, and yet it is one of three
    expected = math.log(1 + math.e) + (math.log1p(math.exp(2)) + math.log1p(math.exp(-2))) / 4
    loss = make(NAME, alpha=2.0, beta=4.0, base=0.5, epsilon=0.1)
    result = cost(loss, [[2, 0], [0, 7], [0.1, 0]], [0, 0, 1])
    assert result == pytest.approx(expected / 3, rel=1e-6)


def test_a_pair_exactly_at_the_border_is_not_kept():
    # all cosines are exactly 0: 0 > 0 − ε and 0 < 0 + ε hold for every ε but 0
    at = batch(np.diag([1.0, 3.0, 0.5, 2.0]), [0, 0, 1, 1])
    result, (gradient,) = value_and_gradients(make(NAME, epsilon=0.0), at)
    assert result == 0
    assert not gradient.any()
    kept = math.log(1 + math.e) / 2 + math.log1p(2 * math.exp(-25)) / 50
    assert value(make(NAME, epsilon=1e-3), at) == pytest.approx(kept, rel=1e-6)


def test_a_pair_within_epsilon_of_the_hardest_of_the_other_kind_counts():
    # anchor at 0°, positives at 0° and 60° (cosines 1 and ½), negative at 90° (0): kept with
    # ε > ½, then so is the positive at 60° but not that at 0°
    at = [0, 0, 60, 90], [0, 0, 0, 1]
    # the anchor at 60°: positives ½ and ½, negative √3/2, all kept in both cases
    of_60 = math.log(1 + 2 * math.exp(-0.5)) + math.log(1 + math.exp(math.sqrt(3) / 2))
    assert bare(*at, epsilon=0.4) == pytest.approx(of_60 / 4, rel=1e-5)
    of_0 = math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(0))
    assert bare(*at, epsilon=0.6) == pytest.approx((2 * of_0 + of_60) / 4, rel=1e-5)
