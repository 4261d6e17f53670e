"""Alignment and uniformity are means over pairs that can be walked one by one."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from discern.measures.hypersphere import Hypersphere, alignment
from measures.samples import few, seeds, seen, uneven


def uniformity(embeddings):
    labels = np.zeros(len(embeddings))
    return seen(Hypersphere(embeddings, labels), embeddings, labels).uniformity()


def on_the_sphere(seed, count):
    embeddings, labels = uneven(seed, count)
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), labels


@few
@example(2, 1100)  # more samples than are held at once
@given(seeds, st.integers(10, 60))
def test_both_are_those_of_all_pairs(seed, count):
    embeddings, labels = on_the_sphere(seed, count)
    squared = pdist(embeddings.astype(np.float64)) ** 2
    first, second = np.triu_indices(count, 1)
    alike = squared[labels[first] == labels[second]]
    assert alignment(embeddings, labels) == pytest.approx(alike.mean(), rel=1e-5)
    expected = np.log(np.mean(np.exp(-2 * squared)))
    assert uniformity(embeddings) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_ends_of_both_ranges():
    equal = np.tile(np.float32([0.6, 0.8]), (6, 1))
    opposite = np.float32([[0.6, 0.8], [-0.6, -0.8]])
    assert alignment(equal, np.zeros(6)) == pytest.approx(0, abs=1e-9)
    assert uniformity(equal) == pytest.approx(0, abs=1e-6)
    assert alignment(opposite, np.zeros(2)) == pytest.approx(4)
    assert uniformity(opposite) == pytest.approx(-8)


def test_classes_of_one_sample_have_no_alignment():
    with pytest.raises(ValueError, match="no class has two samples"):
        alignment(np.eye(3), np.arange(3))
