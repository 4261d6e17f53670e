"""Multi-similarity loss."""

import math

import numpy as np
import pytest
from hypothesis import given

import oracle
import oracle_pairs
from agreement import assert_agrees, make, value, value_and_gradients
from batches import (
    BATCHES,
    HARD,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    random_rotation,
    seeds,
)

NAME = "multi_similarity"

# Wherever a finite difference is taken the pairs are those mined without it: no gradient flows
# through the choice.


@pytest.mark.parametrize(
    ("alpha", "beta", "base", "epsilon"), [(2.0, 50.0, 0.5, 0.1), (5.0, 3.0, 0.2, 0.7)]
)
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, alpha, beta, base, epsilon):
    x = batch.embeddings.astype(np.float64)
    mined = oracle_pairs.mine_multi_similarity(x, batch.labels, epsilon)
    loss = make(NAME, alpha=alpha, beta=beta, base=base, epsilon=epsilon)

    def function(x, y):
        return oracle_pairs.multi_similarity(x, mined, alpha, beta, base)

    assert_agrees(loss, function, batch)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 along the first and the second axis, class 1 along the first; α = 2, β = 4, base ½.
    # 0: positive 0, negative 1: 1 > 0 − ε and 0 < 1 + ε, both kept:
    #    ½ log(1 + e^{−2(0 − ½)}) + ¼ log(1 + e^{4(1 − ½)}) = ½ log(1 + e) + ¼ log(1 + e²)
    # 1: positive 0, negative 0, both kept: ½ log(1 + e) + ¼ log(1 + e^−2)
    # 2 has no positive: 0, and yet it is one of three
    expected = math.log(1 + math.e) + (math.log1p(math.exp(2)) + math.log1p(math.exp(-2))) / 4
    at = batch([[2, 0], [0, 7], [0.1, 0]], [0, 0, 1])
    found = value(make(NAME, alpha=2.0, beta=4.0, base=0.5, epsilon=0.1), at)
    assert found == pytest.approx(expected / 3, rel=1e-6)


@few_examples
@given(grid_batches())
def test_ties_and_coincidences_are_mined_as_in_the_paper(batch):
    # ε is no difference of cosines on the grid: none is at the border
    x = batch.embeddings.astype(np.float64)
    mined = oracle_pairs.mine_multi_similarity(x, batch.labels, 0.0123)
    expected = oracle_pairs.multi_similarity(x, mined, 2.0, 50.0, 0.5)
    found = value(make(NAME, epsilon=0.0123), batch)
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_a_pair_exactly_at_the_border_is_not_kept():
    # all cosines are exactly 0: 0 > 0 − ε and 0 < 0 + ε hold for every ε but 0
    at = batch(np.diag([1.0, 3.0, 0.5, 2.0]), [0, 0, 1, 1])
    found, (gradient,) = value_and_gradients(make(NAME, epsilon=0.0), at)
    assert found == 0
    assert not gradient.any()
    kept = math.log(1 + math.e) / 2 + math.log1p(2 * math.exp(-25)) / 50
    assert value(make(NAME, epsilon=1e-3), at) == pytest.approx(kept, rel=1e-6)


ALONG = {0: [1, 0], 60: [0.5, math.sqrt(3) / 2], 90: [0, 1], 180: [-1, 0]}


def cost(at, epsilon):
    """The value with α = β = 1 and base 0, where a pair kept has the exponent ±s."""
    return value(make(NAME, alpha=1.0, beta=1.0, base=0.0, epsilon=epsilon), at)


def test_a_pair_within_epsilon_of_the_hardest_of_the_other_kind_counts():
    # anchor at 0°, positives at 0° and 60° (cosines 1 and ½), negative at 90° (0): kept with
    # ε > ½, then so is the positive at 60° but not that at 0°
    at = batch([ALONG[0], ALONG[0], ALONG[60], ALONG[90]], [0, 0, 0, 1])
    # the anchor at 60°: positives ½ and ½, negative √3/2, all kept in both cases
    of_60 = math.log(1 + 2 * math.exp(-0.5)) + math.log(1 + math.exp(math.sqrt(3) / 2))
    assert cost(at, epsilon=0.4) == pytest.approx(of_60 / 4, rel=1e-5)
    of_0 = math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(0))
    assert cost(at, epsilon=0.6) == pytest.approx((2 * of_0 + of_60) / 4, rel=1e-5)


def test_a_negative_far_less_similar_than_every_positive_is_left_out():
    # 0°: positive ½, negatives ½ and −1: kept are ½ < ½ + ε and ½ > ½ − ε
    # 60°: positive ½, negatives 1 and −½: kept are ½ < 1 + ε and 1 > ½ − ε
    at = batch([ALONG[0], ALONG[60], ALONG[60], ALONG[180]], [0, 0, 1, 2])
    pulled = math.log(1 + math.exp(-0.5))
    of_0 = pulled + math.log(1 + math.exp(0.5))
    of_60 = pulled + math.log(1 + math.exp(1))
    assert cost(at, epsilon=0.2) == pytest.approx((of_0 + of_60) / 4, rel=1e-5)


def test_epsilon_of_2_keeps_every_pair():
    batch = random_batch(0)
    x = batch.embeddings.astype(np.float64)
    everything = {
        i: (oracle_pairs.positives(batch.labels, i), oracle_pairs.negatives(batch.labels, i))
        for i in oracle_pairs.with_both(batch.labels)
    }
    expected = oracle_pairs.multi_similarity(x, everything, 2.0, 50.0, 0.5)
    assert value(make(NAME, epsilon=2.0), batch) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["one class", "every class once", "one sample"])
def test_without_anchors_that_have_both_loss_and_gradient_are_exactly_zero(name):
    found, (gradient,) = value_and_gradients(make(NAME), HARD[name])
    assert found == 0
    assert not gradient.any()


def test_an_anchor_without_a_positive_counts_in_the_mean():
    for alone in (1, 3):
        at = batch([ALONG[0], ALONG[90], *[ALONG[180]] * alone], [0, 0, *range(1, alone + 1)])
        # 0°: positive 0, negatives −1, kept as −1 > 0 − 1.5: log(1 + e^0) + log(1 + n e^−1)
        # 90°: positive 0, negatives 0: log(1 + e^0) + log(1 + n e^0)
        both = 2 * math.log(2) + math.log(1 + alone / math.e) + math.log(1 + alone)
        assert cost(at, epsilon=1.5) == pytest.approx(both / (2 + alone), rel=1e-5)


@few_examples
@given(seeds)
def test_sharp_exponents_leave_the_hardest_pair_of_each_kind_alone(seed):
    # (1/α) log(1 + Σ e^{α z}) comes to [max z]₊ as α grows
    batch = random_batch(seed)
    x = oracle.normalised(batch.embeddings.astype(np.float64))
    cosines = x @ x.T
    expected = 0.0
    for i in oracle_pairs.with_both(batch.labels):
        least = min(cosines[i, oracle_pairs.positives(batch.labels, i)])
        most = max(cosines[i, oracle_pairs.negatives(batch.labels, i)])
        expected += max(0.3 - least, 0.0) + max(most - 0.3, 0.0)
    loss = make(NAME, alpha=1e4, beta=1e4, base=0.3, epsilon=2.0)
    assert value(loss, batch) == pytest.approx(expected / 10, abs=1e-3)


@pytest.mark.parametrize("norm", [1e-4, 1.0, 30.0, 1e4])
def test_equal_embeddings_cost_the_same_whatever_their_norm(norm):
    # cosines 1, all kept: 2 positives and 6 negatives for each anchor
    expected = math.log1p(2 * math.exp(-1)) / 2 + math.log1p(6 * math.exp(25)) / 50
    for direction in random_rotation(3, dim=128)[:10]:  # embeddings of the experiment's width
        equal = batch(np.tile(norm * direction, (9, 1)), [0, 0, 0, 1, 1, 1, 2, 2, 2])
        found, (gradient,) = value_and_gradients(make(NAME), equal)
        assert found == pytest.approx(expected, rel=1e-5)
        assert np.max(np.abs(gradient)) < 1e-5 / norm
