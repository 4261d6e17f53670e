"""Seeds by purpose, and dropout that is a pure function of seed and step."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


class Dropout(tf.keras.layers.Layer):
    """Inverted dropout whose mask is a pure function of (seed, step).

    Keras' own layer draws from a generator with hidden state, so a resumed training would use
    different masks.

    Args:
        rate: the fraction of values set to zero, in [0, 1).
        seed: gives each layer its own masks.
    """

    def __init__(self, rate: float, seed: int) -> None:
        super().__init__(name="dropout")
        self.rate = rate
        self.seed = seed

    def call(self, values: tf.Tensor, step: tf.Tensor | None = None) -> tf.Tensor:
        """``values`` with dropout at ``step``, or unchanged when ``step`` is None."""
        if step is None or not self.rate:
            return values
        seed = tf.stack([tf.constant(self.seed, tf.int32), tf.cast(step, tf.int32)])
        return tf.nn.experimental.stateless_dropout(values, self.rate, seed, rng_alg="philox")


def stream(seed: int, name: str) -> int:
    """A 31-bit seed for the purpose ``name``, independent of the seeds for other purposes."""
    entropy = [seed, *name.encode()]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)
