"""Threshold inconsistency is what counting pairs of each class at many thresholds says."""

import numpy as np
import pytest
from hypothesis import given
from scipy.spatial.distance import cdist

from discern.measures.threshold_consistency import ThresholdConsistency
from measures.samples import collapsed, few, overlapping, seeds, seen


def inconsistency(embeddings, labels):
    return seen(ThresholdConsistency(labels), embeddings, labels).inconsistency()


def by_hand(embeddings, labels, steps=4000):
    """arXiv:2307.04047, equation 2, at even thresholds between a FAR of 0.1 and 10 %."""
    distances = cdist(embeddings.astype(float), embeddings.astype(float))
    np.fill_diagonal(distances, np.nan)
    different = labels[:, None] != labels
    low, high = np.quantile(distances[different], [1e-3, 1e-1])
    variances = []
    for threshold in np.linspace(low, high, steps):
        utilities = []
        for label in np.unique(labels):
            own, rows = labels == label, distances[labels == label]
            sensitivity = np.mean(rows[:, own][~np.isnan(rows[:, own])] <= threshold)
            specificity = np.mean(rows[:, ~own] > threshold)
            total = sensitivity + specificity
            utilities.append(2 * sensitivity * specificity / total if total else 0)
        variances.append(np.var(utilities))
    return np.mean(variances)


@few
@given(seeds)
def test_it_is_the_mean_variance_of_the_classes_scores(seed):
    embeddings, labels = overlapping(seed, count=120, width=5)
    embeddings[labels == 0] *= 2  # one class is wider
    found = inconsistency(embeddings, labels)
    assert found == pytest.approx(by_hand(embeddings, labels, 300), rel=0.1, abs=1e-5)


def test_classes_of_one_shape_have_the_same_threshold_and_a_wide_one_another():
    centres, labels = collapsed(each=400)
    noise = np.random.default_rng(0).normal(size=centres.shape)
    same = inconsistency((centres + noise).astype(np.float32), labels)
    noise[labels == 2] *= 2
    wide = inconsistency((centres + noise).astype(np.float32), labels)
    assert same < 1e-3
    assert wide > 20 * same


@pytest.mark.parametrize("labels", [np.arange(40) % 4, np.arange(40) // 39])
def test_embeddings_in_one_place_work_alike_for_each_class(labels):
    assert inconsistency(np.ones((40, 3), np.float32), labels) == 0


def test_collapsed_classes_have_no_errors_that_could_differ():
    embeddings, labels = collapsed()
    assert inconsistency(embeddings.astype(np.float32), labels) == pytest.approx(0, abs=1e-9)
