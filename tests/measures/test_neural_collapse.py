"""Neural collapse: 0 where it is complete, and what the definitions say elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import pinv
from scipy.stats import ortho_group

from discern.measures.neural_collapse import (
    equal_norms,
    equiangularity,
    maximal_angles,
    within_class_variability,
)
from measures.samples import collapsed, few, seeds, uneven

every_measure = pytest.mark.parametrize(
    "measure", [within_class_variability, equal_norms, maximal_angles, equiangularity]
)


@every_measure
def test_a_complete_collapse_has_no_variability_and_a_simplex(measure):
    assert measure(*collapsed()) == pytest.approx(0, abs=1e-9)


@few
@given(seeds)
def test_nc1_is_the_trace_of_both_scatters_summed_sample_by_sample(seed):
    embeddings, labels = uneven(seed, 60)
    x = embeddings.astype(np.float64)
    kinds = np.unique(labels)
    means = {k: x[labels == k].mean(axis=0) for k in kinds}
    middle = sum(means.values()) / len(means)
    within = sum(np.outer(v - means[k], v - means[k]) for v, k in zip(x, labels, strict=True))
    between = sum(np.outer(m - middle, m - middle) for m in means.values()) / len(means)
    expected = np.trace(within / len(x) @ pinv(between, rtol=1e-10)) / len(means)
    assert within_class_variability(embeddings, labels) == pytest.approx(expected, rel=1e-6)


@every_measure
@few
@given(seeds, st.floats(0.1, 10))
def test_neither_scale_nor_place_nor_direction_matters(measure, seed, factor):
    embeddings, labels = uneven(seed, 60)
    random = np.random.default_rng(seed)
    moved = factor * embeddings @ ortho_group.rvs(3, random_state=seed) + random.normal(size=3)
    assert measure(moved, labels) == pytest.approx(measure(embeddings, labels), rel=1e-3)


def test_norms_and_angles_by_hand():
    # means (2, 0), (−1, 0) and (−1, 0) around (0, 0): norms 2, 1, 1; cosines −1, −1, 1
    points, labels = np.float32([[2, 0], [-1, 0], [-1, 0]]), np.int16([0, 1, 2])
    assert equal_norms(points, labels) == pytest.approx(np.std([2, 1, 1]) / (4 / 3))
    expected = (abs(-1 + 0.5) * 2 + abs(1 + 0.5)) / 3
    assert maximal_angles(points, labels) == pytest.approx(expected)
    assert equiangularity(points, labels) == pytest.approx(np.std([-1, -1, 1]))


def test_equal_class_means_have_no_norms_and_no_angles_to_compare():
    points, labels = np.ones((4, 2), np.float32), np.int16([0, 0, 1, 1])
    assert equal_norms(points, labels) == 0
    assert np.isfinite(maximal_angles(points, labels))
    assert np.isfinite(within_class_variability(points, labels))
