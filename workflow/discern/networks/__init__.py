"""The networks, one module each; :func:`create` makes a network's layers by its name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from discern.errors import DiscernError
from discern.networks.shared.catalogue import descriptions

if TYPE_CHECKING:
    import tensorflow as tf


def create(name: str, seed: int) -> list[tf.keras.layers.Layer]:
    """The layers of the network ``name``, from rescaled images to what the embedding layer gets.

    They are called in this order with float32 values, first (B, height, width, channels).

    Args:
        name: the network's file name without its ending.
        seed: determines the initial weights and the dropout.

    Raises:
        DiscernError: for a network that does not exist.
    """
    if name not in descriptions():
        known = ", ".join(descriptions())
        raise DiscernError(f"there is no network '{name}'; choose one of {known}")
    module = importlib.import_module(f"discern.networks.{name}")
    layers: list[tf.keras.layers.Layer] = module.layers(seed)
    return layers
