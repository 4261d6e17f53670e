"""A stopped training goes on as if it had not been, or starts again and says why."""

from __future__ import annotations

import errno
import fcntl
import os

import numpy as np
import pytest

from discern.errors import DiscernError
from discern.files import read_arrays
from discern.training import resume as module
from discern.training.history import COLUMNS, History
from discern.training.resume import Resume, claimed
from training.scripted import ScriptedTrainer

LOSSES = [5.0, 4.0, 6.0, 3.0]
BEST = ["epoch-0001.npz", "epoch-0002.npz", "epoch-0004.npz"]


def train(resume, losses=LOSSES):
    """Have the state kept after each of some epochs; returns trainer and history."""
    trainer, history = ScriptedTrainer(losses), History(collapsed=[2])
    for epoch, loss in enumerate(losses, start=1):
        trainer.run_epoch(epoch, 0.001, lambda *said: None)
        row = (epoch, 1 / 3, loss, 7.5, 0.001, 1.25)
        history.rows.append(dict(zip(COLUMNS, row, strict=True)))
        resume.save(trainer, history)
    return trainer, history


def numbers_of(trainer):
    return [trainer.weights[0].numpy(), *trainer.optimizer.get_weights()]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def resume(tmp_path):
    return Resume(tmp_path / ".resume", "settings")


@pytest.fixture
def stopped(resume):
    """A state that was left after four epochs."""
    train(resume)
    return resume


def test_a_new_training_starts_with_an_empty_history_and_its_own_weights(resume, said):
    trainer = ScriptedTrainer(LOSSES)
    assert resume.load(trainer) == History()
    assert not trainer.weights[0].numpy().any()
    assert said == []


def test_a_training_goes_on_with_weights_moments_and_history(resume, said):
    trainer, history = train(resume)
    other = ScriptedTrainer(LOSSES)
    loaded = resume.load(other)
    assert loaded == history
    assert type(loaded.rows[0]["epoch"]) is int
    for found, expected, fresh in zip(
        numbers_of(other), numbers_of(trainer), numbers_of(ScriptedTrainer(LOSSES)), strict=True
    ):
        np.testing.assert_array_equal(found, expected, strict=True)
        assert (found != fresh).any()
    assert said == []


def test_an_epoch_that_improved_leaves_a_checkpoint_with_its_weights(stopped):
    assert names_in(stopped.checkpoints) == BEST
    for epoch in (1, 2, 4):  # the scripted weight counts the epochs
        weights = read_arrays(stopped.checkpoints / f"epoch-000{epoch}.npz")
        np.testing.assert_array_equal(weights["bias"], np.full(8, epoch, np.float32), strict=True)


def test_a_state_is_written_after_the_checkpoint_that_it_needs(resume, monkeypatch):
    written = []
    monkeypatch.setattr(module, "write_arrays", lambda path, arrays: written.append(path.name))
    train(resume, LOSSES[:3])
    assert written == ["epoch-0001.npz", "state.npz", "epoch-0002.npz", "state.npz", "state.npz"]


def flipped(content):
    changed = bytearray(content)
    changed[len(content) // 2] ^= 1
    return changed


DAMAGE = {
    "empty": lambda content: b"",
    "one byte": lambda content: content[:1],
    "a hundred bytes": lambda content: content[:100],
    "half": lambda content: content[: len(content) // 2],
    "all but one byte": lambda content: content[:-1],
    "a flipped bit": flipped,
}


def assert_starts_again(resume, said, why):
    """The state is not used and removed, and a warning says ``why``."""
    trainer = ScriptedTrainer(LOSSES)
    assert resume.load(trainer) == History()
    assert not resume.folder.exists()
    for found, fresh in zip(numbers_of(trainer), numbers_of(ScriptedTrainer(LOSSES)), strict=True):
        np.testing.assert_array_equal(found, fresh)
    (line,) = said
    assert why in line
    assert line.endswith("; training starts again")


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("file", ["state.npz", "checkpoints/epoch-0001.npz"])
def test_a_damaged_state_is_said_and_removed(stopped, said, file, damage):
    path = stopped.folder / file
    path.write_bytes(damage(path.read_bytes()))
    assert_starts_again(stopped, said, f"{path} is damaged")


def test_a_state_without_all_of_its_checkpoints_is_said_and_removed(stopped, said):
    (stopped.checkpoints / "epoch-0001.npz").unlink()
    assert_starts_again(stopped, said, "epoch-0001.npz does not exist")


def test_the_state_of_other_settings_is_said_and_removed(stopped, said):
    other = Resume(stopped.folder, "other settings")
    why = "belongs to another configuration, data set, device or version of the code"
    assert_starts_again(other, said, f"{stopped.folder} {why}")


def test_checkpoints_without_a_state_are_removed(stopped, said):
    stopped.state.unlink()
    assert stopped.load(ScriptedTrainer(LOSSES)) == History()
    assert not stopped.folder.exists()
    assert said == []


def test_the_checkpoints_of_the_best_epochs_alone_are_published(stopped, tmp_path):
    history = stopped.load(ScriptedTrainer(LOSSES)).up_to(3)
    stopped.publish(history, tmp_path / "made/checkpoints")
    assert names_in(tmp_path / "made/checkpoints") == BEST[:2]
    for name in BEST[:2]:
        expected = (stopped.checkpoints / name).read_bytes()
        assert (tmp_path / "made/checkpoints" / name).read_bytes() == expected
    assert names_in(stopped.checkpoints) == BEST


def test_checkpoints_of_an_earlier_training_are_replaced(stopped, tmp_path):
    for name in ("checkpoints", ".checkpoints.unfinished"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "epoch-0009.npz").write_bytes(b"another's")
    stopped.publish(stopped.load(ScriptedTrainer(LOSSES)), tmp_path / "checkpoints")
    assert names_in(tmp_path / "checkpoints") == BEST
    assert names_in(tmp_path) == [".resume", "checkpoints"]


def test_checkpoints_are_published_all_at_once_or_not_at_all(stopped, tmp_path):
    history = stopped.load(ScriptedTrainer(LOSSES))
    (stopped.checkpoints / BEST[-1]).unlink()
    with pytest.raises(FileNotFoundError):
        stopped.publish(history, tmp_path / "checkpoints")
    assert not (tmp_path / "checkpoints").exists()


def test_a_folder_is_claimed_by_one_process_until_its_end(tmp_path):
    folder = tmp_path / "train"
    with claimed(folder), pytest.raises(DiscernError) as refusal, claimed(folder):
        pass
    assert str(refusal.value) == (
        f"{folder}: another process still trains there; wait for its end, or end it, and run the "
        "same command again"
    )
    with claimed(folder):
        pass


def test_a_claim_leaves_no_file(tmp_path):
    with claimed(tmp_path):
        assert names_in(tmp_path) == [".lock"]
    assert names_in(tmp_path) == []


def test_a_refused_claim_leaves_the_owners_file(tmp_path):
    with claimed(tmp_path):
        with pytest.raises(DiscernError), claimed(tmp_path):
            pass
        with pytest.raises(DiscernError), claimed(tmp_path):
            pass


def test_a_file_that_its_owner_removed_before_it_was_locked_is_no_claim(tmp_path, monkeypatch):
    locked, flock = [], fcntl.flock

    def late(descriptor, operation):
        locked.append(descriptor)
        if len(locked) == 1:
            (tmp_path / ".lock").unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with claimed(tmp_path):
        assert len(locked) == 2
        with pytest.raises(DiscernError, match="another process"), claimed(tmp_path):
            pass


@pytest.mark.parametrize(
    "number", [errno.ENOSYS, errno.ENOLCK, errno.EINVAL, errno.ENOTSUP], ids=errno.errorcode.get
)
def test_a_file_system_without_locks_is_used_with_a_warning(tmp_path, monkeypatch, caplog, number):
    def refuse(descriptor, operation):
        raise OSError(number, "as some network file systems do")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with claimed(tmp_path):
        pass
    (warning,) = caplog.messages
    assert warning.startswith(f"{tmp_path}: this file system has no locks ({os.strerror(number)})")
    assert names_in(tmp_path) == []


def test_what_is_locked_is_open_for_writing(tmp_path, monkeypatch):
    """NFS refuses to lock anything else."""

    def nfs(descriptor, operation):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "not open for writing")

    monkeypatch.setattr(fcntl, "flock", nfs)
    with claimed(tmp_path):
        pass


def test_any_other_failure_to_lock_is_an_error(tmp_path, monkeypatch):
    def fail(descriptor, operation):
        raise OSError(errno.EIO, "a broken disk")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(OSError, match="a broken disk"), claimed(tmp_path):
        pass
