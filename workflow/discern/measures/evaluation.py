"""All measures of one training."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from discern.distance import Distance
from discern.maps.map import Map
from discern.measures.catalogue import families
from discern.measures.nearest_neighbours import confusions
from discern.measures.shared.distances import exponent_above, in_distance
from discern.measures.shared.interface import (
    Classifier,
    Embeddings,
    MappedQueries,
    Novelty,
    Observer,
    Values,
)
from discern.measures.shared.measure import Basis, Measure
from discern.measures.shared.nearest import nearest_neighbour_classes
from discern.measures.shared.pairs import Block, Pairs

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
    novelty: Novelty | None = None,
    map_: Map | None = None,
    threads: int = 1,
) -> tuple[Values, dict[str, np.ndarray]]:
    """The content of a measure file, and the outcomes of each query.

    Embeddings are evaluated in both spaces, native and L2-normalised, in one pass over the
    distances of all pairs of queries each. The values in the space of the row's own distance are
    repeated at the top level.

    Args:
        gallery: native embeddings of the training images, float32 (M, D).
        gallery_labels: int16 (M,), two classes or more.
        queries: native embeddings that are evaluated, float32 (N, D).
        labels: int16 (N,), two classes or more, one of them with two queries or more.
        distance: the row's own distance, which its loss optimises.
        neighbours: k of the nearest-neighbour accuracies.
        classifier: the loss's classifier, if it has one.
        novelty: the trained classes, if the queries are of others.
        map_: the map of the queries, if there is one.
        threads: the number of blocks of distances that are computed at once; changes no distance.

    Returns:
        The measures, numbers in nested dictionaries. For the queries, arrays (N,): ``labels``, the
        ``predictions`` of their nearest neighbours, and, in float32, their contributions to each
        measure that is a mean over images.
    """
    classes = int(max(labels.max(), gallery_labels.max())) + 1
    exponent = exponent_above(gallery, queries)
    gallery, queries = np.ldexp(gallery, -exponent), np.ldexp(queries, -exponent)
    spaces: dict[str, Values] = {}
    for each, space in _SPACES.items():
        known = (in_distance(gallery, each), gallery_labels, in_distance(queries, each))
        votes = nearest_neighbour_classes(*known, neighbours, threads)
        pairs = Pairs(known[2], labels, threads)
        unit = 2.0**exponent if space == "native" else 1.0
        embeddings = Embeddings(*known, labels, votes, pairs, unit)
        data: dict[Basis, Any] = {"own_distance": embeddings, space: embeddings}
        if each == distance:
            own_votes = votes
            data |= {"classifier": classifier, "novelty": novelty}
            if map_:
                plane = (map_.points, map_.kl_divergence)
                data["map"] = MappedQueries(*plane, pairs, labels, neighbours)
        computed = _computed(data, pairs)
        spaces[space] = {
            **computed.pop("own_distance"),
            "confusions": confusions(labels, votes, classes).tolist(),
            **computed.pop(space),
        }
        if each == distance:
            others = computed
    values = {
        "images": len(labels),
        "distance": distance,
        "neighbours": neighbours,
        **spaces[_SPACES[distance]],
        **others["classifier"],
        **others["novelty"],
        **spaces,
        "map": others.get("map"),
    }
    kept = {"labels": labels, "predictions": own_votes, **_outcomes(values)}
    return _with_means(values), kept


def _computed(data: Mapping[Basis, Any], pairs: Pairs) -> dict[Basis, Values]:
    """The values of all families of each basis of ``data``; all None where the data are None.

    One pass over ``pairs`` serves all observers.
    """
    observers: list[Observer] = []
    computations: list[tuple[Basis, Callable[[], Values]]] = []
    for name, measures in families().items():
        basis = _basis(measures)
        if basis not in data:
            continue
        module = importlib.import_module(f"discern.measures.{name}")
        if data[basis] is None:
            keys = [(measure.key or (measure.name,))[0] for measure in measures]
            computations.append((basis, partial(dict.fromkeys, keys)))
        elif hasattr(module, "observer"):
            observers.append(module.observer(data[basis]))
            computations.append((basis, observers[-1].values))
        else:
            computations.append((basis, partial(module.compute, data[basis])))

    def see(block: Block) -> None:
        for observer in observers:
            observer.see(block)

    pairs.walk(see)
    values: dict[Basis, Values] = {basis: {} for basis in data}
    for basis, compute in computations:
        values[basis] |= compute()
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
