"""Retrieval is what a walk down each query's list of neighbours finds."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from discern.measures.retrieval import Retrieval
from measures.samples import few, seeds, seen, uneven


def retrieval(embeddings, labels):
    return seen(Retrieval(len(labels)), embeddings, labels)


def values(found):
    return np.array([*found.values().values()])


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
@example(1, 610)  # more samples than are held at once
@given(seeds, st.integers(5, 60))
def test_all_three_are_what_the_definition_counts(seed, count):
    embeddings, labels = uneven(seed, count)
    found = retrieval(embeddings, labels)
    np.testing.assert_allclose(values(found), by_hand(embeddings, labels), rtol=1e-12)


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


def test_others_of_another_class_at_the_same_distance_are_nearer():
    # classes that coincide are not rated by the order of their images
    points = np.float32([[0], [1], [-1]])
    for labels in ([0, 0, 1], [0, 1, 0]):
        found = retrieval(points, np.uint8(labels))
        assert found.precision_at_1[0] == found.r_precision[0] == found.map_at_r[0] == 0
    equal = retrieval(np.ones((40, 2), np.float32), np.arange(40) % 2)
    assert not values(equal).any()
    # one other of class 0 at the same distance as one of class 1, another of class 0 farther
    found = retrieval(np.float32([[0], [1], [-1], [5]]), np.uint8([0, 0, 1, 0]))
    assert found.r_precision[0] == 1 / 2
    assert found.map_at_r[0] == 1 / 4


def test_a_class_of_one_is_no_query_and_classes_of_one_are_none():
    points = np.float32([[0], [0.1], [5]])
    found = values(retrieval(points, np.uint8([1, 1, 2])))
    np.testing.assert_array_equal(found, [[1, 1, np.nan]] * 3)
    assert np.isnan(values(retrieval(points, np.uint8([1, 2, 3])))).all()
