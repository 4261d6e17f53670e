"""Retrieval is what a walk down each query's list of neighbours finds."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.retrieval import _nearest, retrieval

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
            found.append((np.nan, np.nan, np.nan))
            continue
        precisions = [
            sum(relevant[: rank + 1]) / (rank + 1) for rank in range(size) if relevant[rank]
        ]
        found.append((relevant[0], sum(relevant[:size]) / size, sum(precisions) / size))
    return np.array(found).T


@few
@given(st.integers(0, 1000), st.integers(5, 60))
def test_all_three_are_what_the_definition_counts(seed, count):
    embeddings, labels = overlapping(seed, count)
    found = retrieval(embeddings, labels)
    expected = by_hand(embeddings, labels)
    np.testing.assert_allclose(astuple(found), expected, rtol=1e-12)


def test_more_samples_than_are_held_at_once_give_the_same():
    embeddings, labels = overlapping(1, 610)
    found = retrieval(embeddings, labels)
    expected = by_hand(embeddings, labels)
    np.testing.assert_allclose(astuple(found), expected, rtol=1e-12)


def test_the_papers_example_tells_two_lists_apart_that_r_precision_does_not():
    # a class of 11 and one query at 0, of whose ten others one alone is among the ten nearest: as
    # the first or as the last of these; the nine others are far away
    def of(place):
        near, far = np.linspace(1, 2, 10), np.linspace(50, 51, 9)
        points = np.float32([0, *near, *far])[:, None]
        labels = np.r_[0, np.ones(10), np.zeros(9)]
        labels[place] = 0
        found = retrieval(points, labels)
        return found.r_precision[0], found.map_at_r[0]

    assert of(1) == pytest.approx((1 / 10, 1 / 10))
    assert of(10) == pytest.approx((1 / 10, 1 / 100))


def test_apart_all_are_1_and_the_other_way_round_0():
    points = np.float32([[0], [0.1], [5], [5.1]])
    for labels, expected in (([3, 3, 8, 8], 1), ([3, 8, 3, 8], 0)):
        assert np.all(np.array(astuple(retrieval(points, np.uint8(labels)))) == expected)


def test_random_embeddings_are_retrieved_as_often_as_there_are_others_of_the_class():
    random = np.random.default_rng(0)
    found = retrieval(random.normal(size=(1000, 8)).astype(np.float32), np.arange(1000) % 10)
    assert found.precision_at_1.mean() == pytest.approx(99 / 999, abs=0.03)
    assert found.r_precision.mean() == pytest.approx(99 / 999, abs=0.005)
    assert found.map_at_r.mean() == pytest.approx((99 / 999) ** 2, abs=0.01)


def test_a_class_split_in_two_finds_its_nearest_but_not_all_of_its_others():
    random = np.random.default_rng(0)
    places = np.repeat(np.float32([0, 10, 20]), 20)[:, None]
    points = places + random.uniform(size=(60, 1)).astype(np.float32)
    found = retrieval(points, np.repeat([0, 1, 0], 20))
    split = np.repeat([True, False, True], 20)
    assert np.all(found.precision_at_1 == 1)
    assert np.all(found.r_precision[~split] == 1)
    # 19 others in the same half, then the 20 of the class between the halves
    np.testing.assert_allclose(found.r_precision[split], 19 / 39)
    np.testing.assert_allclose(found.map_at_r[split], 19 / 39)


def test_of_others_at_one_distance_the_first_is_the_nearer():
    points = np.float32([[0], [1], [-1]])
    assert retrieval(points, np.uint8([0, 0, 1])).precision_at_1[:2].tolist() == [1, 1]
    assert retrieval(points, np.uint8([0, 1, 0])).precision_at_1[::2].tolist() == [0, 1]
    equal = retrieval(np.zeros((40, 2), np.float32), np.arange(40) % 2)
    # the others of the first are 1, 0, 1, 0 …: relevant are the second, the fourth …
    assert equal.precision_at_1[:3].tolist() == [0, 0, 1]
    assert equal.r_precision[0] == pytest.approx(9 / 19)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_columns_are_sorted_by_distance_and_among_equals_by_number(zero):
    distances = np.float32([[3, 1, np.inf, zero, 1, 0.0], [1e-30, 0.5, 2, 1e30, np.inf, 1e-38]])
    found = _nearest(distances, 5)
    assert found.tolist() == [[3, 5, 1, 4, 0], [5, 0, 1, 2, 3]]


def test_a_class_of_one_is_no_query_and_classes_of_one_are_none():
    points = np.float32([[0], [0.1], [5]])
    found = np.array(astuple(retrieval(points, np.uint8([1, 1, 2]))))
    np.testing.assert_array_equal(found, [[1, 1, np.nan]] * 3)
    with pytest.raises(ValueError, match="no class has two samples"):
        retrieval(points, np.uint8([1, 2, 3]))
