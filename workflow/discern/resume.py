"""The state of an unfinished training, from which it goes on as if it had never stopped."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from discern.errors import DiscernError
from discern.files import read_arrays, write_arrays, write_bytes
from discern.history import COLUMNS, History, checkpoint_name
from discern.network import assign_weights, named_weights
from discern.training import Trainer

log = logging.getLogger("discern")


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep ``folder`` to this process; the system lets it go however the process ends.

    Where Snakemake was killed alone, its training goes on, and another one started beside it would
    take the checkpoints of both for its own.

    Raises:
        DiscernError: when another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DiscernError(
                f"{folder}: another process still trains there; wait for its end, or end it, and "
                "run the same command again"
            ) from None
        except OSError as error:
            # Some network file systems lock no folders.
            if error.errno not in (errno.EBADF, errno.ENOLCK, errno.EINVAL, errno.ENOTSUP):
                raise
        yield
    finally:
        os.close(descriptor)


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
            return self._start_again(error)
        if str(arrays["fingerprint"]) != self.fingerprint:
            return self._start_again(
                f"{self.folder} belongs to another configuration, data set or version of the code"
            )
        history = History(collapsed=arrays["collapsed"].tolist())
        for values in arrays["history"]:
            row = dict(zip(COLUMNS, values.tolist(), strict=True))
            history.rows.append(row | {"epoch": int(row["epoch"])})
        try:
            for epoch in history.best_epochs:
                read_arrays(self.checkpoints / checkpoint_name(epoch))
        except DiscernError as error:
            return self._start_again(error)
        prefix = "weights/"
        weights = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
        assign_weights(trainer.weights, weights, str(self.state))
        moments = [arrays[f"optimizer/{i}"] for i in range(len(trainer.optimizer.weights))]
        trainer.optimizer.set_weights(moments)
        return history

    def _start_again(self, reason: object) -> History:
        log.warning("%s; training starts again", reason)
        self.discard()
        return History()

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
            name = checkpoint_name(epoch)
            write_bytes(unfinished / name, (self.checkpoints / name).read_bytes())
        unfinished.rename(target)

    def discard(self) -> None:
        """Remove the state."""
        shutil.rmtree(self.folder, ignore_errors=True)
