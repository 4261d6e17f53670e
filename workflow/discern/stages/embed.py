"""Embed the training images (the gallery) and the images to be judged (the queries).

With the weights of a trained network the embedding is its output as it is; without, as for the
baseline, the pixels / 255. Where the loss trains a classifier, its predictions and its weights are
kept as well.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from discern.classes import members
from discern.errors import DiscernError
from discern.files import read_arrays, write_arrays
from discern.idx import read_pair
from discern.losses.catalogue import records
from discern.stage import StageParser, run_stage

log = logging.getLogger("discern")

# Images embedded at once; a constant, because the last digits may depend on it.
_BATCH = 500

Embedder = Callable[[np.ndarray], dict[str, np.ndarray]]


def embed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write embeddings, labels and predictions of both parts, in the data set's own order."""
    constants: dict[str, np.ndarray] = {}
    if records()[arguments.loss].trained:
        embedder, constants = _network(arguments, classifies=arguments.unseen is None)
    elif arguments.weights:
        raise DiscernError(f"{arguments.loss} has nothing to train; leave out --weights")
    else:
        embedder = pixels
    split = read_arrays(arguments.split, "train", "validation", "test")
    training = read_pair(arguments.train_images, arguments.train_labels)
    test = read_pair(arguments.test_images, arguments.test_labels)
    sources = {"train": training, "validation": training, "test": test}
    for part, output in (("train", arguments.gallery), (arguments.queries_from, arguments.queries)):
        images, labels = sources[part]
        indices = split[part][members(labels[split[part]], arguments.unseen)]
        labels = labels[indices]
        known = {"labels": labels, "indices": indices, **constants}
        write_arrays(output, {**_in_batches(embedder, images[indices]), **known})
        log.info("embed: %s, %d images of the %s part", arguments.loss, len(labels), part)
    return {}


def pixels(images: np.ndarray) -> dict[str, np.ndarray]:
    """The baseline's embeddings, float32 (N, height · width): uint8 images / 255."""
    return {"embeddings": images.reshape(len(images), -1).astype(np.float32) / np.float32(255)}


def _network(
    arguments: argparse.Namespace, classifies: bool
) -> tuple[Embedder, dict[str, np.ndarray]]:
    """What embeds images, and the classifier's weights if there is one that ``classifies``."""
    # Imported here: the baseline has no use for TensorFlow, which takes seconds to import.
    import tensorflow as tf

    from discern import losses
    from discern.network import EmbeddingNetwork, NetworkSettings, assign_weights, build
    from discern.tensors import configure

    if not arguments.weights:
        raise DiscernError(f"{arguments.loss} needs the weights of a training; give --weights")
    configure(arguments.threads)
    try:
        settings = NetworkSettings(**arguments.network)
    except TypeError as error:
        raise DiscernError(f"--network: {error}; give the settings of the training") from None
    (path,) = arguments.weights
    weights = read_arrays(path)
    images, labels = read_pair(arguments.train_images, arguments.train_labels)
    loss = losses.create(
        arguments.loss,
        classes=len(arguments.classes or range(int(labels.max()) + 1)),
        embedding_dim=settings.embedding_dim,
        **arguments.parameters,
    )
    network = EmbeddingNetwork(settings, seed=0)
    assign_weights(build(network, loss, images.shape[1:]), weights, str(path))
    classifies = classifies and records()[arguments.loss].classifies

    @tf.function(reduce_retracing=True)
    def compute(batch: tf.Tensor) -> dict[str, tf.Tensor]:
        embeddings = network(batch)
        if not classifies:
            return {"embeddings": embeddings}
        predictions = tf.cast(tf.argmax(loss.logits(embeddings), axis=1), tf.uint8)
        return {"embeddings": embeddings, "predictions": predictions}

    constants = {"class_weights": loss.class_weights.numpy()} if classifies else {}
    return (
        lambda batch: {name: value.numpy() for name, value in compute(batch).items()},
        constants,
    )


def _in_batches(embedder: Embedder, images: np.ndarray) -> dict[str, np.ndarray]:
    done = [embedder(images[at : at + _BATCH]) for at in range(0, len(images), _BATCH)]
    return {name: np.concatenate([batch[name] for batch in done]) for name in done[0]}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("embed", __doc__)
    parser.input("--train-images", help="IDX")
    parser.input("--train-labels", help="IDX")
    parser.input("--test-images", help="IDX")
    parser.input("--test-labels", help="IDX")
    parser.input("--split", help="npz: which images belong to which part")
    parser.input("--weights", nargs="*", help="npz: the selected weights; none for the baseline")
    parser.output("--gallery", help="npz: embeddings, labels and indices of the training part")
    parser.output("--queries", help="npz: the same of the part to be judged")
    parser.parameter("--loss", help="the loss's name, such as cosface")
    parser.parameter("--parameters", type=json.loads, default={}, help="its parameters, JSON")
    parser.parameter("--network", type=json.loads, help="JSON: the settings it was trained with")
    parser.parameter(
        "--queries-from",
        choices=("test", "validation"),
        default="test",
        help="the part to be judged; validation is for choosing settings",
    )
    parser.parameter(
        "--classes",
        type=json.loads,
        default=None,
        help="JSON: the classes that were trained; null: all",
    )
    parser.parameter(
        "--unseen",
        type=json.loads,
        default=None,
        help="JSON: the classes that were not, and are embedded alone; null: embed all",
    )
    parser.parameter("--threads", type=int, default=1, help="TensorFlow's threads")
    return run_stage(
        parser, embed, argv, modules=lambda arguments: [f"discern.losses.{arguments.loss}"]
    )


if __name__ == "__main__":
    sys.exit(main())
