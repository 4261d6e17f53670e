"""The first epoch with the lowest validation loss is selected, and a damaged history is not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from discern.files import read_arrays, write_arrays
from discern.stages import select

HEADER = "epoch,loss,validation_loss,learning_rate,seconds\n"


@pytest.fixture
def run(tmp_path):
    """Runs the stage on a history's text, with a checkpoint for each epoch but ``missing``."""

    def run(history, missing=()):
        if history is not None:
            content = history if isinstance(history, bytes) else history.encode()
            (tmp_path / "history.csv").write_bytes(content)
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / "resume/checkpoints").mkdir(parents=True)
        (tmp_path / "resume/state.npz").write_bytes(b"state")
        for epoch in {*range(1, 13)} - {*missing}:
            weights = {"conv1/kernel": np.float32([epoch]), "a/b/c": np.arange(epoch)}
            write_arrays(tmp_path / "checkpoints" / f"epoch-{epoch:04d}.npz", weights)
        argv = ["--history", "history.csv", "--checkpoints", "checkpoints"]
        argv += ["--weights", "made/weights.npz", "--reason", "made/reason.json"]
        argv += ["--resume", "resume"]
        flags = [part if part.startswith("--") else str(tmp_path / part) for part in argv]
        return select.main(flags)

    run.made = tmp_path / "made"
    run.history = tmp_path / "history.csv"
    run.state = tmp_path / "resume/state.npz"
    return run


def history_of(*losses):
    rows = (f"{epoch},0.5,{loss},0.001,1.0\n" for epoch, loss in enumerate(losses, start=1))
    return HEADER + "".join(rows)


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [
        ((0.5,), 1),
        ((0.5, 0.4, 0.3), 3),
        ((0.5, 0.2, 0.3), 2),
        ((0.5, 0.2, 0.2, 0.2), 2),
        ((2, 10, 9, 1.9999999999999998, 2), 4),
        ((1e-3, 1e-4, "9.9e-05"), 3),
        ((0.5, -1.0, 0.0), 2),
        ((9, 8, 7, 6, 5, 4, 3, 2, 1, 0.5, 0.7), 10),
    ],
)
def test_the_first_epoch_with_the_lowest_validation_loss_is_selected(run, losses, epoch):
    assert run(history_of(*losses)) == 0
    reason = json.loads((run.made / "reason.json").read_text())
    assert reason == {
        "epoch": epoch,
        "validation_loss": float(losses[epoch - 1]),
        "checkpoint": f"epoch-{epoch:04d}.npz",
        "epochs": len(losses),
        "rule": "the first epoch with the lowest validation loss",
    }
    weights = read_arrays(run.made / "weights.npz")
    assert list(weights) == ["conv1/kernel", "a/b/c"]
    np.testing.assert_array_equal(weights["conv1/kernel"], np.float32([epoch]), strict=True)


def test_the_trainings_state_goes_once_a_selection_is_made(run):
    assert run(history_of(0.5, 0.4)) == 0
    assert not run.state.parent.exists()


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        (None, "does not exist; run the stage that makes it"),
        ("", "holds no epoch"),
        (HEADER, "holds no epoch"),
        (b"\xff\xfe\x00", "is not a CSV file"),
        ("epoch,loss\n1,0.5\n", "line 2: epoch, loss, validation_loss, learning_rate, seconds are"),
        (
            history_of(0.5, "low"),
            "line 3: epoch, loss, validation_loss, learning_rate, seconds are",
        ),
        (
            history_of(0.5) + "2,0.5",
            "line 3: epoch, loss, validation_loss, learning_rate, seconds are",
        ),
        (history_of(0.5, "nan"), "line 3: validation_loss is nan and not finite"),
        (history_of("-inf"), "line 2: validation_loss is -inf and not finite"),
        (history_of(0.5).replace("1,", "2,", 1), "line 2: epoch 2 instead of 1"),
        (history_of(0.5) + "1,0.5,0.4,0.001,1.0\n", "line 3: epoch 1 instead of 2"),
    ],
)
def test_a_damaged_history_is_named_and_nothing_is_selected(run, capfd, history, sentence):
    assert run(history) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert str(run.history) in line
    assert sentence in line
    assert not run.made.exists()


def test_a_missing_checkpoint_is_named(run, capfd):
    assert run(history_of(0.5, 0.4), missing=[2]) == 1
    assert "epoch-0002.npz does not exist" in capfd.readouterr().err
    assert not run.made.exists()
    assert run.state.exists()
