"""Measure how well the embeddings tell the classes apart, and what their map keeps of it.

Accuracies classify the queries with the training embeddings as gallery, in the distance that the
loss trains. Variances are given on native and on L2-normalised embeddings.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from discern import measures
from discern.errors import DiscernError
from discern.files import read_arrays, read_embeddings, read_map, write_json
from discern.stage import StageParser, run_stage

log = logging.getLogger("discern")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write all measures as one JSON object."""
    gallery, gallery_labels = read_embeddings(arguments.gallery)
    queries, labels = read_embeddings(arguments.queries)
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
    if arguments.neighbours >= len(labels):
        raise DiscernError(
            f"evaluation.neighbours is {arguments.neighbours}, but {arguments.queries} holds only "
            f"{len(labels)} images, each with the others as neighbours in the map; lower it"
        )
    if len(np.unique(labels)) < 2:
        raise DiscernError(
            f"{arguments.queries} holds images of one class alone; there is nothing to tell apart"
        )
    judged = (
        measures.in_distance(gallery, arguments.distance),
        gallery_labels,
        measures.in_distance(queries, arguments.distance),
        labels,
    )
    result: dict[str, Any] = {
        "images": len(labels),
        "distance": arguments.distance,
        "neighbours": arguments.neighbours,
        "knn_accuracy": measures.nearest_neighbour_accuracy(*judged, arguments.neighbours),
        "nearest_mean_accuracy": measures.nearest_mean_accuracy(*judged),
        "classifier_accuracy": classifier_accuracy(arguments.queries, labels),
        "silhouette": measures.silhouette(judged[2], labels),
        "native": _variances(queries, labels),
        "l2_normalised": _variances(measures.in_distance(queries, "cosine"), labels),
        "map": None,
    }
    for path in arguments.map:
        result["map"] = map_measures(path, labels, arguments.neighbours)
    write_json(arguments.measures, result)
    log.info(
        "measure: %d-NN accuracy %.2f %%, silhouette %.3f",
        *(arguments.neighbours, 100 * result["knn_accuracy"], result["silhouette"]),
    )
    return {}


def classifier_accuracy(path: Path, labels: np.ndarray) -> float | None:
    """Accuracy of the loss's own classifier, None where the embedding file has no predictions."""
    predictions = read_arrays(path).get("predictions")
    if predictions is None:
        return None
    if predictions.shape != labels.shape:
        raise DiscernError(
            f"{path}: the predictions are {predictions.shape}, not {labels.shape} as the labels; "
            "delete it to have it made again"
        )
    return float(np.mean(predictions == labels))


def map_measures(path: Path, labels: np.ndarray, neighbours: int) -> dict[str, float | None]:
    """Of the map (N, 2): KL divergence, and k-NN accuracy of its points among themselves."""
    points, _, divergence = read_map(path)
    if len(points) != len(labels):
        raise DiscernError(
            f"{path}: the map has {len(points)} points for {len(labels)} queries; delete it to "
            "have it made again"
        )
    return {
        "kl_divergence": divergence,
        "knn_accuracy": measures.leave_one_out_accuracy(points, labels, neighbours),
    }


def _variances(embeddings: np.ndarray, labels: np.ndarray) -> dict[str, float | None]:
    within, between = measures.class_variances(embeddings, labels)
    return {
        "intra_class_variance": within,
        "inter_class_variance": between,
        "variance_ratio": between / within if within else None,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("measure", __doc__)
    parser.input("--gallery", help="npz: embeddings and labels of the training part")
    parser.input("--queries", help="npz: those to be judged, with predictions if there are any")
    parser.input("--map", nargs="*", help="npz: the queries' map, if there is one")
    parser.output("--measures", help="JSON: one object, a number or an object per measure")
    parser.parameter(
        "--distance", choices=("euclidean", "cosine"), help="the distance that the loss trains"
    )
    parser.parameter("--neighbours", type=int, help="k of the nearest-neighbour accuracies")
    return run_stage(parser, measure, argv)


if __name__ == "__main__":
    sys.exit(main())
