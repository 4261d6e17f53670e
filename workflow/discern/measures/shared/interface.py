"""Input and output types of the function ``compute`` of a family of measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Values = dict[str, Any]
"""Numbers, or None if undefined, by the keys of the family's measures.

An array (N,) holds the contribution of each query; the measure is their mean. NaN marks a query
that does not count. Other data that belong to a measure, such as a curve, may be added.
"""


@dataclass(frozen=True)
class Embeddings:
    """The embeddings of one training in one space, where they are compared by Euclidean distance.

    Attributes:
        gallery: float32 (M, D), the training embeddings that answer queries.
        gallery_labels: int16 (M,).
        queries: float32 (N, D), the embeddings that are evaluated.
        labels: int16 (N,), of the queries.
        votes: int16 (N,), the majority class among each query's nearest neighbours in the gallery.
    """

    gallery: np.ndarray
    gallery_labels: np.ndarray
    queries: np.ndarray
    labels: np.ndarray
    votes: np.ndarray


@dataclass(frozen=True)
class Classifier:
    """A loss's classifier: its predictions for the queries, its weights, the native embeddings.

    Attributes:
        predictions: int16 (N,), the predicted class of each query.
        class_weights: float32 (D, C), a column per class, from class 0.
        queries: float32 (N, D).
        labels: int16 (N,).
    """

    predictions: np.ndarray
    class_weights: np.ndarray
    queries: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class MappedQueries:
    """The map of the queries and the embeddings that it was computed from.

    Attributes:
        points: floating (N, 2).
        kl_divergence: of t-SNE, which minimises it; None if the points are the embeddings.
        queries: float32 (N, D), in the row's own distance.
        labels: int16 (N,).
        neighbours: the number k of nearest neighbours.
    """

    points: np.ndarray
    kl_divergence: float | None
    queries: np.ndarray
    labels: np.ndarray
    neighbours: int
