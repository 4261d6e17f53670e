"""The network as a plain Keras model, to compare with."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def plain_embeddings(weights, images, activation="linear"):
    """What the network with a checkpoint's ``weights`` has to give for ``images``."""
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Conv2D(32, 3, activation="relu", input_shape=(*images.shape[1:], 1)),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(weights["network/embedding/bias"].size, activation=activation),
        ]
    )
    model.set_weights(
        [
            weights[f"network/{layer}/{part}"]
            for layer in ("conv1", "conv2", "embedding")
            for part in ("kernel", "bias")
        ]
    )
    return model(images[..., None].astype(np.float32) / 255).numpy()
