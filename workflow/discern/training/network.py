"""The embedding network: an interchangeable body, and the embedding layer behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from discern import networks
from discern.errors import Damaged, DiscernError
from discern.losses.shared.base import Loss
from discern.networks.shared.catalogue import descriptions
from discern.networks.shared.layers import dense, dropout
from discern.randomness import Dropout
from discern.training.settings import NetworkSettings


class EmbeddingNetwork(tf.keras.Model):
    """Images / 255 – the layers of :mod:`discern.networks` – dropout – dense D.

    Args:
        settings: which network, embedding width, activation and dropout.
        seed: determines initial weights and dropout, which are the same for every loss.
    """

    def __init__(self, settings: NetworkSettings, seed: int) -> None:
        super().__init__(name="network")
        self.settings = settings
        self.body = networks.create(settings.name, seed)
        self.dropout = dropout(settings.dropout, seed, "network")
        self.flatten = tf.keras.layers.Flatten()
        self.dense = dense(
            settings.embedding_dim, seed, "embedding", activation=settings.embedding_activation
        )

    def __call__(self, images: tf.Tensor, step: tf.Tensor | None = None) -> tf.Tensor:
        """Embeddings float32 (B, D) of images uint8 (B, height, width) or (B, height, width, C).

        ``step`` is the optimiser's step in training, which determines the dropout; None otherwise.
        """
        # Keras tells ``training`` to all layers within, of which batch normalisation asks for it.
        return super().__call__(images, step=step, training=step is not None)

    def call(self, images: tf.Tensor, step: tf.Tensor | None, training: bool) -> tf.Tensor:
        """As :meth:`__call__`."""
        del training
        values = tf.cast(images, tf.float32)
        values = (values if images.shape.rank == 4 else values[..., None]) / 255.0
        for layer in self.body:
            values = layer(values, step=step) if isinstance(layer, Dropout) else layer(values)
        return self.dense(self.dropout(self.flatten(values), step=step))


def build(
    network: EmbeddingNetwork, loss: Loss | None, image_shape: tuple[int, ...]
) -> list[tf.Variable]:
    """Create all weights of ``network`` and ``loss`` and return them, network first.

    Args:
        network: the network.
        loss: the loss; None: the network alone.
        image_shape: height and width, and channels if images have that axis.

    Raises:
        DiscernError: when the images are too small for the network.
    """
    name = network.settings.name
    smallest = descriptions()[name].smallest_image
    height, width = image_shape[:2]
    if min(height, width) < smallest:
        raise DiscernError(
            f"images of {height} × {width} pixels are too small for the network '{name}', which "
            f"needs {smallest} × {smallest} at least; choose another network.name"
        )
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
