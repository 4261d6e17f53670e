"""NormFace; what it shares with CosFace: shared/test_cosine_softmax.py."""

import math

import numpy as np
import pytest

from agreement import cost, make, value_and_gradients, with_class_weights, with_random_weights
from batches import CLASSES, DIM, random_batch

NAME = "normface"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W along the axes, s = ln 3, both of class 0.
    # x along W₀: scores (ln 3, 0), probability 3 / (3 + 1); x along −W₁: (0, −ln 3), 1 / (1 + ⅓)
    loss = with_class_weights(NAME, [[2, 0], [0, 5]], scale=math.log(3))
    assert cost(loss, [[3, 0], [0, -0.1]], [0, 0]) == pytest.approx(math.log(4 / 3), rel=1e-6)


def test_it_is_the_large_margin_cosine_loss_without_margin_bit_by_bit():
    expected = value_and_gradients(make("cosface", margin=0.0, scale=20.0), random_batch(0))
    np.testing.assert_equal(value_and_gradients(make(NAME), random_batch(0)), expected)


def test_by_default_its_scale_is_that_of_the_large_margin_cosine_loss():
    assert make(NAME).scale == make("cosface").scale


def test_an_embedding_of_zeros_belongs_to_each_class_with_equal_probability():
    loss = with_random_weights(make(NAME))
    result = cost(loss, np.zeros((3, DIM)), [0, 1, 2])
    assert result == pytest.approx(math.log(CLASSES), rel=1e-6)


@pytest.mark.parametrize("classes", [2, 4, 10])
def test_classes_as_far_apart_as_they_can_be_have_the_papers_lower_bound(classes):
    # arXiv:1704.06369, proposition 2 with ℓ² = s: log(1 + (C − 1) e^(−s C / (C − 1)))
    simplex = np.eye(classes) - 1 / classes
    loss = with_class_weights(NAME, simplex, scale=3.0)
    bound = math.log(1 + (classes - 1) * math.exp(-3.0 * classes / (classes - 1)))
    assert cost(loss, simplex, range(classes)) == pytest.approx(bound, rel=1e-4)
