"""The residual network is what its paper writes, computed in NumPy; its statistics move."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from discern.training.network import EmbeddingNetwork, build, named_weights
from discern.training.settings import NetworkSettings

IMAGES = np.random.default_rng(5).integers(0, 256, (4, 7, 10, 3), dtype=np.uint8)


@pytest.fixture
def network():
    """A network in which no weight is what it starts with."""
    network = EmbeddingNetwork(NetworkSettings(5, "linear", 0.0, "resnet"), seed=1)
    random = np.random.default_rng(2)
    for weight in build(network, None, IMAGES.shape[1:]):
        weight.assign(np.abs(random.normal(0.3, 0.3, weight.shape)) * random.choice([-1, 1]))
        if "variance" in weight.name:
            weight.assign(np.abs(weight))
    return network


class Plain:
    """The network of a paper's eye: loops and float64, without TensorFlow."""

    def __init__(self, network, training):
        self.values = {n: v.astype(np.float64) for n, v in named_weights(network.weights).items()}
        self.training = training
        self.moved = {}

    def weight(self, name):
        return self.values[f"network/{name}"]

    def convolution(self, x, name, stride=1):
        """3 × 3; the image is padded so that each stride has an output pixel."""
        size = [-(-side // stride) for side in x.shape[1:3]]
        pads = [
            max((out - 1) * stride + 3 - side, 0)
            for out, side in zip(size, x.shape[1:3], strict=True)
        ]
        x = np.pad(x, [(0, 0), *((pad // 2, pad - pad // 2) for pad in pads), (0, 0)])
        found = np.empty((len(x), *size, self.weight(f"{name}/kernel").shape[-1]))
        for row in range(size[0]):
            for column in range(size[1]):
                part = x[:, row * stride :, column * stride :][:, :3, :3]
                found[:, row, column] = np.tensordot(part, self.weight(f"{name}/kernel"), 3)
        return found

    def normalisation(self, x, name):
        mean, variance = (self.weight(f"{name}/moving_{part}") for part in ("mean", "variance"))
        if self.training:
            flat = x.reshape(-1, x.shape[-1])
            for part, old, new in (
                ("mean", mean, flat.mean(axis=0)),
                ("variance", variance, flat.var(axis=0, ddof=1)),
            ):
                self.moved[f"network/{name}/moving_{part}"] = 0.9 * old + 0.1 * new
            mean, variance = flat.mean(axis=0), flat.var(axis=0)
        scaled = (x - mean) / np.sqrt(variance + 1e-3)
        return scaled * self.weight(f"{name}/gamma") + self.weight(f"{name}/beta")

    def block(self, x, name, stride):
        residual = self.normalisation(self.convolution(x, f"{name}/conv1", stride), f"{name}/norm1")
        residual = np.maximum(residual, 0)
        residual = self.normalisation(self.convolution(residual, f"{name}/conv2"), f"{name}/norm2")
        residual[..., : x.shape[-1]] += x[:, ::stride, ::stride]
        return np.maximum(residual, 0)

    def embeddings(self, images):
        x = self.convolution(images / 255, "conv")
        x = np.maximum(self.normalisation(x, "norm"), 0)
        for name, stride in (("block1", 1), ("block2", 2), ("block3", 2)):
            x = self.block(x, name, stride)
        mean = x.mean(axis=(1, 2))
        return mean @ self.weight("embedding/kernel") + self.weight("embedding/bias")


@pytest.mark.parametrize("step", [None, 3])
def test_it_is_the_network_of_the_paper_in_validation_and_in_training(network, step):
    plain = Plain(network, training=step is not None)
    expected = plain.embeddings(IMAGES)
    found = network(tf.constant(IMAGES), step=None if step is None else tf.constant(step))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_statistics_move_a_tenth_of_the_way_with_a_step_of_training_alone(network):
    before = named_weights(network.weights)
    network(tf.constant(IMAGES))
    for name, value in named_weights(network.weights).items():
        np.testing.assert_array_equal(value, before[name])
    plain = Plain(network, training=True)
    plain.embeddings(IMAGES)
    network(tf.constant(IMAGES), step=tf.constant(0))
    moved = {n: v for n, v in named_weights(network.weights).items() if (v != before[n]).any()}
    assert set(moved) == set(plain.moved) == {name for name in before if "moving" in name}
    for name, value in moved.items():
        expected = plain.moved[name]
        np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_statistics_are_weights_that_no_gradient_changes(network):
    trainable = {weight.name for weight in network.trainable_weights}
    names = {weight.name for weight in network.weights}
    assert {name for name in names if "moving" in name} == names - trainable


def test_its_weights_are_counted_as_in_the_paper():
    network = EmbeddingNetwork(NetworkSettings(10, "linear", 0.0, "resnet"), seed=0)
    build(network, None, (32, 32, 3))
    kernels = [w for w in network.trainable_weights if "kernel" in w.name]
    assert len(kernels) == 6 * 1 + 2
    assert sum(int(tf.size(kernel)) for kernel in kernels) == (
        9 * (3 * 16 + 2 * 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64) + 64 * 10
    )
