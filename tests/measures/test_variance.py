"""The variances are those counted by hand, and scikit-learn's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discern.measures.variance import class_variances, own_variances
from measures.samples import few, overlapping, seeds


def variances_by_hand(embeddings, labels):
    """Intra-class, inter-class and total variance, sample by sample."""
    samples = embeddings.astype(np.float64)
    centre = samples.mean(axis=0)
    own = [samples[labels == label].mean(axis=0) for label in labels]
    within = np.mean([math.dist(*pair) ** 2 for pair in zip(samples, own, strict=True)])
    between = np.mean([math.dist(mean, centre) ** 2 for mean in own])
    total = np.mean([math.dist(sample, centre) ** 2 for sample in samples])
    return within, between, total


@few
@given(seeds, st.integers(2, 40), st.sampled_from([1.0, 1e-3, 1e3]))
def test_intra_and_inter_class_variance_are_those_counted_by_hand_and_sum_to_the_total(
    seed, count, size
):
    embeddings, labels = overlapping(seed, count, classes=4)
    embeddings *= np.float32(size)
    within, between = class_variances(embeddings, labels)
    expected_within, expected_between, total = variances_by_hand(embeddings, labels)
    assert within == pytest.approx(expected_within, rel=1e-9, abs=1e-12 * total)
    assert between == pytest.approx(expected_between, rel=1e-9, abs=1e-12 * total)
    assert within + between == pytest.approx(total, rel=1e-9)
    assert min(within, between) >= 0


def test_variances_are_exact_far_from_the_origin():
    # in float32 the squares of these would hold no digit of the differences
    embeddings = np.float32([[10000, 0], [10001, 0], [10004, 0], [10005, 0]])
    assert class_variances(embeddings, np.uint8([0, 0, 1, 1])) == (0.25, 4.0)


@few
@given(seeds)
def test_each_class_has_its_own_variance_and_their_mean_is_that_of_all(seed):
    embeddings, labels = overlapping(seed, count=60)
    labels = labels * 2  # no image has label 1 or 3
    variances = own_variances(embeddings, labels)
    assert [value is None for value in variances] == [False, True, False, True, False]
    for label in (0, 2, 4):
        members = embeddings[labels == label]
        assert variances[label] == pytest.approx(variances_by_hand(members, labels[:20])[2])
    within, _ = class_variances(embeddings, labels)
    assert np.mean([variances[label] for label in (0, 2, 4)]) == pytest.approx(within)
