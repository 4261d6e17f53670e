"""Nearest-mean accuracy: whether samples are nearest to the mean of their own class."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import pairwise_distances_argmin

from discern.measures.shared.class_means import class_means
from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space

measures = in_each_space(
    Measure(
        name="nearest_mean_accuracy",
        title="nearest-mean accuracy",
        definition="fraction of the images whose nearest class mean of training images is that of "
        "their own class, 0 to 1",
        percent=True,
        better="higher",
        per_image=True,
        headline=True,
        place=2,
    )
)


def compute(embeddings: Embeddings) -> Values:
    """Whether each query's nearest class mean in the gallery is that of its own class."""
    classes = nearest_mean_classes(
        embeddings.gallery, embeddings.gallery_labels, embeddings.queries
    )
    return {"nearest_mean_accuracy": classes == embeddings.labels}


def nearest_mean_classes(
    gallery: np.ndarray, gallery_labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """The class (N,) whose mean in the gallery is nearest to each query, by Euclidean distance.

    After Tibshirani et al., Diagnosis of Multiple Cancer Types by Shrunken Centroids, 2002, without
    the shrinking.
    """
    classes, means = class_means(gallery, gallery_labels)
    nearest: np.ndarray = classes[pairwise_distances_argmin(queries, means)]
    return nearest
