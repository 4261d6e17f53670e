"""The state of an unfinished training, from which it goes on as if it had never stopped."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np

from discern.errors import DiscernError
from discern.files import read_arrays, write_arrays
from discern.history import COLUMNS, History, checkpoint_name
from discern.network import assign_weights, named_weights
from discern.training import Trainer

log = logging.getLogger("discern")


class Resume:
    """Weights, optimiser and history after the last whole epoch, and the checkpoints so far.

    They lie in a folder that is no output of the stage, as Snakemake deletes the outputs of a job
    that failed. Nothing hides in a random generator: batches and dropout follow from seed and
    step.

    Args:
        folder: where it lies.
        fingerprint: of all that decides the result; a state with another one is not continued.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.state = folder / "state.npz"
        self.checkpoints = folder / "checkpoints"
        self.folder = folder
        self.fingerprint = fingerprint

    def load(self, trainer: Trainer) -> History:
        """Bring ``trainer`` to where it stopped and return its history, empty for a new start."""
        if not self.state.exists():
            self.discard()
            return History()
        try:
            arrays = read_arrays(self.state, "fingerprint", "history", "collapsed")
        except DiscernError as error:
            log.warning("%s; training starts again", error)
            self.discard()
            return History()
        if str(arrays["fingerprint"]) != self.fingerprint:
            log.warning(
                "%s belongs to another configuration, data set or version of the code; "
                "training starts again",
                self.folder,
            )
            self.discard()
            return History()
        prefix = "weights/"
        weights = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
        assign_weights(trainer.weights, weights, str(self.state))
        moments = [arrays[f"optimizer/{i}"] for i in range(len(trainer.optimizer.weights))]
        trainer.optimizer.set_weights(moments)
        history = History(collapsed=arrays["collapsed"].tolist())
        for values in arrays["history"]:
            row = dict(zip(COLUMNS, values.tolist(), strict=True))
            history.rows.append(row | {"epoch": int(row["epoch"])})
        return history

    def save(self, trainer: Trainer, history: History) -> None:
        """Keep the state after a whole epoch, its checkpoint first if it was the best."""
        weights = named_weights(trainer.weights)
        epoch = len(history.rows)
        if history.best_epochs[-1] == epoch:
            write_arrays(self.checkpoints / checkpoint_name(epoch), weights)
        state = {
            "fingerprint": np.array(self.fingerprint),
            "history": np.array([[row[name] for name in COLUMNS] for row in history.rows]),
            "collapsed": np.array(history.collapsed, np.int64),
        }
        state |= {f"weights/{name}": value for name, value in weights.items()}
        for i, value in enumerate(trainer.optimizer.get_weights()):
            state[f"optimizer/{i}"] = np.asarray(value)
        write_arrays(self.state, state)

    def publish(self, history: History, target: Path) -> None:
        """Give the folder ``target`` the checkpoints of the best epochs so far, all at once."""
        if target.exists():
            shutil.rmtree(target)
        unfinished = target.with_name(f".{target.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for epoch in history.best_epochs:
            shutil.copyfile(
                self.checkpoints / checkpoint_name(epoch), unfinished / checkpoint_name(epoch)
            )
        unfinished.rename(target)

    def discard(self) -> None:
        """Remove the state."""
        shutil.rmtree(self.folder, ignore_errors=True)
