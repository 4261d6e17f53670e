"""Margins that are added to an angle, computed from its cosine."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import EPSILON


def turned(cosines: tf.Tensor, angles: tf.Tensor) -> tf.Tensor:
    """cos(θ + φ) of cos θ (B,) and φ (B,), in radians; the slope is finite at θ = 0 and π."""
    # The derivative of sin θ with respect to cos θ is infinite there.
    sines = tf.sqrt(tf.maximum(1.0 - tf.square(cosines), EPSILON))
    return cosines * tf.cos(angles) - sines * tf.sin(angles)


def with_added_angle(cosines: tf.Tensor, margins: tf.Tensor) -> tf.Tensor:
    """cos(θ + m) of cos θ (B,) and m in [0, π], in radians, a scalar or (B,).

    Beyond θ + m = π, where the cosine would rise again, it is cos θ − m sin m, as in the authors'
    code of arXiv:1801.07698.
    """
    beyond = cosines - margins * tf.sin(margins)
    return tf.where(cosines >= -tf.cos(margins), turned(cosines, margins), beyond)
