"""All measures of one training."""

from __future__ import annotations

import importlib
from itertools import chain

import numpy as np

from discern.distance import Distance
from discern.maps.map import Map
from discern.measures.catalogue import families
from discern.measures.nearest_neighbours import confusions, nearest_neighbour_classes
from discern.measures.shared.distances import in_distance
from discern.measures.shared.interface import Classifier, Embeddings, MappedQueries, Values
from discern.measures.shared.measure import Basis, Measure

# The space in which Euclidean distances order pairs as each distance does.
_SPACES: dict[Distance, Basis] = {"euclidean": "native", "cosine": "l2_normalised"}


def evaluate(
    gallery: np.ndarray,
    gallery_labels: np.ndarray,
    queries: np.ndarray,
    labels: np.ndarray,
    *,
    distance: Distance,
    neighbours: int,
    classifier: Classifier | None = None,
    map_: Map | None = None,
) -> tuple[Values, dict[str, np.ndarray]]:
    """The content of a measure file, and the outcomes of each query.

    Embeddings are evaluated in both spaces, native and L2-normalised. The values in the space of
    the row's own distance are repeated at the top level.

    Args:
        gallery: native embeddings of the training images, float32 (M, D).
        gallery_labels: int16 (M,), two classes or more.
        queries: native embeddings that are evaluated, float32 (N, D).
        labels: int16 (N,), two classes or more, one of them with two queries or more.
        distance: the row's own distance, which its loss optimises.
        neighbours: k of the nearest-neighbour accuracies.
        classifier: the loss's classifier, if it has one.
        map_: the map of the queries, if there is one.

    Returns:
        The measures, numbers in nested dictionaries. For the queries, arrays (N,): ``labels``, the
        ``predictions`` of their nearest neighbours, and, in float32, their contributions to each
        measure that is a mean over images.
    """
    classes = int(max(labels.max(), gallery_labels.max())) + 1
    spaces: dict[str, Values] = {}
    for each, space in _SPACES.items():
        known = (in_distance(gallery, each), gallery_labels, in_distance(queries, each))
        embeddings = Embeddings(*known, labels, nearest_neighbour_classes(*known, neighbours))
        spaces[space] = {
            **_computed("own_distance", embeddings),
            "confusions": confusions(labels, embeddings.votes, classes).tolist(),
            **_computed(space, embeddings),
        }
        if each == distance:
            own = embeddings
    mapped = None
    if map_:
        plane = (map_.points, map_.kl_divergence)
        mapped = MappedQueries(*plane, own.queries, labels, neighbours)
    values = {
        "images": len(labels),
        "distance": distance,
        "neighbours": neighbours,
        **spaces[_SPACES[distance]],
        **_computed("classifier", classifier),
        **spaces,
        "map": _computed("map", mapped) if mapped else None,
    }
    kept = {"labels": labels, "predictions": own.votes, **_outcomes(values)}
    return _with_means(values), kept


def _computed(basis: Basis, data: Embeddings | Classifier | MappedQueries | None) -> Values:
    """The values that the families of ``basis`` compute from ``data``; all None without data."""
    values: Values = {}
    for name, measures in families().items():
        if _basis(measures) != basis:
            continue
        if data is None:
            values |= {(measure.key or (measure.name,))[0]: None for measure in measures}
        else:
            values |= importlib.import_module(f"discern.measures.{name}").compute(data)
    return values


def _basis(measures: tuple[Measure, ...]) -> Basis:
    """The basis of a family; ``own_distance`` if its measures have several."""
    bases = {measure.basis for measure in measures}
    return bases.pop() if len(bases) == 1 else "own_distance"


def _outcomes(values: Values) -> dict[str, np.ndarray]:
    """The contributions of each query, by the names of the measures that are their means."""
    outcomes = {}
    for measure in chain(*families().values()):
        contributions = measure.lookup(values) if measure.per_image else None
        if contributions is not None:
            outcomes[measure.name] = contributions.astype(np.float32)
    return outcomes


def _with_means(values: Values) -> Values:
    """``values`` with every array replaced by its mean over the queries that count."""
    means = {}
    for key, value in values.items():
        if isinstance(value, dict):
            value = _with_means(value)
        elif isinstance(value, np.ndarray):
            value = float(np.nanmean(value))
        means[key] = value
    return means
