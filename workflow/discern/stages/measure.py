"""Measure how well the embeddings tell the classes apart, and what their map keeps of it.

Everything is measured twice, on native embeddings in Euclidean distance and on L2-normalised ones,
where Euclidean distance orders pairs as the cosine does. Those of the distance that the loss trains
stand by themselves as well. Accuracies take the training embeddings as gallery, retrieval and
verification compare the queries with each other.
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
from discern.files import read_arrays, read_embeddings, read_map, write_json
from discern.retrieval import retrieval
from discern.stage import StageParser, run_stage
from discern.verification import verification

log = logging.getLogger("discern")

# The false acceptance rates at which the true one is given.
FALSE_ACCEPTANCE = (1e-2, 1e-3, 1e-4)


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
    members = np.unique(labels, return_counts=True)[1]
    if len(members) < 2 or members.max() < 2:
        what = "images of one class alone" if len(members) < 2 else "one image of each class"
        raise DiscernError(f"{arguments.queries} holds {what}; there is nothing to tell apart")
    spaces = {
        "native": (gallery, queries),
        "l2_normalised": (
            measures.in_distance(gallery, "cosine"),
            measures.in_distance(queries, "cosine"),
        ),
    }
    found = {
        name: measures_in(references, judged, gallery_labels, labels, arguments.neighbours)
        for name, (references, judged) in spaces.items()
    }
    found["l2_normalised"] |= {
        "alignment": hypersphere.alignment(spaces["l2_normalised"][1], labels),
        "uniformity": hypersphere.uniformity(spaces["l2_normalised"][1]),
    }
    own = {"euclidean": "native", "cosine": "l2_normalised"}[arguments.distance]
    result: dict[str, Any] = {
        "images": len(labels),
        "distance": arguments.distance,
        "neighbours": arguments.neighbours,
        **found[own],
        **classifier_measures(arguments.queries, queries, labels),
        **found,
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


def measures_in(
    gallery: np.ndarray,
    queries: np.ndarray,
    gallery_labels: np.ndarray,
    labels: np.ndarray,
    neighbours: int,
) -> dict[str, Any]:
    """What Euclidean distances between these embeddings say of the queries."""
    known = (gallery, gallery_labels, queries)
    voted = measures.nearest_neighbour_classes(*known, neighbours)
    within, between = measures.class_variances(queries, labels)
    verified = verification(queries, labels, FALSE_ACCEPTANCE)
    classes = int(max(labels.max(), gallery_labels.max())) + 1
    return {
        "knn_accuracy": float(np.mean(voted == labels)),
        "nearest_mean_accuracy": float(np.mean(measures.nearest_mean_classes(*known) == labels)),
        "linear_probe_accuracy": float(np.mean(measures.linear_probe_classes(*known) == labels)),
        **asdict(retrieval(queries, labels)),
        "silhouette": measures.silhouette(queries, labels),
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
        "confusions": measures.confusions(labels, voted, classes).tolist(),
    }


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


def classifier_measures(
    path: Path, queries: np.ndarray, labels: np.ndarray
) -> dict[str, float | dict[str, float] | None]:
    """Of the loss's own classifier; None where the embedding file has no predictions.

    Beside its accuracy, NC3 and NC4 of neural collapse, for which the class means are those of the
    native queries.
    """
    arrays = read_arrays(path)
    if "predictions" not in arrays:
        return {"classifier_accuracy": None, "classifier_collapse": None}
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
    return {
        "classifier_accuracy": float(np.mean(predictions == labels)),
        "classifier_collapse": {
            "self_duality": neural_collapse.self_duality(queries, labels, weights[:, kinds]),
            "disagreement": neural_collapse.disagreement(predictions, nearest),
        },
    }


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
