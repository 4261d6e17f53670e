"""Rule ``embed``: the embeddings of a training, of the baseline, or from elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from discern.errors import DiscernError
from discern.losses.given import GIVEN
from discern.losses.shared.catalogue import descriptions
from discern.stages.command import Stage
from discern.stages.options import parameter, reads, writes
from discern.training.settings import NetworkSettings, imported_by_name

if TYPE_CHECKING:
    import numpy as np

    from discern.training.embedding import Embedder

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Embed(Stage):
    """Embed the training images (the gallery) and the images that are evaluated (the queries).

    With the weights of a trained network, the embedding is the network's output. Without weights,
    as for the baseline, it is the pixels divided by 255. For a row of embeddings from elsewhere, it
    is read from files. If the loss trains a classifier, its predictions and its weights are kept
    too. If unseen classes are evaluated, the embeddings of the trained ones are kept beside them.
    """

    train_images: Path = reads("IDX")
    train_labels: Path = reads("IDX")
    test_images: Path = reads("IDX")
    test_labels: Path = reads("IDX")
    split: Path = reads("npz: which images belong to which part")
    weights: Path | None = reads("npz: the selected weights; none for the baseline", default=None)
    given_train: Path | None = reads(
        "npz: embeddings from elsewhere, one for each training image; none to embed here",
        default=None,
    )
    given_test: Path | None = reads("npz: the same for the test images", default=None)
    gallery: Path = writes("npz: embeddings, labels and indices of the training part")
    queries: Path = writes("npz: the same for the part that is evaluated")
    loss: str = parameter("the loss's name, such as cosface")
    parameters: dict[str, Any] = parameter("JSON: the loss's parameters")
    network: NetworkSettings | None = parameter(
        "JSON: the settings that the network was trained with; null for the baseline", default=None
    )
    part: Literal["test", "validation"] = parameter(
        "the part that is evaluated; use validation to choose settings", default="test"
    )
    classes: tuple[int, ...] | None = parameter(
        "JSON: the classes that were trained; null: all", default=None
    )
    unseen: tuple[int, ...] | None = parameter(
        "JSON: the classes that were not, the only ones to evaluate; null: evaluate all",
        default=None,
    )
    trained_shape: tuple[int, ...] | None = parameter(
        "JSON: height, width, and 3 in colour, of the images that the network was trained on; "
        "null: these images. A classifier that was trained on others does not predict",
        default=None,
    )
    threads: int = parameter("TensorFlow's threads", default=1)

    def modules(self) -> Sequence[str]:
        """The loss and the network, which are imported by their names."""
        return imported_by_name(self.loss, self.network)

    def work(self) -> None:
        """Write embeddings, labels and predictions of both parts, in the data set's own order."""
        from discern.data.classes import members
        from discern.data.embeddings import SEEN
        from discern.data.given import read_both
        from discern.data.idx import read_pair
        from discern.files import read_arrays, write_arrays
        from discern.training.embedding import embed_in_batches

        training = read_pair(self.train_images, self.train_labels)
        test = read_pair(self.test_images, self.test_labels)
        embedder, constants = self._embedder(*training)
        split = read_arrays(self.split, "train", "validation", "test")
        if self.given_train and self.given_test:
            # Embeddings from elsewhere take the place of the images.
            given = read_both(self.given_train, self.given_test, training[1], test[1])
            training, test = (given[0], training[1]), (given[1], test[1])
        sources = {"train": training, "validation": training, "test": test}
        for part, output in (("train", self.gallery), (self.part, self.queries)):
            images, labels = sources[part]
            indices = split[part][members(labels[split[part]], self.unseen)]
            known = {"labels": labels[indices], "indices": indices, **constants}
            if self.unseen is not None:
                seen = split[part][members(labels[split[part]], self.classes)]
                known[SEEN] = embed_in_batches(embedder, images[seen])["embeddings"]
            write_arrays(output, {**embed_in_batches(embedder, images[indices]), **known})
            log.info("embed: %s, %d images of the %s part", self.loss, len(indices), part)

    def _embedder(
        self, images: np.ndarray, labels: np.ndarray
    ) -> tuple[Embedder, dict[str, np.ndarray]]:
        from discern.training.embedding import network_embedder, pixels

        if (self.loss == GIVEN) != bool(self.given_train and self.given_test):
            raise DiscernError(
                f"the loss is {self.loss}, but --loss {GIVEN}, --given-train and --given-test need "
                "each other; give all three or none"
            )
        if self.trained_shape not in (None, images.shape[1:]):
            raise DiscernError(
                f"{self.weights} was trained on images of {_size(self.trained_shape)} pixels, but "
                f"{self.train_images} has {_size(images.shape[1:])}; give images of the same size"
            )
        description = descriptions()[self.loss]
        if not description.trained:
            if self.weights:
                raise DiscernError(f"{self.loss} has no network to train; leave out --weights")
            return (_given if self.loss == GIVEN else pixels), {}
        if not self.weights or not self.network:
            raise DiscernError(
                f"{self.loss} needs the weights of a training and the settings of its network; "
                "give --weights and --network"
            )
        return network_embedder(
            self.weights,
            loss=self.loss,
            parameters=self.parameters,
            network=self.network,
            classes=len(self.classes or range(int(labels.max()) + 1)),
            image_shape=images.shape[1:],
            classifies=description.classifies
            and self.unseen is None
            and self.trained_shape is None,
            threads=self.threads,
        )


def _size(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _given(embeddings: np.ndarray) -> dict[str, np.ndarray]:
    return {"embeddings": embeddings}


if __name__ == "__main__":
    sys.exit(Embed.main())
