"""Select the epoch with the lowest validation loss. The test images play no part in it.

The training's state is removed here and not by the training itself, whose outputs Snakemake takes
back when it is killed before it has noticed the training's end.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from discern.files import read_arrays, write_arrays, write_json
from discern.history import checkpoint_name, read_history
from discern.schedule import best_epoch
from discern.stage import StageParser, run_stage

log = logging.getLogger("discern")


def select(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the weights of the best epoch, and the reason."""
    losses = read_history(arguments.history).validation_losses
    epoch = best_epoch(losses)
    checkpoint = arguments.checkpoints / checkpoint_name(epoch)
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


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("select", __doc__)
    parser.input("--history", help="CSV: a row per epoch")
    parser.input("--checkpoints", help="folder: the weights after each best epoch so far")
    parser.output("--weights", help="npz: the weights of the best epoch")
    parser.output("--reason", help="JSON: epoch, validation loss, checkpoint")
    parser.add_argument(
        "--resume", type=Path, help="folder with the training's state, which is no longer needed"
    )
    return run_stage(parser, select, argv, afterwards=_remove_state)


def _remove_state(arguments: argparse.Namespace) -> None:
    if arguments.resume:
        shutil.rmtree(arguments.resume, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
