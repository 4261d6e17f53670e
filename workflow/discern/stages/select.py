"""Rule ``select``: the epoch whose weights are kept."""

from __future__ import annotations

import logging
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from discern.stages.command import Stage
from discern.stages.options import aside, reads, writes

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Select(Stage):
    """Select the epoch with the lowest validation loss. The test images are not used.

    This stage removes the training's state; the training itself does not. If Snakemake is killed
    before it notices that a training has ended, it deletes the training's outputs.
    """

    history: Path = reads("CSV: a line per epoch")
    checkpoints: Path = reads("folder: the weights after each epoch that was the best so far")
    weights: Path = writes("npz: the weights after the selected epoch")
    selection: Path = writes("JSON: epoch, validation loss, checkpoint and the rule")
    unfinished: Path | None = aside("folder: the training's state, to be removed", default=None)

    def work(self) -> None:
        """Write the weights of the selected epoch, and the reason for its selection."""
        from discern.files import read_arrays, write_arrays, write_json
        from discern.training.history import checkpoint_name, read_history
        from discern.training.schedule import best_epoch

        losses = read_history(self.history).validation_losses
        epoch = best_epoch(losses)
        checkpoint = self.checkpoints / checkpoint_name(epoch)
        write_arrays(self.weights, read_arrays(checkpoint))
        reason = {
            "epoch": epoch,
            "validation_loss": losses[epoch - 1],
            "checkpoint": checkpoint.name,
            "epochs": len(losses),
            "rule": "the first epoch with the lowest validation loss",
        }
        write_json(self.selection, reason)
        log.info(
            "select: epoch %d of %d, validation loss %.4f", epoch, len(losses), losses[epoch - 1]
        )

    def clean_up(self) -> None:
        """Remove the training's state, which is no longer needed."""
        if self.unfinished:
            shutil.rmtree(self.unfinished, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(Select.main())
