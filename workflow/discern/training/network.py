"""The network that all losses train."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from discern.errors import Damaged, DiscernError
from discern.losses.shared.base import Dropout, Loss, stream
from discern.training.settings import NetworkSettings


class EmbeddingNetwork(tf.keras.Model):
    """Conv 3×3×32 – conv 3×3×64 – max-pool 2 – dropout – dense D.

    Args:
        settings: embedding width, activation and dropout.
        seed: determines initial weights and dropout, which are the same for every loss.
    """

    def __init__(self, settings: NetworkSettings, seed: int) -> None:
        super().__init__(name="network")

        def glorot(name: str) -> tf.keras.initializers.Initializer:
            return tf.keras.initializers.GlorotUniform(stream(seed, name))

        layers = tf.keras.layers
        self.conv1 = layers.Conv2D(
            32, 3, activation="relu", kernel_initializer=glorot("conv1"), name="conv1"
        )
        self.conv2 = layers.Conv2D(
            64, 3, activation="relu", kernel_initializer=glorot("conv2"), name="conv2"
        )
        self.pool = layers.MaxPooling2D(2)
        self.dropout = Dropout(settings.dropout, stream(seed, "network"))
        self.flatten = layers.Flatten()
        self.dense = layers.Dense(
            settings.embedding_dim,
            activation=settings.embedding_activation,
            kernel_initializer=glorot("embedding"),
            name="embedding",
        )

    def call(self, images: tf.Tensor, step: tf.Tensor | None = None) -> tf.Tensor:
        """Embeddings float32 (B, D) of images uint8 (B, height, width).

        ``step`` is the optimiser's step in training, which determines the dropout; None otherwise.
        """
        values = tf.cast(images, tf.float32)[..., None] / 255.0
        values = self.pool(self.conv2(self.conv1(values)))
        return self.dense(self.dropout(self.flatten(values), step=step))


def build(
    network: EmbeddingNetwork, loss: Loss | None, image_shape: tuple[int, ...]
) -> list[tf.Variable]:
    """Create all weights of ``network`` and ``loss`` and return them, network first."""
    if min(image_shape) < 6:
        raise DiscernError(f"images of {image_shape} pixels are too small: 6 × 6 at least")
    embeddings = network(tf.zeros((2, *image_shape), tf.uint8))
    if loss is None:
        return list(network.weights)
    loss(embeddings, tf.constant([0, 1]))
    return [*network.weights, *loss.weights]


def named_weights(weights: list[tf.Variable]) -> dict[str, np.ndarray]:
    """The values of ``weights`` by name, as a checkpoint holds them."""
    values = {weight.name.removesuffix(":0"): weight.numpy() for weight in weights}
    if len(values) != len(weights):
        raise ValueError("two weights share a name")
    return values


def assign_weights(weights: list[tf.Variable], values: dict[str, np.ndarray], source: Path) -> None:
    """Set each of ``weights`` from ``values``, which must hold exactly these names.

    Raises:
        Damaged: when names or shapes differ; ``source`` is the file that the values come from.
    """
    expected = {weight.name.removesuffix(":0"): tuple(weight.shape) for weight in weights}
    found = {name: value.shape for name, value in values.items()}
    for name in sorted(expected | found):
        shape, wanted = found.get(name, "nothing"), expected.get(name, "nothing")
        if shape != wanted:
            raise Damaged(source, f"does not fit the network ({name}: {shape} instead of {wanted})")
    for weight in weights:
        weight.assign(values[weight.name.removesuffix(":0")])
