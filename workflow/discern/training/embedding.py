"""Embedding images, with a trained network or without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from discern.data.classes import LABEL
from discern.files import read_arrays
from discern.training.settings import NetworkSettings

# Images per batch; a constant, because the last digits may depend on it.
_BATCH = 500

Embedder = Callable[[np.ndarray], dict[str, np.ndarray]]


def pixels(images: np.ndarray) -> dict[str, np.ndarray]:
    """The baseline's embeddings, float32 (N, values of an image): uint8 images / 255."""
    return {"embeddings": images.reshape(len(images), -1).astype(np.float32) / np.float32(255)}


def network_embedder(
    weights: Path,
    *,
    loss: str,
    parameters: Mapping[str, Any],
    network: NetworkSettings,
    classes: int,
    image_shape: tuple[int, ...],
    classifies: bool,
    threads: int,
) -> tuple[Embedder, dict[str, np.ndarray]]:
    """A function that embeds images with trained ``weights``, and the classifier's weights if any.

    Args:
        weights: the file of the selected weights.
        loss: the name of the loss that the weights were trained with.
        parameters: of the loss.
        network: the network's settings in training.
        classes: the number of classes in training.
        image_shape: height and width, and 3 in colour.
        classifies: whether to return the classifier's predictions and weights as well.
        threads: the number of threads TensorFlow uses, always of the processor: a GPU would give
            other last digits.

    Raises:
        DiscernError: when the weights do not fit network and loss.
    """
    # Imported here: TensorFlow takes seconds to import, and the baseline does not need it.
    import tensorflow as tf

    from discern import losses
    from discern.training.determinism import configure
    from discern.training.network import EmbeddingNetwork, assign_weights, build

    configure(threads)
    layer = losses.create(
        loss, classes=classes, embedding_dim=network.embedding_dim, **dict(parameters)
    )
    body = EmbeddingNetwork(network, seed=0)
    assign_weights(build(body, layer, image_shape), read_arrays(weights), weights)

    @tf.function(reduce_retracing=True)
    def compute(batch: tf.Tensor) -> dict[str, tf.Tensor]:
        embeddings = body(batch)
        if not classifies:
            return {"embeddings": embeddings}
        predictions = tf.cast(tf.argmax(layer.logits(embeddings), axis=1), LABEL)
        return {"embeddings": embeddings, "predictions": predictions}

    def embedder(batch: np.ndarray) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in compute(batch).items()}

    return embedder, {"class_weights": layer.class_weights.numpy()} if classifies else {}


def embed_in_batches(embedder: Embedder, images: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of ``embedder`` for images uint8 (N, height, width[, 3]), batch by batch."""
    done = [embedder(images[at : at + _BATCH]) for at in range(0, len(images), _BATCH)]
    return {name: np.concatenate([batch[name] for batch in done]) for name in done[0]}
