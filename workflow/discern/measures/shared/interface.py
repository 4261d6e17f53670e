"""Input and output types of the functions ``compute`` and ``observer`` of families of measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from discern.measures.shared.pairs import Block, Pairs

Values = dict[str, Any]
"""Numbers, or None if undefined, by the keys of the family's measures.

An array (N,) holds the contribution of each query; the measure is their mean. NaN marks a query
that does not count. Other data that belong to a measure, such as a curve, may be added.
"""


class Observer(Protocol):
    """Sees the distances of all pairs of queries, and then has values."""

    def see(self, block: Block) -> None:
        """Keep what is needed of a block of distances; several threads call it at once."""

    def values(self) -> Values:
        """The values by the keys of the family's measures."""


@dataclass(frozen=True)
class Embeddings:
    """The embeddings of one training in one space, where they are compared by Euclidean distance.

    All are multiplied by one power of two, after which the largest coordinate is ½ to 1. So neither
    squares nor distances overflow or vanish; a measure that depends on scale multiplies by
    ``unit``.

    Attributes:
        gallery: float32 (M, D), the training embeddings that answer queries.
        gallery_labels: int16 (M,).
        queries: float32 (N, D), the embeddings that are evaluated.
        labels: int16 (N,), of the queries.
        votes: int16 (N,), the majority class among each query's nearest neighbours in the gallery.
        pairs: all pairs of queries.
        unit: the length in the given embeddings that is 1 in these.
    """

    gallery: np.ndarray
    gallery_labels: np.ndarray
    queries: np.ndarray
    labels: np.ndarray
    votes: np.ndarray
    pairs: Pairs
    unit: float


@dataclass(frozen=True)
class Classifier:
    """A loss's classifier: its predictions for the queries, its weights, the native embeddings.

    Attributes:
        predictions: int16 (N,), the predicted class of each query.
        class_weights: float32 (D, C), a column per class, from class 0.
        queries: float32 (N, D).
        labels: int16 (N,).
        gallery: float32 (M, D), the training embeddings.
        gallery_labels: int16 (M,).
    """

    predictions: np.ndarray
    class_weights: np.ndarray
    queries: np.ndarray
    labels: np.ndarray
    gallery: np.ndarray
    gallery_labels: np.ndarray


@dataclass(frozen=True)
class Novelty:
    """Native embeddings of classes that were trained, beside those of the queries, which were not.

    Attributes:
        seen_gallery: float32 (M, D), the training images of the trained classes.
        seen_queries: float32 (S, D), the evaluated images of the trained classes.
        queries: float32 (N, D), the evaluated images of the unseen classes.
        neighbours: the number k of nearest neighbours, at most M.
    """

    seen_gallery: np.ndarray
    seen_queries: np.ndarray
    queries: np.ndarray
    neighbours: int


@dataclass(frozen=True)
class MappedQueries:
    """The map of the queries and the embeddings that it was computed from.

    Attributes:
        points: floating (N, 2).
        kl_divergence: of t-SNE, which minimises it; None if the points are the embeddings.
        pairs: all pairs of queries, in the row's own distance.
        labels: int16 (N,).
        neighbours: the number k of nearest neighbours.
    """

    points: np.ndarray
    kl_divergence: float | None
    pairs: Pairs
    labels: np.ndarray
    neighbours: int
