"""The losses, one module each; :func:`create` makes a loss by its name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from discern.errors import DiscernError
from discern.losses.shared.catalogue import descriptions

if TYPE_CHECKING:
    from discern.losses.shared.base import Loss


def create(
    name: str, *, classes: int, embedding_dim: int, seed: int = 0, **parameters: float | int | str
) -> Loss:
    """The loss ``name`` as a Keras layer, called with embeddings (B, D) and labels (B,).

    Args:
        name: the loss's file name without its ending.
        classes: the number of classes C; labels are 0 … C - 1.
        embedding_dim: the embeddings' width D.
        seed: determines the initial values of its weights and its dropout.
        parameters: of the loss; those left out have the defaults of its description.

    Raises:
        DiscernError: for a loss that does not exist or has nothing to train.
        TypeError: for a parameter that the loss does not have.
    """
    known = descriptions()
    if name not in known or not known[name].trained:
        trained = ", ".join(sorted(n for n, loss in known.items() if loss.trained))
        raise DiscernError(f"there is no loss '{name}' to train; choose one of {trained}")
    unknown = set(parameters) - set(known[name].parameters)
    if unknown:
        raise TypeError(f"{name} has no parameter {', '.join(sorted(unknown))}")
    module = importlib.import_module(f"discern.losses.{name}")
    loss: Loss = module.loss(
        classes=classes,
        embedding_dim=embedding_dim,
        seed=seed,
        **known[name].complete(parameters),
    )
    return loss
