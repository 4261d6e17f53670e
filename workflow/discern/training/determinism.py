"""TensorFlow settings for bitwise reproducible results, on the processor or on a GPU."""

from __future__ import annotations

import os
from pathlib import Path

import tensorflow as tf

from discern.gpu.card import announce_compilation, require_card
from discern.gpu.libraries import describe, tensorflow_sees_no_card
from discern.provenance.machine import processor
from discern.training.settings import Accelerator


def configure(
    threads: int, accelerator: Accelerator = "cpu", *, tensor_float_32: bool = False
) -> str:
    """Use deterministic operations; call it before any computation. Returns the device's name.

    Sums depend on the number of threads that share them (1, 2, 3 and 4 threads give four different
    sets of weights), so the number is set here and does not depend on the machine.

    Args:
        threads: the number of the processor's threads.
        accelerator: ``cpu`` hides all GPUs, ``gpu`` uses the first one.
        tensor_float_32: whether a GPU may round the factors of products to 10 bits.

    Raises:
        DiscernError: for ``gpu`` when no GPU can be used; it names the cause.
    """
    if accelerator == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    tf.config.experimental.enable_tensor_float_32_execution(tensor_float_32)
    return processor() if accelerator == "cpu" else _use_card(tensor_float_32)


def _use_card(tensor_float_32: bool) -> str:
    card = require_card()
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        raise tensorflow_sees_no_card(card)
    tf.config.experimental.set_memory_growth(gpus[0], True)  # others may use the card too
    cache = os.environ.get("CUDA_CACHE_PATH")
    announce_compilation(card, Path(cache) if cache else None)
    return f"{describe(card)}, TF32 {'on' if tensor_float_32 else 'off'}"
