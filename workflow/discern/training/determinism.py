"""TensorFlow settings for bitwise reproducible results."""

from __future__ import annotations

import tensorflow as tf


def configure(threads: int) -> None:
    """Use deterministic operations on ``threads`` threads; call it before any computation.

    Sums depend on the number of threads that share them (1, 2, 3 and 4 threads give four different
    sets of weights), so the number is set here and does not depend on the machine.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)  # others may use the card too


def device() -> str:
    """The name of the device that computes: the first GPU, or the processor."""
    found: str = (tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices())[0].name
    return found
