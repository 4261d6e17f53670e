"""The weights of the epoch with the lowest validation loss are selected, or nothing is written."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from claims import assert_refused, existing
from discern.files import read_arrays
from discern.training.history import COLUMNS, History, checkpoint_name
from plain_files import write_arrays, write_bytes


@pytest.fixture
def stage(job, version):
    """Makes the stage for the validation losses of a training, which has left its state."""

    def stage(*losses):
        rows = [(epoch, 0.5, loss, 7.5, 0.001, 1.0) for epoch, loss in enumerate(losses, start=1)]
        history = History([dict(zip(COLUMNS, row, strict=True)) for row in rows])
        made = job("select", unfinished=version.unfinished_training("a", 0))
        write_bytes(made.history, history.as_csv().encode())
        for epoch in range(1, 12):
            weights = {"conv1/kernel": np.float32([epoch]), "a/b/c": np.arange(epoch)}
            write_arrays(made.checkpoints / checkpoint_name(epoch), weights)
        write_bytes(made.unfinished / "state.npz", b"state")
        return made

    return stage


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [((0.5, 0.2, 0.2, 0.3), 2), ((9, 8, 7, 6, 5, 4, 3, 2, 1, 0.1 + 0.2, 0.7), 10)],
)
def test_the_first_epoch_with_the_lowest_validation_loss_is_selected(stage, losses, epoch):
    stage = stage(*losses)
    assert stage.run() == 0
    assert json.loads(stage.selection.read_text()) == {
        "epoch": epoch,
        "validation_loss": losses[epoch - 1],
        "checkpoint": f"epoch-{epoch:04d}.npz",
        "epochs": len(losses),
        "rule": "the first epoch with the lowest validation loss",
    }
    weights = read_arrays(stage.weights)
    assert list(weights) == ["conv1/kernel", "a/b/c"]
    np.testing.assert_array_equal(weights["conv1/kernel"], np.float32([epoch]), strict=True)


def test_the_trainings_state_goes_once_selection_and_record_are_written(stage):
    stage = stage(0.5, 0.4)
    assert replace(stage, record=stage.history / "impossible.json").run() == 1
    assert list(existing(stage)) == [stage.weights, stage.selection]
    assert stage.unfinished.exists()
    assert stage.run() == 0
    assert not stage.unfinished.exists()
    assert stage.record.exists()


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ((0.5, "nan"), "history.csv holds a number that is not finite in line 3"),
        ([0.5] * 12 + [0.4], "epoch-0013.npz does not exist; run the stage that makes it"),
    ],
)
def test_without_a_history_and_its_checkpoint_nothing_is_selected(stage, capfd, losses, sentence):
    stage = stage(*losses)
    assert_refused(stage, capfd, sentence)
    assert stage.unfinished.exists()
