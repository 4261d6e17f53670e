"""The class-distance normalised variance, by hand and in closed form."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from discern.measures.class_distance import class_distance_normalised_variance
from measures.samples import collapsed, few, overlapping, seeds


@few
@given(seeds)
def test_it_is_that_of_all_pairs_of_classes_one_by_one(seed):
    embeddings, labels = overlapping(seed, classes=4)
    classes = [embeddings[labels == label].astype(float) for label in range(4)]
    means = [members.mean(axis=0) for members in classes]
    variances = [
        np.mean([math.dist(sample, mean) ** 2 for sample in members])
        for members, mean in zip(classes, means, strict=True)
    ]
    pairs = [
        (variances[i] + variances[j]) / 2 / math.dist(means[i], means[j]) ** 2
        for i, j in combinations(range(4), 2)
    ]
    found = class_distance_normalised_variance(embeddings, labels)
    assert found == pytest.approx(np.mean(pairs), rel=1e-6)


def test_collapsed_classes_have_none():
    assert class_distance_normalised_variance(*collapsed()) == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize("scale", [0.1, 1.0, 50.0])
def test_isotropic_noise_around_a_simplex_has_its_variance_over_the_squared_distance(scale):
    # 8 directions of variance s² around means that are 3 √2 apart
    centres, labels = collapsed(each=4000)
    noise = np.random.default_rng(0).normal(size=centres.shape)
    found = class_distance_normalised_variance(scale * (centres + 0.5 * noise), labels)
    assert found == pytest.approx(8 * 0.5**2 / 18, rel=2e-2)


def test_classes_with_the_same_mean_have_no_distance_to_compare_with():
    points = np.float32([[1], [-1], [2], [-2]])
    assert class_distance_normalised_variance(points, np.uint8([0, 0, 1, 1])) is None
