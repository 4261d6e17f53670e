"""Variance within and between classes.

Both variances grow with the square of the scale. Between losses they can be compared only on
L2-normalised embeddings, where their sum is at most 1. Their ratio does not depend on scale.
"""

from __future__ import annotations

import numpy as np

from discern.measures.shared.class_means import class_means
from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="variance_ratio",
        title="variance ratio",
        definition="inter-class over intra-class variance, L2-normalised, from 0 (Fukunaga, 1990)",
        basis="l2_normalised",
        better="higher",
        headline=True,
        place=7,
    ),
    Measure(
        name="intra_class_variance",
        title="intra-class variance",
        definition="mean squared distance to the class mean, L2-normalised, 0 to 1 (Fukunaga, "
        "1990)",
        basis="l2_normalised",
        better="lower",
        headline=True,
        place=5,
    ),
    Measure(
        name="inter_class_variance",
        title="inter-class variance",
        definition="mean squared distance of class means to the mean of all, L2-normalised, 0 to 1 "
        "(Fukunaga, 1990)",
        basis="l2_normalised",
        better="higher",
        headline=True,
        place=6,
    ),
    Measure(
        name="native_variance_ratio",
        title="variance ratio, native",
        definition="inter-class over intra-class variance of the native embeddings, from 0 "
        "(Fukunaga, 1990)",
        basis="native",
        key=("variance_ratio",),
        better="higher",
        place=710,
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """Both variances of the queries and their ratio tr(S_B) / tr(S_W) ≥ 0, Fisher's criterion.

    ``class_variances`` holds the variance of each class.
    """
    within, between = class_variances(embeddings.queries, embeddings.labels)
    return {
        "intra_class_variance": within * embeddings.unit**2,
        "inter_class_variance": between * embeddings.unit**2,
        "variance_ratio": between / within if within else None,
        "class_variances": [
            each and each * embeddings.unit**2
            for each in own_variances(embeddings.queries, embeddings.labels)
        ],
    }


def class_variances(embeddings: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Intra-class variance tr(S_W) and inter-class variance tr(S_B), both ≥ 0.

    tr(S_W) is the mean squared distance of a sample to its class's mean, tr(S_B) that of a
    sample's class mean to the mean of all; their sum is the total variance (Fukunaga,
    Introduction to Statistical Pattern Recognition, 1990, section 10.2).
    """
    values = embeddings.astype(np.float64)
    centre = values.mean(axis=0)
    within = between = 0.0
    for label, mean in zip(*class_means(values, labels), strict=True):
        members = values[labels == label]
        within += np.sum((members - mean) ** 2)
        between += len(members) * np.sum((mean - centre) ** 2)
    return float(within / len(values)), float(between / len(values))


def own_variances(embeddings: np.ndarray, labels: np.ndarray) -> list[float | None]:
    """The mean squared distance to the class mean for each label from 0; None for absent labels."""
    values = embeddings.astype(np.float64)
    variances: list[float | None] = [None] * (int(labels.max()) + 1)
    for label, mean in zip(*class_means(values, labels), strict=True):
        offsets = values[labels == label] - mean
        variances[label] = float(np.mean(np.sum(offsets**2, axis=1)))
    return variances
