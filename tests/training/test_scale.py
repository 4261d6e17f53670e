"""The scale of embeddings is what a loop over all pairs of different classes gives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from discern.training.scale import between_classes


def by_pairs(embeddings, labels, distance):
    """The mean over all pairs of different classes, one after the other."""
    values = embeddings.astype(np.float64)
    found = []
    for i, j in itertools.combinations(range(len(labels)), 2):
        if labels[i] != labels[j]:
            x, y = values[i], values[j]
            if distance == "cosine":
                found.append(2 - 2 * x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))
            else:
                found.append(np.sum((x - y) ** 2))
    return np.mean(found)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
@pytest.mark.parametrize("centre", [0.0, 1e4])
@pytest.mark.parametrize("counts", [(5, 5, 5), (1, 9, 2, 0, 4), (1, 1)])
def test_it_is_the_mean_over_all_pairs_of_different_classes(distance, centre, counts):
    random = np.random.default_rng(sum(counts))
    labels = random.permutation(np.repeat(np.arange(len(counts)), counts))
    embeddings = random.normal(centre, 3.0, (len(labels), 6)).astype(np.float32)
    expected = by_pairs(embeddings, labels, distance)
    assert between_classes(embeddings, labels, distance) == pytest.approx(expected, rel=1e-6)


def test_pairs_of_one_class_do_not_count():
    embeddings = np.float32([[0, 0], [0, 100], [3, 4]])
    found = between_classes(embeddings, np.array([0, 0, 7]), "euclidean")
    assert found == pytest.approx((25 + 9 + 96**2) / 2)


def test_the_scale_of_embeddings_counts_in_the_euclidean_distance_alone():
    random = np.random.default_rng(0)
    embeddings, labels = random.normal(size=(40, 5)), np.arange(40) % 4
    by_distance = [
        [between_classes(factor * embeddings, labels, distance) for factor in (1, 10)]
        for distance in ("euclidean", "cosine")
    ]
    assert by_distance[0][1] == pytest.approx(100 * by_distance[0][0])
    assert by_distance[1][1] == pytest.approx(by_distance[1][0])


def test_opposite_classes_are_four_apart_by_angle_and_an_embedding_of_zero_lies_in_the_middle():
    opposite = np.float32([[2, 0], [-9, 0]])
    assert between_classes(opposite, np.array([0, 1]), "cosine") == pytest.approx(4)
    assert between_classes(opposite * [[1], [0]], np.array([0, 1]), "cosine") == pytest.approx(1)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_without_a_pair_of_different_classes_it_is_zero(distance):
    embeddings = np.random.default_rng(0).normal(size=(5, 3))
    assert between_classes(embeddings, np.zeros(5, int), distance) == 0
    assert between_classes(np.ones((4, 3)), np.arange(4), distance) == 0
