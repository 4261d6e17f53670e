"""Silhouette: how much nearer an image is to its own class than to the nearest other class."""

from __future__ import annotations

import numpy as np
from sklearn import config_context
from sklearn.metrics import silhouette_samples

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space

measures = in_each_space(
    Measure(
        name="silhouette",
        title="silhouette",
        definition="mean of (b − a) / max(a, b), an image's mean distance a to its own class and b "
        "to the nearest other class, −1 to 1 (Rousseeuw, 1987)",
        better="higher",
        per_image=True,
        headline=True,
        place=80,
    )
)

# MiB of the distance matrix that scikit-learn may hold at once.
_WORKING_MEMORY = 64


def compute(embeddings: Embeddings) -> Values:
    """The silhouette of each query among the queries."""
    return {"silhouette": silhouettes(embeddings.queries, embeddings.labels)}


def silhouettes(embeddings: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each sample's silhouette (b − a) / max(a, b), float (N,), in [−1, 1] (Rousseeuw, 1987).

    a is a sample's mean distance to the others of its class, b that to the nearest other class. The
    silhouette is near 1 deep inside a class, 0 between two classes, and negative if another class
    is nearer. A sample that is alone in its class has 0, and so have all samples if they coincide.
    There must be 2 to N − 1 classes.
    """
    with config_context(working_memory=_WORKING_MEMORY):
        widths: np.ndarray = silhouette_samples(embeddings, labels)
    return widths
