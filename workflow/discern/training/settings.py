"""Settings of network and batches, readable without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Accelerator = Literal["cpu", "gpu"]


@dataclass(frozen=True)
class NetworkSettings:
    """The settings of the network.

    Attributes:
        embedding_dim: the embedding's width D.
        embedding_activation: the activation of the embedding's layer.
        dropout: the fraction dropped before the embedding's layer.
        name: the layers before it: a module of :mod:`discern.networks`.
    """

    embedding_dim: int
    embedding_activation: Literal["linear", "relu"]
    dropout: float
    name: str = "original"


@dataclass(frozen=True)
class BatchSettings:
    """The settings of mini-batches.

    Attributes:
        sampler: ``grouped`` or ``shuffled``.
        size: images in a batch.
        samples: images of each class in a batch, if grouped.
        steps_per_epoch: batches in an epoch; None: as many as the training images fill.
    """

    sampler: Literal["grouped", "shuffled"]
    size: int
    samples: int
    steps_per_epoch: int | None = None


def imported_by_name(loss: str, network: NetworkSettings | None) -> list[str]:
    """The modules that a training imports by computed names: its loss and its network, if any."""
    return [f"discern.losses.{loss}", *([f"discern.networks.{network.name}"] if network else [])]
