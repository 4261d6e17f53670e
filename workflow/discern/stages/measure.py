"""Measure how well the embeddings tell the classes apart, and what their map keeps of it.

Everything is measured twice, on native embeddings in Euclidean distance and on L2-normalised ones,
where Euclidean distance orders pairs as the cosine does. Those of the distance that the loss trains
stand by themselves as well, and for these there is a file of what each image contributes to the
measures that are means over images. Accuracies take the training embeddings as gallery, retrieval,
verification and silhouettes compare the queries with each other.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from discern import hypersphere, measures, neural_collapse
from discern.errors import DiscernError
from discern.files import read_arrays, read_embeddings, read_map, write_arrays, write_json
from discern.losses.record import Distance
from discern.neighbourhoods import leave_one_out_classes, trustworthiness
from discern.retrieval import retrieval
from discern.stage import StageParser, run_stage
from discern.verification import verification

log = logging.getLogger("discern")

# The false acceptance rates at which the true one is given.
FALSE_ACCEPTANCE = (1e-2, 1e-3, 1e-4)
# Where each distance is a Euclidean one.
_SPACES: dict[Distance, str] = {"euclidean": "native", "cosine": "l2_normalised"}


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write all measures as one JSON object, and what each image contributes as arrays."""
    gallery, gallery_labels = read_embeddings(arguments.gallery)
    queries, labels = read_embeddings(arguments.queries)
    _check(arguments, gallery, gallery_labels, queries, labels)
    classes = int(max(labels.max(), gallery_labels.max())) + 1
    own = _SPACES[arguments.distance]
    found: dict[str, dict[str, Any]] = {}
    for distance, space in _SPACES.items():
        references = measures.in_distance(gallery, distance)
        judged = measures.in_distance(queries, distance)
        known = (references, gallery_labels, judged)
        votes = measures.nearest_neighbour_classes(*known, arguments.neighbours)
        each = outcomes_in(*known, labels, votes)
        found[space] = {
            **means(each),
            **measures_in(judged, labels),
            "confusions": measures.confusions(labels, votes, classes).tolist(),
        }
        if space == "l2_normalised":
            found[space]["alignment"] = hypersphere.alignment(judged, labels)
            found[space]["uniformity"] = hypersphere.uniformity(judged)
        if space == own:
            predictions, outcomes, embeddings = votes, each, judged
    classifier, classifier_outcomes = classifier_measures(arguments.queries, queries, labels)
    result: dict[str, Any] = {
        "images": len(labels),
        "distance": arguments.distance,
        "neighbours": arguments.neighbours,
        **found[own],
        **classifier,
        **found,
        "map": None,
    }
    outcomes |= classifier_outcomes
    for path in arguments.map:
        result["map"], map_outcomes = map_measures(path, embeddings, labels, arguments.neighbours)
        outcomes |= map_outcomes
    write_json(arguments.measures, result)
    write_arrays(
        arguments.outcomes,
        {
            "labels": labels,
            "predictions": predictions,
            **{name: values.astype(np.float32) for name, values in outcomes.items()},
        },
    )
    log.info(
        "measure: %d-NN accuracy %.2f %%, silhouette %.3f",
        *(arguments.neighbours, 100 * result["knn_accuracy"], result["silhouette"]),
    )
    return {}


def _check(
    arguments: argparse.Namespace,
    gallery: np.ndarray,
    gallery_labels: np.ndarray,
    queries: np.ndarray,
    labels: np.ndarray,
) -> None:
    """Raise :class:`DiscernError` for parts that do not fit each other, or are too small."""
    if gallery.shape[1] != queries.shape[1]:
        raise DiscernError(
            f"{arguments.queries} holds embeddings of width {queries.shape[1]}, but "
            f"{arguments.gallery} of {gallery.shape[1]}; delete both to have them made again"
        )
    if arguments.neighbours > len(gallery):
        raise DiscernError(
            f"evaluation.neighbours is {arguments.neighbours}, but the gallery holds only "
            f"{len(gallery)} images; lower it"
        )
    if arguments.map and 2 * arguments.neighbours >= len(labels):
        raise DiscernError(
            f"evaluation.neighbours is {arguments.neighbours}, but {arguments.queries} holds only "
            f"{len(labels)} images, and a map is judged by less than half of them; lower it"
        )
    if len(np.unique(gallery_labels)) < 2:
        raise DiscernError(
            f"{arguments.gallery} holds images of one class alone; there is nothing to tell apart"
        )
    members = np.unique(labels, return_counts=True)[1]
    if len(members) < 2 or members.max() < 2:
        what = "images of one class alone" if len(members) < 2 else "one image of each class"
        raise DiscernError(f"{arguments.queries} holds {what}; there is nothing to tell apart")


def outcomes_in(
    gallery: np.ndarray,
    gallery_labels: np.ndarray,
    queries: np.ndarray,
    labels: np.ndarray,
    votes: np.ndarray,
) -> dict[str, np.ndarray]:
    """What each query contributes to the measures that are means over queries, (N,) of each.

    Args:
        gallery: (M, D).
        gallery_labels: (M,).
        queries: (N, D).
        labels: (N,), of the queries.
        votes: (N,), the classes that their nearest neighbours in the gallery give them.
    """
    known = (gallery, gallery_labels, queries)
    return {
        "knn_accuracy": votes == labels,
        "nearest_mean_accuracy": measures.nearest_mean_classes(*known) == labels,
        "linear_probe_accuracy": measures.linear_probe_classes(*known) == labels,
        **asdict(retrieval(queries, labels)),
        "silhouette": measures.silhouettes(queries, labels),
    }


def means(outcomes: dict[str, np.ndarray]) -> dict[str, float]:
    """The mean of each over the queries that have it."""
    return {name: float(np.nanmean(values)) for name, values in outcomes.items()}


def measures_in(queries: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What Euclidean distances among the queries say of them as a whole."""
    within, between = measures.class_variances(queries, labels)
    verified = verification(queries, labels, FALSE_ACCEPTANCE)
    return {
        "intra_class_variance": within,
        "inter_class_variance": between,
        "variance_ratio": between / within if within else None,
        "separation": measures.separation(queries, labels),
        "clustering": measures.clustering(queries, labels),
        "neural_collapse": {
            "within_class_variability": neural_collapse.within_class_variability(queries, labels),
            "equal_norms": neural_collapse.equal_norms(queries, labels),
            "maximal_angles": neural_collapse.maximal_angles(queries, labels),
        },
        "verification": {
            "equal_error_rate": verified.equal_error_rate,
            "true_acceptance": {
                f"{rate:g}": value
                for rate, value in zip(FALSE_ACCEPTANCE, verified.true_acceptance, strict=True)
            },
            "curve": verified.curve.tolist(),
        },
    }


def classifier_measures(
    path: Path, queries: np.ndarray, labels: np.ndarray
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Of the loss's own classifier; None where the embedding file has no predictions.

    Beside its accuracy, and whether it is right of each query, NC3 and NC4 of neural collapse, for
    which the class means are those of the native queries.
    """
    arrays = read_arrays(path)
    if "predictions" not in arrays:
        return {"classifier_accuracy": None, "classifier_collapse": None}, {}
    predictions = arrays["predictions"]
    if predictions.shape != labels.shape:
        raise DiscernError(
            f"{path}: the predictions are {predictions.shape}, not {labels.shape} as the labels; "
            "delete it to have it made again"
        )
    weights = read_arrays(path, "class_weights")["class_weights"]
    kinds = np.unique(labels)
    if weights.shape[0] != queries.shape[1] or weights.shape[1] <= kinds[-1]:
        raise DiscernError(
            f"{path}: the class weights are {weights.shape}, not one of width {queries.shape[1]} "
            "for each class; delete it to have it made again"
        )
    nearest = measures.nearest_mean_classes(queries, labels, queries)
    outcomes = {"classifier_accuracy": predictions == labels}
    collapse = {
        "self_duality": neural_collapse.self_duality(queries, labels, weights[:, kinds]),
        "disagreement": neural_collapse.disagreement(predictions, nearest),
    }
    return {**means(outcomes), "classifier_collapse": collapse}, outcomes


def map_measures(
    path: Path, embeddings: np.ndarray, labels: np.ndarray, neighbours: int
) -> tuple[dict[str, float | None], dict[str, np.ndarray]]:
    """Of the map (N, 2) of embeddings (N, D) in the judged distance.

    Its KL divergence, its trustworthiness, and the accuracy of the vote among the nearest others in
    the map beside that of the same vote in the embedding; and whether the former is right of each
    point.
    """
    points, _, divergence = read_map(path)
    if len(points) != len(labels):
        raise DiscernError(
            f"{path}: the map has {len(points)} points for {len(labels)} queries; delete it to "
            "have it made again"
        )
    right = {
        name: leave_one_out_classes(places, labels, neighbours) == labels
        for name, places in (("knn_accuracy", points), ("embedding_knn_accuracy", embeddings))
    }
    found = {
        "kl_divergence": divergence,
        "trustworthiness": trustworthiness(embeddings, points, neighbours),
        **means(right),
    }
    return found, {"map_knn_accuracy": right["knn_accuracy"]}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("measure", __doc__)
    parser.input("--gallery", help="npz: embeddings and labels of the training part")
    parser.input("--queries", help="npz: those to be judged, with predictions if there are any")
    parser.input("--map", nargs="*", help="npz: the queries' map, if there is one")
    parser.output("--measures", help="JSON: one object, a number or an object per measure")
    parser.output("--outcomes", help="npz: what each image contributes, an array per measure")
    parser.parameter(
        "--distance", choices=("euclidean", "cosine"), help="the distance that the loss trains"
    )
    parser.parameter("--neighbours", type=int, help="k of the nearest-neighbour accuracies")
    parser.parameter("--threads", type=int, default=1, help="threads of sums and neighbours")
    return run_stage(parser, measure, argv)


if __name__ == "__main__":
    sys.exit(main())
