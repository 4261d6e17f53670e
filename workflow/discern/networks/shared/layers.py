"""Layers whose randomness follows from a seed and the layer's name."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from discern.randomness import Dropout, stream


def convolution(
    filters: int, size: int, seed: int, name: str, **further: Any
) -> tf.keras.layers.Conv2D:
    """A convolution of ``size`` × ``size`` pixels; ``further`` are arguments of Keras' layer.

    Layers of one ``seed`` need different names, or they start from the same random numbers.
    """
    return tf.keras.layers.Conv2D(
        filters, size, kernel_initializer=_glorot(seed, name), name=name, **further
    )


def dense(units: int, seed: int, name: str, **further: Any) -> tf.keras.layers.Dense:
    """A fully connected layer, as :func:`convolution`."""
    return tf.keras.layers.Dense(
        units, kernel_initializer=_glorot(seed, name), name=name, **further
    )


def dropout(rate: float, seed: int, name: str) -> Dropout:
    """Dropout of the fraction ``rate``, whose masks follow from ``seed``, ``name`` and the step."""
    return Dropout(rate, stream(seed, name))


def _glorot(seed: int, name: str) -> tf.keras.initializers.Initializer:
    return tf.keras.initializers.GlorotUniform(stream(seed, name))
