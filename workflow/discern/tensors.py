"""How TensorFlow is to compute: the same bits every time."""

from __future__ import annotations

import tensorflow as tf


def configure(threads: int) -> None:
    """Deterministic operations on ``threads`` threads; call it before any computation.

    Sums depend on the number of threads that share them (1, 2, 3 and 4 give four different sets of
    weights), so it is set here and never left to the machine.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)  # others may use the card too
