"""The state of an unfinished training, from which it continues as if never interrupted."""

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

from discern.errors import Damaged, DiscernError
from discern.files import read_arrays, write_arrays, write_bytes
from discern.training.history import COLUMNS, History, checkpoint_name
from discern.training.network import assign_weights, named_weights
from discern.training.trainer import Trainer

log = logging.getLogger("discern")

# What file systems without locks answer; Lustre, if mounted so, the first.
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EINVAL, errno.ENOTSUP)


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Lock ``folder`` for this process; the system releases it however the process ends.

    If Snakemake alone is killed, its training continues. A second training in the same folder would
    mix the checkpoints of both.

    Raises:
        DiscernError: when another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".lock"
    descriptor = _locked(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # still locked, so it is nobody else's
        os.close(descriptor)


def _locked(path: Path) -> int:
    """The descriptor of a file at ``path``, which is locked."""
    while True:
        # NFS locks only what is open for writing.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor, path.parent)
            if _is_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its owner has removed it since it was opened


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DiscernError(
            f"{folder}: another process still trains there; wait for its end, or end it, and "
            "run the same command again"
        ) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        log.warning(
            "%s: this file system has no locks (%s), so nothing prevents a second training in "
            "this folder",
            folder,
            os.strerror(error.errno),
        )


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


class Resume:
    """Weights, optimiser and history after the last complete epoch, and the checkpoints so far.

    Their folder is not an output of the stage, because Snakemake deletes the outputs of a failed
    job. No random generator's state is needed: batches and dropout follow from seed and step.

    Args:
        folder: where the state lies.
        fingerprint: of all that determines the result; a state with another fingerprint is
            discarded.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.state = folder / "state.npz"
        self.checkpoints = folder / "checkpoints"
        self.folder = folder
        self.fingerprint = fingerprint

    def load(self, trainer: Trainer) -> History:
        """Restore the state into ``trainer`` and return its history, empty without a state."""
        if not self.state.exists():
            self.discard()
            return History()
        try:
            arrays = read_arrays(self.state, "fingerprint", "history", "collapsed")
        except DiscernError as error:
            return self._start_again(error)
        if str(arrays["fingerprint"]) != self.fingerprint:
            return self._start_again(
                f"{self.folder} belongs to another configuration, data set, device or version of "
                "the code"
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
        assign_weights(trainer.weights, weights, self.state)
        moments = [arrays[f"optimizer/{i}"] for i in range(len(trainer.optimizer.weights))]
        trainer.optimizer.set_weights(moments)
        return history

    def _start_again(self, reason: object) -> History:
        fault = reason.fault if isinstance(reason, Damaged) else reason
        log.warning("%s; training starts again", fault)
        self.discard()
        return History()

    def save(self, trainer: Trainer, history: History) -> None:
        """Save the state after an epoch; if it was the best so far, first its checkpoint."""
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
        """Copy the checkpoints of the best epochs into the folder ``target``, in one step."""
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
