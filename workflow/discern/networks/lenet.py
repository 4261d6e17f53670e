"""LeNet-5 with today's activation and pooling: an epoch takes seconds on a processor."""

from __future__ import annotations

import tensorflow as tf

from discern.networks.shared.description import NetworkDescription
from discern.networks.shared.layers import convolution, dense

description = NetworkDescription(
    title="LeNet-5",
    summary="conv 5×5×6, padded – max-pooling 2 – conv 5×5×16 – max-pooling 2 – dense 120 – "
    "dense 84",
    references=(
        "LeCun et al.: Gradient-based learning applied to document recognition, Proceedings of "
        "the IEEE, 1998",
    ),
    smallest_image=12,
)


def layers(seed: int) -> list[tf.keras.layers.Layer]:
    """The layers C1 to F6 of the paper's section II.B, with ReLU and max-pooling.

    C1 pads the image by two pixels, as the paper does with MNIST's.
    """
    return [
        convolution(6, 5, seed, "conv1", activation="relu", padding="same"),
        tf.keras.layers.MaxPooling2D(2),
        convolution(16, 5, seed, "conv2", activation="relu"),
        tf.keras.layers.MaxPooling2D(2),
        tf.keras.layers.Flatten(),
        dense(120, seed, "dense1", activation="relu"),
        dense(84, seed, "dense2", activation="relu"),
    ]
