"""A residual network for images of about 32 × 32 pixels, grey or coloured."""

from __future__ import annotations

import tensorflow as tf

from discern.networks.shared.description import NetworkDescription
from discern.networks.shared.layers import convolution
from discern.randomness import stream

description = NetworkDescription(
    title="ResNet-8",
    summary="conv 3×3×16 – residual blocks of two conv 3×3 each with 16, 32 and 64 filters, the "
    "last two with stride 2 – mean over pixels; batch normalisation after each conv",
    references=(
        "He et al.: Deep Residual Learning for Image Recognition, CVPR, 2016, arXiv:1512.03385",
    ),
    smallest_image=4,
)


def layers(seed: int) -> list[tf.keras.layers.Layer]:
    """The network of the paper's section 4.2 with n = 1: 6n + 2 layers, the last one the embedding.

    An epoch on a processor takes about as long as the original's; n = 3 takes three times as long.
    """
    return [
        convolution(16, 3, seed, "conv", padding="same", use_bias=False),
        _normalisation("norm"),
        tf.keras.layers.ReLU(),
        Block(16, 1, stream(seed, "block1"), "block1"),
        Block(32, 2, stream(seed, "block2"), "block2"),
        Block(64, 2, stream(seed, "block3"), "block3"),
        tf.keras.layers.GlobalAveragePooling2D(),
    ]


class Block(tf.keras.layers.Layer):
    """A residual block (arXiv:1512.03385, figure 2 and eq. 1): ReLU(F(x) + x).

    F is conv – batch normalisation – ReLU – conv – batch normalisation. Where F halves the image
    and has more channels, x is subsampled and padded with zero channels (option A).

    Args:
        filters: the channels of its output, at least those of its input.
        stride: of the first convolution and of the subsampling.
        seed: determines the initial weights.
        name: the layer's name.
    """

    def __init__(self, filters: int, stride: int, seed: int, name: str) -> None:
        super().__init__(name=name)
        self.filters = filters
        self.stride = stride
        self.conv1 = convolution(
            filters, 3, seed, "conv1", strides=stride, padding="same", use_bias=False
        )
        self.norm1 = _normalisation("norm1")
        self.conv2 = convolution(filters, 3, seed, "conv2", padding="same", use_bias=False)
        self.norm2 = _normalisation("norm2")

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Float32 (B, H, W, C) to (B, ⌈H / stride⌉, ⌈W / stride⌉, filters)."""
        residual = tf.nn.relu(self.norm1(self.conv1(values)))
        residual = self.norm2(self.conv2(residual))
        more = self.filters - values.shape[-1]
        shortcut = tf.pad(values[:, :: self.stride, :: self.stride], [[0, 0]] * 3 + [[0, more]])
        return tf.nn.relu(residual + shortcut)


def _normalisation(name: str) -> tf.keras.layers.BatchNormalization:
    # Keras' momentum of 0.99 would still remember the initial statistics after an epoch.
    return tf.keras.layers.BatchNormalization(momentum=0.9, name=name)
