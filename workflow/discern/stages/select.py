"""Select the epoch with the lowest validation loss. The test images play no part in it."""

from __future__ import annotations

import argparse
import csv
import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from discern.errors import DiscernError
from discern.files import read_arrays, write_arrays, write_json
from discern.schedule import best_epoch
from discern.stage import StageParser, run_stage

log = logging.getLogger("discern")


def select(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the weights of the best epoch, and the reason."""
    losses = read_validation_losses(arguments.history)
    epoch = best_epoch(losses)
    checkpoint = arguments.checkpoints / f"epoch-{epoch:04d}.npz"
    write_arrays(arguments.weights, read_arrays(checkpoint))
    reason = {
        "epoch": epoch,
        "validation_loss": losses[epoch - 1],
        "checkpoint": checkpoint.name,
        "epochs": len(losses),
        "rule": "the first epoch with the lowest validation loss",
    }
    write_json(arguments.reason, reason)
    log.info("select: epoch %d of %d, validation loss %.4f", epoch, len(losses), losses[epoch - 1])
    return {}


def read_validation_losses(path: Path) -> list[float]:
    """The validation losses of a training's history, in order.

    Raises:
        DiscernError: when the file is empty, lacks a column, skips an epoch or holds something
            that is not a finite number.
    """
    remedy = "delete it to have it made again"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise DiscernError(f"{path} does not exist; run the train stage") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DiscernError(f"{path} is not a CSV file ({error}); {remedy}") from None
    if not rows:
        raise DiscernError(f"{path} holds no epoch; {remedy}")
    losses = []
    for number, row in enumerate(rows, start=1):
        try:
            epoch, loss = int(row["epoch"]), float(row["validation_loss"])
        except (KeyError, TypeError, ValueError):
            raise DiscernError(
                f"{path}, line {number + 1}: no whole 'epoch' and numeric 'validation_loss' there; "
                f"{remedy}"
            ) from None
        if epoch != number or not math.isfinite(loss):
            raise DiscernError(
                f"{path}, line {number + 1}: epoch {epoch} with validation loss {loss}, where "
                f"epoch {number} and a finite number belong; {remedy}"
            )
        losses.append(loss)
    return losses


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("select", __doc__)
    parser.input("--history", help="CSV: a row per epoch")
    parser.input("--checkpoints", help="folder: the weights after each best epoch so far")
    parser.output("--weights", help="npz: the weights of the best epoch")
    parser.output("--reason", help="JSON: epoch, validation loss, checkpoint")
    return run_stage(parser, select, argv)


if __name__ == "__main__":
    sys.exit(main())
