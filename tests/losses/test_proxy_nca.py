"""ProxyNCA++."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import cost, make, value, with_class_weights, with_random_weights
from batches import few_examples, random_batch, seeds

NAME = "proxy_nca"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Proxies along the axes, T = 2 / ln 3. Squared distances: 0 to the own direction, 2 to one at a
    # right angle, 4 to the opposite; e^(−2/T) = ⅓, e^(−4/T) = 1/9.
    # x along the own: 1 / (1 + ⅓) = ¾; x opposite to it: (1/9) / (1/9 + ⅓) = ¼
    loss = with_class_weights(NAME, [[2, 0], [0, 5]], temperature=2 / math.log(3))
    expected = (math.log(4 / 3) + math.log(4)) / 2
    assert cost(loss, [[3, 0], [-0.1, 0]], [0, 0]) == pytest.approx(expected, rel=1e-6)


@few_examples
@given(seeds, st.floats(0.05, 2))
def test_it_is_the_normalised_softmax_with_a_scale_of_2_over_the_temperature(seed, temperature):
    expected = with_random_weights(make("normface", scale=2 / temperature), seed)
    loss = with_random_weights(make(NAME, temperature=temperature), seed)
    assert value(loss, random_batch(seed)) == value(expected, random_batch(seed))
