"""The original's layers, and what they compute with SciPy's correlation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import correlate2d

from discern.training.network import EmbeddingNetwork, build, named_weights
from discern.training.settings import NetworkSettings


def built(shape=(9, 8), dim=5, activation="linear"):
    """A network and all weights."""
    network = EmbeddingNetwork(NetworkSettings(dim, activation, 0.25, "original"), seed=0)
    return network, build(network, None, shape)


def convolution(channels, kernel, bias):
    """ReLU of the valid correlation, channels (H, W, in), kernel (3, 3, in, out), in float64."""
    sums = [
        sum(correlate2d(*pair, mode="valid") for pair in zip(channels.T, filters.T, strict=True))
        for filters in np.moveaxis(kernel, -1, 0)
    ]
    return np.maximum(np.moveaxis(sums, 0, -1).swapaxes(0, 1) + bias, 0)


def pooled_by_hand(image, values):
    """What the max-pooling gives for one image, (H', W', 64)."""
    channels = image[..., None].astype(np.float64) / 255
    for name in ("conv1", "conv2"):
        kernel, bias = (
            values[f"network/{name}/{part}"].astype(np.float64) for part in ("kernel", "bias")
        )
        channels = convolution(channels, kernel, bias)
    height, width = channels.shape[0] // 2, channels.shape[1] // 2
    quarters = [
        channels[y : 2 * height : 2, x : 2 * width : 2]
        for y, x in itertools.product(range(2), repeat=2)
    ]
    return np.max(quarters, axis=0)


def test_the_layers_have_the_shapes_that_can_be_worked_out_by_hand():
    network, weights = built((28, 28), dim=128)
    assert {name: value.shape for name, value in named_weights(weights).items()} == {
        "network/conv1/kernel": (3, 3, 1, 32),
        "network/conv1/bias": (32,),
        "network/conv2/kernel": (3, 3, 32, 64),
        "network/conv2/bias": (64,),
        "network/embedding/kernel": (12 * 12 * 64, 128),  # 28 - 2 - 2 = 24, halved
        "network/embedding/bias": (128,),
    }
    assert {value.dtype for value in named_weights(weights).values()} == {np.dtype(np.float32)}
    counts = [3 * 3 * 1 * 32 + 32, 3 * 3 * 32 * 64 + 64, 12 * 12 * 64 * 128 + 128]
    assert counts[:2] == [320, 18_496]
    assert sum(int(tf.size(weight)) for weight in network.trainable_weights) == sum(counts)


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_the_embedding_is_what_scipys_correlation_and_a_matrix_product_give(activation):
    network, weights = built(activation=activation)
    random = np.random.default_rng(0)
    for weight in weights:
        weight.assign(random.normal(0, 0.3, weight.shape))
    values = named_weights(weights)
    images = random.integers(0, 256, (3, 9, 8), dtype=np.uint8)
    pooled = np.stack([pooled_by_hand(image, values) for image in images])
    assert pooled.shape == (3, 2, 2, 64)
    expected = pooled.reshape(3, -1) @ values["network/embedding/kernel"].astype(np.float64)
    expected += values["network/embedding/bias"]
    assert (expected < 0).any()
    if activation == "relu":
        expected = np.maximum(expected, 0)
    found = network(tf.constant(images))
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_initial_weights_are_glorot_uniform_and_biases_zero():
    values = named_weights(built((28, 28), dim=128)[1])
    fans = {"conv1": (9, 9 * 32), "conv2": (9 * 32, 9 * 64), "embedding": (12 * 12 * 64, 128)}
    starts = []
    for name, (fan_in, fan_out) in fans.items():
        kernel = values[f"network/{name}/kernel"]
        limit = np.sqrt(6 / (fan_in + fan_out))
        assert 0.95 * limit < np.abs(kernel).max() <= limit
        assert abs(kernel.std() / (limit / np.sqrt(3)) - 1) < 0.1
        starts.append(kernel.ravel()[:200] / limit)
        assert not values[f"network/{name}/bias"].any()
    for one, other in itertools.combinations(starts, 2):
        assert np.abs(np.corrcoef(one, other)[0, 1]) < 0.3  # no two from the same numbers


def test_the_smallest_images_leave_one_place_to_the_last_layer():
    _, weights = built((6, 6))
    assert named_weights(weights)["network/embedding/kernel"].shape == (64, 5)
