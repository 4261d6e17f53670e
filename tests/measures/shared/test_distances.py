"""Every pair's distance is counted once, and cosine distances become Euclidean ones."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from scipy.spatial.distance import pdist
from sklearn.metrics.pairwise import cosine_distances

from discern.measures.shared import pairs
from discern.measures.shared.distances import distance_histograms, in_distance
from measures.samples import few, overlapping, seeds


def test_euclidean_embeddings_stay_as_they_are():
    embeddings, _ = overlapping(0)
    before = embeddings.copy()
    np.testing.assert_array_equal(in_distance(embeddings, "euclidean"), before, strict=True)


@few
@given(seeds)
def test_cosine_embeddings_have_the_direction_they_had_and_length_one(seed):
    random = np.random.default_rng(seed)
    embeddings, _ = overlapping(seed)
    embeddings *= 10 ** random.uniform(-6, 6, (len(embeddings), 1)).astype(np.float32)
    before = embeddings.copy()
    normalised = in_distance(embeddings, "cosine")
    assert normalised.dtype == np.float32
    np.testing.assert_array_equal(embeddings, before)
    for vector, unit in zip(embeddings, normalised, strict=True):
        length = math.sqrt(sum(float(value) ** 2 for value in vector))
        np.testing.assert_allclose(unit, vector / length, rtol=1e-5, atol=1e-7)


@few
@given(seeds)
def test_normalised_euclidean_distances_order_pairs_as_cosine_distances_do(seed):
    embeddings, _ = overlapping(seed, count=25)
    embeddings = embeddings.astype(np.float64)
    euclidean = pdist(in_distance(embeddings, "cosine"))
    cosine = cosine_distances(embeddings)[np.triu_indices(25, k=1)]
    np.testing.assert_array_equal(np.argsort(euclidean), np.argsort(cosine))
    np.testing.assert_allclose(euclidean**2, 2 * cosine, atol=1e-12)


def test_a_zero_vector_stays_zero():
    normalised = in_distance(np.float32([[0, 0], [3, 4], [0, 0]]), "cosine")
    expected = np.float32([[0, 0], [0.6, 0.8], [0, 0]])
    np.testing.assert_array_equal(normalised, expected, strict=True)


@pytest.mark.parametrize("length", [1e-30, 1e-22, 1e-18, 1e18, 1e25])
def test_very_short_and_very_long_vectors_are_normalised_too(length):
    embeddings = np.float32([[3, 4], [-1, 0]]) * np.float32(length)
    np.testing.assert_allclose(in_distance(embeddings, "cosine"), [[0.6, 0.8], [-1, 0]], rtol=1e-5)


def histograms_by_hand(embeddings, labels, edges):
    """Each pair once, in the last bin whose lower edge it reaches, else in the first."""
    counts = np.zeros((2, len(edges) - 1), np.int64)
    for i, j in combinations(range(len(embeddings)), 2):
        distance = math.dist(embeddings[i].tolist(), embeddings[j].tolist())
        bin_ = max((b for b, lower in enumerate(edges[:-1]) if lower <= distance), default=0)
        counts[0 if labels[i] == labels[j] else 1, bin_] += 1
    return counts


@pytest.mark.parametrize("block", [1, 2, 7, 16, 25, 26, 27, 500])
def test_every_pair_is_counted_once_whatever_the_size_of_a_block(monkeypatch, block):
    monkeypatch.setattr(pairs, "_BLOCK", block * 26)
    monkeypatch.setattr(pairs, "_ROWS", 1)
    embeddings, labels = overlapping(block, count=26)
    edges = np.linspace(0, 4, 12)  # some pairs lie beyond the last edge
    assert pdist(embeddings).max() > 4
    counted = distance_histograms(embeddings, labels, edges)
    np.testing.assert_array_equal(counted, histograms_by_hand(embeddings, labels, edges))
    assert np.sum(counted) == 26 * 25 // 2
    assert [counts.dtype for counts in counted] == [np.int64, np.int64]
    assert [counts.shape for counts in counted] == [(11,), (11,)]


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([0, 3, 6, 9], [0, 2, 1]),  # an edge belongs to the bin it opens
        ([0, 3, 7], [0, 3]),  # the last edge to the bin it closes
        ([0, 2, 4, 6], [0, 1, 2]),  # beyond the last edge: the last bin
        ([0, 1, 2], [0, 3]),
        ([5, 6, 9], [2, 1]),  # before the first edge: the first bin
        ([8, 9, 10], [3, 0]),
        ([4, 5], [3]),
    ],
)
def test_distances_at_and_beyond_the_edges_are_counted(edges, expected):
    points = np.float32([[0, 0], [3, 0], [7, 0]])  # distances 3, 4 and 7
    empty = [0] * len(expected)
    edges = np.float64(edges)
    same, different = distance_histograms(points, np.uint8([1, 1, 1]), edges)
    assert (same.tolist(), different.tolist()) == (expected, empty)
    same, different = distance_histograms(points, np.uint8([1, 2, 3]), edges)
    assert (same.tolist(), different.tolist()) == (empty, expected)


def test_equal_embeddings_have_all_pairs_in_the_first_bin():
    equal, labels = np.full((11, 4), 3, np.float32), np.arange(11).astype(np.int16) % 2
    same, different = distance_histograms(equal, labels, np.linspace(0, 1, 5))
    assert same.tolist() == [6 * 5 // 2 + 5 * 4 // 2, 0, 0, 0]
    assert different.tolist() == [6 * 5, 0, 0, 0]
