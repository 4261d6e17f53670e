"""LeNet has the sizes of its paper, and computes what a plain Keras model does."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from discern.training.network import EmbeddingNetwork, build, named_weights
from discern.training.settings import NetworkSettings

SETTINGS = NetworkSettings(10, "linear", 0.25, "lenet")


def test_its_weights_are_counted_as_in_the_paper():
    network = EmbeddingNetwork(SETTINGS, seed=0)
    values = named_weights(build(network, None, (28, 28)))
    # C1 156; C3 with every map connected to every map; C5 48,120; F6 10,164: section II.B
    counts = {"conv1": 156, "conv2": 2_416, "dense1": 48_120, "dense2": 10_164, "embedding": 850}
    for layer, count in counts.items():
        assert sum(v.size for n, v in values.items() if n.split("/")[1] == layer) == count
    assert sum(value.size for value in values.values()) == sum(counts.values())


def test_it_computes_what_a_plain_model_with_its_weights_does():
    network = EmbeddingNetwork(SETTINGS, seed=0)
    weights = build(network, None, (28, 28))
    random = np.random.default_rng(0)
    for weight in weights:
        weight.assign(random.normal(0, 0.2, weight.shape))
    layers = tf.keras.layers
    plain = tf.keras.Sequential(
        [
            layers.ZeroPadding2D(2, input_shape=(28, 28, 1)),
            layers.Conv2D(6, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(120, 5, activation="relu"),  # C5 is a convolution that fills its input
            layers.Flatten(),
            layers.Dense(84, activation="relu"),
            layers.Dense(10),
        ]
    )
    for weight, value in zip(plain.weights, weights, strict=True):
        weight.assign(tf.reshape(value, weight.shape))
    images = random.integers(0, 256, (5, 28, 28), dtype=np.uint8)
    expected = plain(images[..., None].astype(np.float32) / 255)
    np.testing.assert_allclose(network(tf.constant(images)), expected, rtol=1e-4, atol=1e-3)
