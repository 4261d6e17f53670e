"""Retrieval is what a walk down each query's list of neighbours finds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.retrieval import retrieval

few = settings(max_examples=20, derandomize=True, deadline=None)


def overlapping(seed, count=40, classes=4):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count).astype(np.uint8)
    embeddings = random.normal(size=(classes, 3))[labels] + random.normal(size=(count, 3))
    return embeddings.astype(np.float32), labels


def by_hand(embeddings, labels):
    """arXiv:2003.08505, section 3.2, query by query and rank by rank."""
    found = []
    for query, label in enumerate(labels):
        others = [i for i in range(len(labels)) if i != query]
        others.sort(key=lambda i: math.dist(embeddings[query], embeddings[i]))
        relevant = [labels[i] == label for i in others]
        size = sum(relevant)
        if not size:
            continue
        precisions = [
            sum(relevant[: rank + 1]) / (rank + 1) for rank in range(size) if relevant[rank]
        ]
        found.append((relevant[0], sum(relevant[:size]) / size, sum(precisions) / size))
    return np.mean(found, axis=0)


@few
@given(st.integers(0, 1000), st.integers(5, 60))
def test_all_three_are_what_the_definition_counts(seed, count):
    embeddings, labels = overlapping(seed, count)
    found = retrieval(embeddings, labels)
    expected = by_hand(embeddings, labels)
    assert (found.precision_at_1, found.r_precision, found.map_at_r) == pytest.approx(expected)


def test_more_samples_than_are_held_at_once_give_the_same():
    embeddings, labels = overlapping(1, 610)
    found = retrieval(embeddings, labels)
    expected = by_hand(embeddings, labels)
    assert (found.precision_at_1, found.r_precision, found.map_at_r) == pytest.approx(expected)


def test_the_papers_example_tells_two_lists_apart_that_r_precision_does_not():
    # a class of 11 in one place and, for one query, its first or its last relevant neighbours:
    # rel = 1 0 0 … 0 0 against 0 0 … 0 1 of R = 10, MAP@R 1/10 against 1/100
    angles = np.linspace(0.01, 0.1, 10)

    def of(place):
        points = np.zeros((12, 2), np.float32)
        points[1:11, 0] = angles
        labels = np.full(12, 1)
        labels[[0, place]] = 0
        points[11] = (50, 0)
        labels[11] = 2
        return retrieval(points, labels)

    first, last = of(1), of(10)
    assert first.map_at_r > last.map_at_r


def test_apart_all_are_1_and_the_other_way_round_0():
    points = np.float32([[0], [0.1], [5], [5.1]])
    together = retrieval(points, np.uint8([3, 3, 8, 8]))
    assert (together.precision_at_1, together.r_precision, together.map_at_r) == (1, 1, 1)
    mixed = retrieval(points, np.uint8([3, 8, 3, 8]))
    assert (mixed.precision_at_1, mixed.r_precision, mixed.map_at_r) == (0, 0, 0)


def test_of_others_at_one_distance_the_first_is_the_nearer():
    points = np.float32([[0], [1], [-1]])
    assert retrieval(points, np.uint8([0, 0, 1])).precision_at_1 == pytest.approx(1.0)
    assert retrieval(points, np.uint8([0, 1, 0])).precision_at_1 == pytest.approx(0.5)


def test_a_class_of_one_is_no_query_and_classes_of_one_are_none():
    points = np.float32([[0], [0.1], [5]])
    assert retrieval(points, np.uint8([1, 1, 2])).precision_at_1 == 1.0
    with pytest.raises(ValueError, match="no class has two samples"):
        retrieval(points, np.uint8([1, 2, 3]))
