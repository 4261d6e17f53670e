"""L-Softmax alone; what it shares with A-Softmax is in shared/test_angular.py."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import cost, make, value, with_class_weights, with_random_weights
from batches import few_examples, random_batch, seeds

NAME = "large_margin_softmax"


def test_the_value_of_a_sample_is_the_one_computed_by_hand():
    # W = diag(2, 3), m = 2, λ = 1, of class 0, t = ¼ ln 3.
    # x = (0, t), θ = ½π: ψ = (−1)¹ cos π − 2 = −1, own score 2 t (0 − 1) / 2 = −t, the other's 3 t,
    # probability 1 / (1 + e^{4t}) = ¼
    # x = (−t, 0), θ = π: ψ = (−1)¹ cos 2π − 2 = −3, own score 2 t (−1 − 3) / 2 = −4 t, the
    # other's 0, probability 1 / (1 + e^{4t}) = ¼
    loss = with_class_weights(NAME, [[2, 0], [0, 3]], margin=2, lambda_minimum=1.0)
    t = 1 / 4 * math.log(3)
    for embedding in ([0, t], [-t, 0]):
        assert cost(loss, [embedding], [0]) == pytest.approx(math.log(4), rel=1e-6)


def test_by_default_lambda_falls_as_that_of_the_same_authors_a_softmax():
    ours, theirs = make(NAME), make("sphereface")
    for step in (0, 1, 100, 1657, 1659, None):  # 1000 / (1 + 0.12 · 1658) = 5
        assert float(ours.annealing(step)) == float(theirs.annealing(step))
    assert float(ours.annealing(1657)) > 5
    assert float(ours.annealing(1659)) == 5


def test_lambda_falls_with_its_power_and_not_below_its_minimum():
    # 100 / (1 + ½ step)²
    loss = make(NAME, lambda_base=100.0, lambda_gamma=0.5, lambda_power=2.0, lambda_minimum=3.0)
    values = [float(loss.annealing(step)) for step in (0, 2, 8, 9, 10, 1000)]
    assert values == pytest.approx([100, 25, 4, 400 / 121, 3, 3], rel=1e-6)


@few_examples
@given(seeds, st.floats(0.1, 10))
def test_class_weights_and_embeddings_may_trade_their_scale(seed, factor):
    loss, batch = with_random_weights(make(NAME), seed), random_batch(seed)
    before = value(loss, batch)
    loss.class_weights.assign(loss.class_weights * factor)
    assert value(loss, batch.times(1 / factor)) == pytest.approx(before, rel=1e-4)
    assert value(loss, batch.times(2 / factor)) != pytest.approx(before, rel=1e-3)


def test_its_only_weights_are_those_of_the_classes():
    assert [weight.name for weight in make(NAME).weights] == ["class_weights:0"]
