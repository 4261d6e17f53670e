"""Neighbours are found, voted and ranked as one would by walking down each point's list."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import manifold
from sklearn.decomposition import PCA
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from discern import neighbourhoods
from discern.neighbourhoods import trustworthiness
from test_measures import few, majority, nearest_labels, overlapping, seeds, share

# leave one out


def accuracy(points, labels, neighbours):
    return np.mean(neighbourhoods.leave_one_out_classes(points, labels, neighbours) == labels)


@few
@given(seeds, st.integers(1, 8), st.sampled_from([2, 5, 20]))
def test_each_point_is_judged_by_its_nearest_others(seed, neighbours, width):
    points, labels = overlapping(seed, count=40, width=width)
    everyone = range(len(points))
    right = []
    for i in everyone:
        others = [j for j in everyone if j != i]
        votes = nearest_labels(points[i], points[others], labels[others], neighbours)
        right.append(majority(votes) == labels[i])
    found = accuracy(points, labels, neighbours)
    assert found == pytest.approx(share(right))


def test_leaving_one_out_is_scikit_learns_cross_validation_of_as_many_folds():
    points, labels = overlapping(4, count=30)
    scores = cross_val_score(KNeighborsClassifier(3), points, labels, cv=LeaveOneOut())
    assert accuracy(points, labels, 3) == pytest.approx(scores.mean())


@pytest.mark.parametrize("copies", [2, 3, 10, 60])
@pytest.mark.parametrize("neighbours", [1, 2, 5])
@pytest.mark.parametrize("width", [2, 30])
def test_a_point_never_votes_for_itself_however_many_lie_on_it(copies, neighbours, width):
    # no label comes twice, so a single right answer is a vote of the point for itself
    places = np.random.default_rng(0).normal(size=(180 // copies, width)).astype(np.float32)
    points = np.repeat(places, copies, axis=0)
    labels = np.random.default_rng(1).permutation(180).astype(np.uint8)
    assert accuracy(points, labels, neighbours) == 0.0


def test_all_others_may_vote():
    points, labels = np.arange(5.0)[:, None], np.uint8([0, 0, 0, 1, 1])
    assert accuracy(points, labels, 4) == 3 / 5


def test_among_others_with_as_many_votes_the_lowest_label_wins():
    # 10's neighbours are 9 (label 3) and 12 (label 5); no other point's right class can win
    points, labels = np.float64([[9], [10], [12]]), np.uint8([3, 3, 5])
    assert accuracy(points, labels, 2) == pytest.approx(2 / 3)
    assert accuracy(points, 8 - labels, 2) == pytest.approx(0)


def test_labels_need_not_count_from_zero():
    points, labels = overlapping(5)
    found = accuracy(points, labels, 3)
    assert 0.4 < found < 1
    assert accuracy(points, labels * 7 + 100, 3) == found


# trustworthiness


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


def test_a_class_torn_in_two_is_trusted_and_two_laid_on_each_other_are_not():
    random = np.random.default_rng(1)
    one = random.normal(size=(200, 2))
    torn = one + np.where(one[:, :1] > 0, 100.0, 0.0)  # neighbours are lost, but none invented
    assert trustworthiness(one, torn, 5) > 0.98
    assert trustworthiness(torn[:, ::-1], np.abs(one), 5) < 0.95


def test_samples_in_one_place_have_no_neighbours_that_a_map_could_invent():
    points, _ = overlapping(4, count=20, width=2)
    assert trustworthiness(np.zeros((20, 3), np.float32), points, 4) == 1.0


@pytest.mark.parametrize("neighbours", [5, 6])
def test_half_of_the_points_are_too_many_neighbours(neighbours):
    points, _ = overlapping(5, count=10, width=2)
    with pytest.raises(ValueError, match="less than half of 10 points"):
        trustworthiness(points, points, neighbours)
    assert trustworthiness(points, points, 4) == 1.0
