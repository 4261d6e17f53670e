"""Separation: the distance between classes relative to their radius."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist

from discern.measures.shared.class_means import class_means
from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="separation",
        title="separation",
        definition="smallest distance between class means over the largest class radius, from 0; "
        "above 2 no classes overlap (after Dunn, 1973)",
        better="higher",
        place=90,
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """The separation of the queries' classes."""
    return {"separation": separation(embeddings.queries, embeddings.labels)}


def separation(embeddings: np.ndarray, labels: np.ndarray) -> float | None:
    """The smallest distance between two class means over the largest radius of a class, ≥ 0.

    A class's radius is the distance of its farthest sample to its mean. Above 2 the
    balls around the class means do not overlap. A single outlier makes it small (after Dunn, A
    Fuzzy Relative of the ISODATA Process, 1973). None if all classes are points.
    """
    values = embeddings.astype(np.float64)
    classes, means = class_means(values, labels)
    radius = max(
        np.linalg.norm(values[labels == label] - mean, axis=1).max()
        for label, mean in zip(classes, means, strict=True)
    )
    return float(pdist(means).min() / radius) if radius else None
