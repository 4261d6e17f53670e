"""Alignment and uniformity are means over pairs that can be walked one by one."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.hypersphere import alignment, uniformity
from test_retrieval import overlapping

few = settings(max_examples=20, derandomize=True, deadline=None)


def on_the_sphere(seed, count=40):
    embeddings, labels = overlapping(seed, count)
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), labels


@few
@given(st.integers(0, 1000), st.integers(10, 60))
def test_both_are_those_of_all_pairs(seed, count):
    embeddings, labels = on_the_sphere(seed, count)
    pairs = list(combinations(range(count), 2))
    squared = {pair: math.dist(*(embeddings[i] for i in pair)) ** 2 for pair in pairs}
    alike = [squared[i, j] for i, j in pairs if labels[i] == labels[j]]
    assert alignment(embeddings, labels) == pytest.approx(np.mean(alike), rel=1e-5)
    expected = math.log(np.mean([math.exp(-2 * value) for value in squared.values()]))
    assert uniformity(embeddings) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_ends_of_both_ranges():
    equal = np.tile(np.float32([0.6, 0.8]), (6, 1))
    opposite = np.float32([[0.6, 0.8], [-0.6, -0.8]])
    assert alignment(equal, np.zeros(6)) == pytest.approx(0, abs=1e-9)
    assert uniformity(equal) == pytest.approx(0, abs=1e-6)
    assert alignment(opposite, np.zeros(2)) == pytest.approx(4)
    assert uniformity(opposite) == pytest.approx(-8)


def test_more_samples_than_are_held_at_once_give_all_their_pairs():
    embeddings, _ = on_the_sphere(2, 1100)
    x = embeddings.astype(np.float64)
    squared = 2 - 2 * (x @ x.T)[np.triu_indices(1100, 1)]
    assert uniformity(embeddings) == pytest.approx(np.log(np.mean(np.exp(-2 * squared))), rel=1e-4)


def test_classes_of_one_sample_have_no_alignment():
    with pytest.raises(ValueError, match="no class has two samples"):
        alignment(np.eye(3), np.arange(3))
