"""Large margin cosine loss; what it shares with ArcFace: shared/test_cosine_softmax.py."""

import math

import numpy as np
import pytest

from agreement import cost, make, with_class_weights, with_random_weights
from batches import CLASSES, DIM

NAME = "cosface"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W along the axes, s = 2 ln 3, m = ½, both of class 0.
    # x along W₀: scores (s(1 − ½), 0) = (ln 3, 0), probability 3 / (3 + 1)
    # x along W₁: scores (−½ s, s) = (−ln 3, ln 9), probability ⅓ / (⅓ + 9) = 1 / 28
    loss = with_class_weights(NAME, [[2, 0], [0, 5]], scale=2 * math.log(3), margin=0.5)
    expected = 0.5 * (math.log(4 / 3) + math.log(28))
    assert cost(loss, [[3, 0], [0, 0.1]], [0, 0]) == pytest.approx(expected, rel=1e-6)


def test_an_embedding_of_zeros_pays_the_margin_alone():
    # all scores 0 but the own, −s m
    expected = math.log(math.exp(-20 * 0.2) + CLASSES - 1) + 20 * 0.2
    loss = with_random_weights(make(NAME))
    assert cost(loss, np.zeros((3, DIM)), [0, 1, 2]) == pytest.approx(expected, rel=1e-6)
