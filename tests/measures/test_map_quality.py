"""A map's neighbours are voted and ranked as one would by walking down each point's list."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn import manifold
from sklearn.decomposition import PCA

from discern.measures.map_quality import leave_one_out_classes, trustworthiness
from measures.samples import few, majority, nearest_labels, overlapping, seeds


@few
@example(0, 39, 2)  # all others vote
@given(seeds, st.integers(1, 8), st.sampled_from([2, 5, 20]))
def test_each_point_has_the_class_of_its_nearest_others_and_the_lowest_of_tied_ones(
    seed, neighbours, width
):
    points, labels = overlapping(seed, count=40, width=width)
    labels = labels * 7 + 100  # labels need not count from zero
    expected = []
    for i, point in enumerate(points):
        others = [j for j in range(40) if j != i]
        votes = nearest_labels(point, points[others], labels[others], neighbours)
        expected.append(majority(votes))
    assert leave_one_out_classes(points, labels, neighbours).tolist() == expected


@pytest.mark.parametrize("copies", [2, 3, 10, 60])
@pytest.mark.parametrize("neighbours", [1, 2, 5])
@pytest.mark.parametrize("width", [2, 30])
def test_a_point_never_votes_for_itself_however_many_lie_on_it(copies, neighbours, width):
    # no label comes twice, so a single right answer is a vote of the point for itself
    places = np.random.default_rng(0).normal(size=(180 // copies, width)).astype(np.float32)
    points = np.repeat(places, copies, axis=0)
    labels = np.random.default_rng(1).permutation(180).astype(np.int16)
    assert not np.any(leave_one_out_classes(points, labels, neighbours) == labels)


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
def test_trustworthiness_is_scikit_learns_for_more_points_than_are_held_at_once(neighbours, width):
    embeddings, _ = overlapping(2, count=610, width=width)
    embeddings = embeddings.astype(np.float64)  # in which no two distances are equal
    points = PCA(2).fit_transform(embeddings)
    expected = manifold.trustworthiness(embeddings, points, n_neighbors=neighbours)
    assert 0.5 < expected < 0.99
    assert trustworthiness(embeddings, points, neighbours) == pytest.approx(expected, abs=1e-9)


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
