"""The network of the comparison that this project reproduces: two convolutions."""

from __future__ import annotations

import tensorflow as tf

from discern.networks.shared.description import NetworkDescription
from discern.networks.shared.layers import convolution

description = NetworkDescription(
    title="Original",
    summary="conv 3×3×32 – conv 3×3×64 – max-pooling 2",
    references=("Discriminating Power of Different Loss Functions on MNIST",),
    smallest_image=6,
)


def layers(seed: int) -> list[tf.keras.layers.Layer]:
    """Two convolutions with ReLU and a max-pooling."""
    return [
        convolution(32, 3, seed, "conv1", activation="relu"),
        convolution(64, 3, seed, "conv2", activation="relu"),
        tf.keras.layers.MaxPooling2D(2),
    ]
