"""Bins and steps count distances in their order."""

import numpy as np
import pytest

from discern.measures.shared.ranks import BINS, STEPS, count_bins, count_steps, lower_edge

DISTANCES = np.concatenate(
    [[0, 0, 1e-30, 1, np.nextafter(np.float32(1), 2, dtype=np.float32), 3e38],
     np.random.default_rng(0).gamma(2, size=1000)]
).astype(np.float32)  # fmt: skip


def bin_of(distance):
    """The bin with the highest lower edge that is not above the distance."""
    low, high = 0, BINS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if lower_edge(middle) <= distance else (low, middle)
    return low


def test_each_distance_is_counted_in_the_bin_between_whose_edges_it_lies():
    counts = count_bins(DISTANCES.reshape(2, -1))
    expected = np.bincount([bin_of(distance) for distance in DISTANCES])
    np.testing.assert_array_equal(counts, expected)
    assert len(counts) <= BINS


def test_a_bin_is_at_most_a_2048th_wide():
    edges = np.array([lower_edge(bin_) for bin_ in range(bin_of(1e-3), bin_of(1e3))])
    assert np.all(np.diff(edges) <= edges[:-1] / 2048)


@pytest.mark.parametrize("shape", [(1006,), (2, 503)])
def test_steps_count_every_distance_of_the_chosen_bins_by_its_last_bit(shape):
    bins = np.array([bin_of(0), bin_of(1), bin_of(2.5)])
    steps = count_steps(DISTANCES.reshape(shape), bins)
    assert steps.shape == (3, STEPS)
    for bin_, counts in zip(bins, steps, strict=True):
        inside = np.sort(DISTANCES[[bin_of(distance) == bin_ for distance in DISTANCES]])
        assert counts.sum() == len(inside)
        first = lower_edge(bin_).view(np.uint32)
        np.testing.assert_array_equal(
            np.repeat(first + np.arange(STEPS), counts), inside.view(np.uint32)
        )
    assert steps[0, 0] == 2
    assert steps[1, :2].tolist() == [1, 1]
