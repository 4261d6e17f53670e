"""Semi-hard triplet loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_pairs
from agreement import cost, make, value
from batches import few_examples, grid_batches

NAME = "triplet_semihard"


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0 and 1, class 1 at 2 and 4; α = 5. Squared distances:
    # (0, 1): 1, negatives 4 and 16, the nearest beyond 1 is 4: 1 − 4 + 5 = 2
    # (1, 0): 1, negatives 1 and 9, the nearest beyond 1 is 9: [1 − 9 + 5]₊ = 0
    # (2, 4): 4, negatives 4 and 1, none is beyond 4, the farthest is 4: 4 − 4 + 5 = 5
    # (4, 2): 4, negatives 16 and 9, the nearest beyond 4 is 9: 4 − 9 + 5 = 0
    # L = (2 + 0 + 5 + 0) / 4
    assert cost(make(NAME, margin=5.0), [[0], [1], [2], [4]], [0, 0, 1, 1]) == pytest.approx(7 / 4)


@few_examples
@given(grid_batches(), st.sampled_from([0.0, 0.2, 5.0]))
def test_ties_and_coincidences_are_mined_as_in_the_paper_at_every_margin(batch, margin):
    x = batch.embeddings.astype(np.float64)
    mined = oracle_pairs.mine_semihard(x, batch.labels)
    expected = oracle_pairs.triplet_mean(x, mined, margin)
    assert value(make(NAME, margin=margin), batch) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_pair_whose_anchor_has_a_negative_counts_even_when_it_costs_nothing():
    # (0, 1) and (1, 0): 1 − 9 + α and 1 − 4 + α; α = 4 gives 0 and 1, and not the mean of 1 alone
    assert cost(make(NAME, margin=4.0), [[0], [1], [3]], [0, 0, 1]) == pytest.approx(0.5)
