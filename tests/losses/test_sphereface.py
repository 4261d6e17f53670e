"""A-Softmax alone; what it shares with L-Softmax is in shared/test_angular.py."""

import math

import numpy as np
import pytest
from hypothesis import given

from agreement import cost, make, value, with_class_weights, with_random_weights
from batches import CLASSES, few_examples, random_batch, seeds

NAME = "sphereface"


def test_the_value_of_a_sample_is_the_one_computed_by_hand():
    # W along the axes, m = 2, λ = 1, of class 0.
    # θ = ½π, ‖x‖ = ⅔ ln 3: ψ = (−1)¹ cos π − 2 = −1, own score ‖x‖ (0 − 1) / 2 = −⅓ ln 3, the
    # other's ‖x‖ cos 0 = ⅔ ln 3, probability 1 / (1 + e^{ln 3}) = ¼
    # θ = π, ‖x‖ = ½ ln 3: ψ = (−1)¹ cos 2π − 2 = −3, own score ‖x‖ (−1 − 3) / 2 = −ln 3, the
    # other's ‖x‖ cos ½π = 0, probability 1 / (1 + e^{ln 3}) = ¼
    loss = with_class_weights(NAME, [[2, 0], [0, 3]], margin=2, lambda_minimum=1.0)
    for embedding in ([0, 2 / 3 * math.log(3)], [-1 / 2 * math.log(3), 0]):
        assert cost(loss, [embedding], [0]) == pytest.approx(math.log(4), rel=1e-6)


@few_examples
@given(seeds)
def test_the_class_weights_scales_do_not_matter_but_the_embeddings_do(seed):
    loss, batch = with_random_weights(make(NAME), seed), random_batch(seed)
    before = value(loss, batch)
    assert value(loss, batch.times(2)) != pytest.approx(before, rel=1e-3)
    scales = np.random.default_rng(seed).uniform(0.01, 100, CLASSES)
    loss.class_weights.assign(loss.class_weights * scales)
    assert value(loss, batch) == pytest.approx(before, rel=1e-4)
