"""Rule ``measure``: how well the embeddings separate the classes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from discern.distance import Distance
from discern.errors import Damaged, DiscernError
from discern.measures.catalogue import modules
from discern.stages.command import Stage
from discern.stages.options import parameter, reads, writes

if TYPE_CHECKING:
    import numpy as np

    from discern.maps.map import Map
    from discern.measures.shared.interface import Classifier, Novelty

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Measure(Stage):
    """Measure how well the embeddings separate the classes, and how well the map preserves this.

    Everything is measured twice: on native embeddings in Euclidean distance, and on L2-normalised
    ones, where Euclidean distance orders pairs as cosine distance does. The values in the distance
    that the loss optimises are repeated separately. For these, a second file holds each image's
    contribution to the measures that are means over images. Accuracies use the training embeddings
    as the gallery; retrieval, verification and silhouettes compare the queries with each other. If
    the files hold trained classes beside unseen ones, it is measured how well these are told apart.
    """

    gallery: Path = reads("npz: embeddings and labels of the training part")
    queries: Path = reads("npz: those to be evaluated, with predictions if there are any")
    map: Path | None = reads("npz: the queries' map, if there is one", default=None)
    measures: Path = writes("JSON: one object, a number or an object per measure")
    outcomes: Path = writes("npz: what each image contributes, an array per measure")
    distance: Distance = parameter("the distance that the loss optimises")
    neighbours: int = parameter("k of the nearest-neighbour accuracies and of novelty")
    threads: int = parameter("threads for sums and neighbours", default=1)

    def work(self) -> None:
        """Write all measures as one JSON object, and what each image contributes as arrays."""
        from discern.data.embeddings import read_embeddings
        from discern.files import write_arrays, write_json
        from discern.measures.evaluation import evaluate

        gallery, gallery_labels = read_embeddings(self.gallery)
        queries, labels = read_embeddings(self.queries)
        self._check(gallery, gallery_labels, queries, labels)
        measures, outcomes = evaluate(
            gallery,
            gallery_labels,
            queries,
            labels,
            distance=self.distance,
            neighbours=self.neighbours,
            classifier=self._read_classifier(queries, labels, gallery, gallery_labels),
            novelty=self._read_novelty(queries),
            map_=self._read_map(labels),
            threads=self.threads,
        )
        write_json(self.measures, measures)
        write_arrays(self.outcomes, outcomes)
        log.info(
            "measure: %d-NN accuracy %.2f %%, silhouette %.3f",
            self.neighbours,
            100 * measures["knn_accuracy"],
            measures["silhouette"],
        )

    def modules(self) -> Sequence[str]:
        """The families of measures."""
        return modules()

    def _check(
        self,
        gallery: np.ndarray,
        gallery_labels: np.ndarray,
        queries: np.ndarray,
        labels: np.ndarray,
    ) -> None:
        """Raise :class:`DiscernError` if the parts do not match or are too small."""
        import numpy as np

        if gallery.shape[1] != queries.shape[1]:
            raise DiscernError(
                f"{self.queries} holds embeddings of width {queries.shape[1]}, but {self.gallery} "
                f"of {gallery.shape[1]}; delete both to have them made again"
            )
        if self.neighbours > len(gallery):
            raise DiscernError(
                f"evaluation.neighbours is {self.neighbours}, but the gallery holds only "
                f"{len(gallery)} images; lower it"
            )
        if self.map and 2 * self.neighbours >= len(labels):
            raise DiscernError(
                f"evaluation.neighbours is {self.neighbours}, but a map needs it to be "
                f"less than half of the {len(labels)} images in {self.queries}; lower it"
            )
        if len(np.unique(gallery_labels)) < 2:
            raise DiscernError(
                f"{self.gallery} holds images of only one class; at least two are needed"
            )
        members = np.unique(labels, return_counts=True)[1]
        if len(members) < 2 or members.max() < 2:
            what = "images of only one class" if len(members) < 2 else "one image of each class"
            raise DiscernError(f"{self.queries} holds {what}; at least two are needed")

    def _read_classifier(
        self,
        queries: np.ndarray,
        labels: np.ndarray,
        gallery: np.ndarray,
        gallery_labels: np.ndarray,
    ) -> Classifier | None:
        """The loss's classifier; None if the queries have no predictions."""
        import numpy as np

        from discern.files import read_arrays
        from discern.measures.shared.interface import Classifier

        arrays = read_arrays(self.queries)
        if "predictions" not in arrays:
            return None
        predictions = arrays["predictions"]
        if predictions.shape != labels.shape:
            shapes = f"{predictions.shape}, not {labels.shape} as the labels"
            raise Damaged(self.queries, f"holds predictions that are {shapes}")
        weights = read_arrays(self.queries, "class_weights")["class_weights"]
        fits = weights.ndim == 2 and len(weights) == queries.shape[1]
        if not fits or weights.shape[1] <= max(labels.max(), gallery_labels.max()):
            shapes = f"{weights.shape}, not one of width {queries.shape[1]} for each class"
            raise Damaged(self.queries, f"holds class weights that are {shapes}")
        if not np.isfinite(weights).all():
            raise Damaged(self.queries, "holds class weights that are not finite")
        return Classifier(predictions, weights, queries, labels, gallery, gallery_labels)

    def _read_novelty(self, queries: np.ndarray) -> Novelty | None:
        """The embeddings of the trained classes; None if the queries' file has none."""
        from discern.data.embeddings import SEEN, read_seen_embeddings
        from discern.files import read_arrays
        from discern.measures.shared.interface import Novelty

        if SEEN not in read_arrays(self.queries):
            return None
        paths = (self.gallery, self.queries)
        seen_gallery, seen_queries = map(read_seen_embeddings, paths)
        for path, embeddings in zip(paths, (seen_gallery, seen_queries), strict=True):
            if embeddings.shape[1] != queries.shape[1]:
                width = f"{embeddings.shape[1]}, not {queries.shape[1]} as the queries"
                raise Damaged(path, f"holds embeddings of trained classes of width {width}")
        if self.neighbours > len(seen_gallery):
            raise DiscernError(
                f"evaluation.neighbours is {self.neighbours}, but {self.gallery} holds only "
                f"{len(seen_gallery)} images of trained classes; lower it"
            )
        return Novelty(seen_gallery, seen_queries, queries, self.neighbours)

    def _read_map(self, labels: np.ndarray) -> Map | None:
        """The map; None if there is none."""
        from discern.maps.map import read_map

        if not self.map:
            return None
        read = read_map(self.map)
        if len(read.points) != len(labels):
            raise Damaged(self.map, f"has {len(read.points)} points for {len(labels)} queries")
        return read


if __name__ == "__main__":
    sys.exit(Measure.main())
