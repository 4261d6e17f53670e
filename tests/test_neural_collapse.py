"""Neural collapse: 0 where it is complete, and what the definitions say elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import pinv
from scipy.stats import ortho_group

from discern import neural_collapse
from test_retrieval import overlapping

few = settings(max_examples=20, derandomize=True, deadline=None)
seeds = st.integers(0, 1000)


def simplex(classes):
    """As many directions as classes, equally long and as far apart as can be."""
    return np.eye(classes) - 1 / classes


def collapsed(classes=5, each=6, width=8, length=3.0):
    directions = length * np.pad(simplex(classes), ((0, 0), (0, width - classes)))
    labels = np.repeat(np.arange(classes), each)
    rotation = ortho_group.rvs(width, random_state=0)
    return ((directions + 7.0) @ rotation)[labels].astype(np.float64), labels


def test_a_complete_collapse_has_no_variability_and_a_simplex():
    embeddings, labels = collapsed()
    assert neural_collapse.within_class_variability(embeddings, labels) == pytest.approx(
        0, abs=1e-9
    )
    assert neural_collapse.equal_norms(embeddings, labels) == pytest.approx(0, abs=1e-9)
    assert neural_collapse.maximal_angles(embeddings, labels) == pytest.approx(0, abs=1e-9)
    weights = np.stack([embeddings[labels == k][0] for k in range(5)], axis=1)
    centred = 0.3 * (weights - weights.mean(axis=1, keepdims=True))
    assert neural_collapse.self_duality(embeddings, labels, centred) == pytest.approx(0, abs=1e-9)
    assert neural_collapse.self_duality(embeddings, labels, -centred) == pytest.approx(4)


@few
@given(seeds)
def test_nc1_is_the_trace_of_both_scatters_summed_sample_by_sample(seed):
    embeddings, labels = overlapping(seed, 60)
    x = embeddings.astype(np.float64)
    kinds = np.unique(labels)
    means = {k: x[labels == k].mean(axis=0) for k in kinds}
    middle = sum(means.values()) / len(means)
    within = sum(np.outer(v - means[k], v - means[k]) for v, k in zip(x, labels, strict=True))
    between = sum(np.outer(m - middle, m - middle) for m in means.values()) / len(means)
    expected = np.trace(within / len(x) @ pinv(between, rtol=1e-10)) / len(means)
    found = neural_collapse.within_class_variability(embeddings, labels)
    assert found == pytest.approx(expected, rel=1e-6)


def test_nc1_by_hand():
    # classes at ±2 on a line, each with samples 1 away to both sides: Σ_W = 1, Σ_B = 4, C = 2
    points = np.float32([[1], [3], [-1], [-3]])
    found = neural_collapse.within_class_variability(points, np.uint8([0, 0, 1, 1]))
    assert found == pytest.approx(1 / 4 / 2)


@few
@given(seeds, st.floats(0.1, 10))
def test_neither_scale_nor_place_nor_direction_matters(seed, factor):
    embeddings, labels = overlapping(seed, 60)
    random = np.random.default_rng(seed)
    moved = factor * embeddings @ ortho_group.rvs(3, random_state=seed) + random.normal(size=3)
    for measure in (
        neural_collapse.within_class_variability,
        neural_collapse.equal_norms,
        neural_collapse.maximal_angles,
    ):
        assert measure(moved, labels) == pytest.approx(measure(embeddings, labels), rel=1e-3)


def test_norms_and_angles_by_hand():
    # means (2, 0), (−1, 0) and (−1, 0) around (0, 0): norms 2, 1, 1; cosines −1, −1, 1
    points = np.float32([[2, 0], [-1, 0], [-1, 0]])
    labels = np.uint8([0, 1, 2])
    assert neural_collapse.equal_norms(points, labels) == pytest.approx(np.std([2, 1, 1]) / (4 / 3))
    expected = (abs(-1 + 0.5) * 2 + abs(1 + 0.5)) / 3
    assert neural_collapse.maximal_angles(points, labels) == pytest.approx(expected)


def test_equal_class_means_have_no_norms_and_no_angles_to_compare():
    points = np.ones((4, 2), np.float32)
    labels = np.uint8([0, 0, 1, 1])
    assert neural_collapse.equal_norms(points, labels) == 0
    assert np.isfinite(neural_collapse.maximal_angles(points, labels))
    assert np.isfinite(neural_collapse.within_class_variability(points, labels))


def test_disagreement_is_the_part_of_different_names():
    assert neural_collapse.disagreement(np.array([1, 2, 3, 4]), np.array([1, 2, 0, 0])) == 0.5
