"""A map's neighbours are voted and ranked as one would by walking down each point's list."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn import manifold
from sklearn.decomposition import PCA

from discern.measures.map_quality import MapQuality
from discern.measures.shared.interface import MappedQueries
from discern.measures.shared.pairs import Pairs
from measures.samples import few, majority, nearest_labels, overlapping, seeds, seen


def map_quality(embeddings, points, neighbours, labels=None):
    """The family's values, and its trustworthiness."""
    labels = np.zeros(len(points), int) if labels is None else labels
    mapped = MappedQueries(points, None, Pairs(embeddings, labels), labels, neighbours)
    return seen(MapQuality(mapped), embeddings, labels)


def trustworthiness(embeddings, points, neighbours):
    return map_quality(embeddings, points, neighbours).trustworthiness()


@few
@example(0, 19, 2)
@given(seeds, st.integers(1, 8), st.sampled_from([2, 5, 20]))
def test_each_point_has_the_class_of_its_nearest_others_and_the_lowest_of_tied_ones(
    seed, neighbours, width
):
    embeddings, labels = overlapping(seed, count=40, width=width)
    points, _ = overlapping(seed + 1, count=40, width=2)
    labels = labels * 7 + 100  # labels need not count from zero
    values = map_quality(embeddings, points, neighbours, labels).values()
    for name, places in (("knn_accuracy", points), ("embedding_knn_accuracy", embeddings)):
        right = []
        for i, place in enumerate(places):
            others = [j for j in range(40) if j != i]
            votes = nearest_labels(place, places[others], labels[others], neighbours)
            right.append(majority(votes) == labels[i])
        assert values[name].tolist() == right


@pytest.mark.parametrize("copies", [2, 3, 10, 60])
@pytest.mark.parametrize("neighbours", [1, 2, 5])
@pytest.mark.parametrize("width", [2, 30])
def test_a_point_never_votes_for_itself_however_many_lie_on_it(copies, neighbours, width):
    # no label comes twice, so a single right answer is a vote of the point for itself
    places = np.random.default_rng(0).normal(size=(180 // copies, width)).astype(np.float32)
    points = np.repeat(places, copies, axis=0)
    labels = np.random.default_rng(1).permutation(180).astype(np.int16)
    values = map_quality(points, points[:, :2], neighbours, labels).values()
    assert not np.any(values["knn_accuracy"])
    assert not np.any(values["embedding_knn_accuracy"])


def by_hand(embeddings, points, neighbours):
    """Venna and Kaski's definition, point by point and neighbour by neighbour."""
    everyone = range(len(points))
    excess = 0
    for i in everyone:
        others = [j for j in everyone if j != i]
        order = sorted(others, key=lambda j, i=i: math.dist(embeddings[i], embeddings[j]))
        shown = sorted(others, key=lambda j, i=i: math.dist(points[i], points[j]))
        excess += sum(max(0, order.index(j) + 1 - neighbours) for j in shown[:neighbours])
    worst = len(points) * neighbours * (2 * len(points) - 3 * neighbours - 1) / 2
    return 1 - excess / worst


@few
@given(seeds, st.integers(1, 12))
def test_trustworthiness_is_what_the_ranks_of_the_maps_neighbours_say(seed, neighbours):
    embeddings, _ = overlapping(seed, count=26, width=6)
    points = embeddings[:, :2] + np.random.default_rng(seed).normal(size=(26, 2))
    found = trustworthiness(embeddings, points, neighbours)
    assert found == pytest.approx(by_hand(embeddings, points, neighbours))


@pytest.mark.parametrize("neighbours", [1, 5, 50])
@pytest.mark.parametrize("width", [3, 40])
def test_trustworthiness_is_scikit_learns(neighbours, width):
    embeddings, _ = overlapping(2, count=610, width=width)
    points = PCA(2).fit_transform(embeddings)
    expected = manifold.trustworthiness(embeddings, points, n_neighbors=neighbours)
    assert 0.5 < expected < 0.99
    assert trustworthiness(embeddings, points, neighbours) == pytest.approx(expected, abs=1e-6)


def test_a_map_that_is_the_embedding_can_be_trusted_and_one_strewn_at_random_can_not():
    points, _ = overlapping(3, count=500, width=2)
    assert trustworthiness(points, 5 * points + 1, 7) == 1.0
    strewn = np.random.default_rng(0).permutation(points)
    assert trustworthiness(points, strewn, 7) == pytest.approx(0.5, abs=0.05)


def test_samples_in_one_place_have_no_neighbours_that_a_map_could_invent():
    points, _ = overlapping(4, count=20, width=2)
    assert trustworthiness(np.zeros((20, 3), np.float32), points, 4) == 1.0


@pytest.mark.parametrize("neighbours", [5, 6])
def test_half_of_the_points_are_too_many_neighbours(neighbours):
    points, _ = overlapping(5, count=10, width=2)
    with pytest.raises(ValueError, match="less than half of 10 points"):
        trustworthiness(points, points, neighbours)
    assert trustworthiness(points, points, 4) == 1.0
