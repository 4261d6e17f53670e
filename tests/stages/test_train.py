"""A training leaves history and checkpoints, and ends the same however often it was killed."""

from __future__ import annotations

import csv
import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from discern import idx, losses, training
from discern.files import read_arrays, write_arrays
from discern.network import EmbeddingNetwork, NetworkSettings, build, named_weights
from discern.resume import claimed
from discern.sampler import GroupedSampler, ShuffledSampler
from discern.stages import train
from discern.training import Trainer, Validation

WORKFLOW = Path(train.__file__).parents[2]

OPTIONS = {
    "loss": "cosface",
    "parameters": {"scale": 10.0, "margin": 0.2},
    "seed": 0,
    "batches": {"sampler": "grouped", "size": 20, "samples": 2},
    "network": {"embedding_dim": 8, "embedding_activation": "linear", "dropout": 0.25},
    "learning_rate": {"initial": 0.001, "factor": 0.5, "patience": 5, "minimum": 0.00001},
    "epochs": 3,
    "patience": "none",
    "threads": 2,
}
TRIPLET = {"loss": "triplet_semihard", "parameters": {"margin": 0.2}}
SOFTMAX = {"loss": "softmax", "parameters": {}}


@pytest.fixture(scope="module")
def data(digits, tmp_path_factory):
    """A folder with 310 digits: 200 train, 100 validate and 10 do neither."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("images", "labels"):
        (folder / name).write_bytes(idx.encode(digits[f"train_{name}"][:310]))
    shuffled = np.random.default_rng(0).permutation(310)
    split = {"train": np.sort(shuffled[:200]), "validation": np.sort(shuffled[200:300])}
    write_arrays(folder / "split.npz", split)
    return folder


class Training:
    """A training with its outputs in a folder of its own."""

    def __init__(self, data: Path, folder: Path) -> None:
        self.data = data
        self.folder = folder
        self.checkpoints = folder / "checkpoints"
        self.history = folder / "history.csv"
        self.resume = folder / ".resume"
        self.state = self.resume / "state.npz"

    def argv(self, **changes) -> list[str]:
        found = []
        for name in ("images", "labels", "split"):
            file = self.data / ("split.npz" if name == "split" else name)
            found += [f"--{name}", str(file)]
        for name in ("history.csv", "checkpoints", "record.json"):
            found += [f"--{name.partition('.')[0]}", str(self.folder / name)]
        found += ["--resume", str(self.resume)]
        for name, value in (OPTIONS | changes).items():
            text = json.dumps(value) if isinstance(value, dict) else str(value)
            found += [f"--{name.replace('_', '-')}", text]
        return found

    def main(self, *options: str, **changes) -> int:
        return train.main([*self.argv(**changes), *options])

    def process(self, *options: str, program: tuple[str, ...] = (), **changes) -> subprocess.Popen:
        """The stage as the pipeline starts it: threads can be set in a new process alone."""
        start = program or ("-m", "discern.stages.train")
        return subprocess.Popen(
            [sys.executable, *start, *self.argv(**changes), *options],
            env=os.environ | {"PYTHONPATH": str(WORKFLOW), "TF_CPP_MIN_LOG_LEVEL": "3"},
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str, **settings) -> str:
        """What the finished process said, which did not fail."""
        process = self.process(*options, **settings)
        _, said = process.communicate()
        assert process.returncode == 0, said
        return said

    def rows(self) -> list[dict[str, float]]:
        with self.history.open(newline="") as file:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]

    def record(self) -> dict:
        return json.loads((self.folder / "record.json").read_text())

    def weights(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.checkpoints.iterdir())}

    def without_seconds(self) -> list[str]:
        return [line.rpartition(",")[0] for line in self.history.read_text().splitlines()]


@pytest.fixture
def make(data, tmp_path):
    """Makes a training with a folder's name."""
    return lambda name="train": Training(data, tmp_path / name)


@pytest.fixture
def here(monkeypatch):
    """Lets the stage run in this process, whose threads can no longer be set."""
    asked = []
    monkeypatch.setattr(train, "configure", asked.append)
    return asked


@pytest.fixture
def scripted(here, monkeypatch):
    """Lets no network be trained: validation losses come from a list, that is returned with a log.

    ``script(losses, stop_in=3)`` ends the training in its third epoch as Ctrl-C would.
    """
    done = []

    def script(losses, stop_in=None, spread=0.5, equal_loss=9.0):
        def run_epoch(self, epoch, learning_rate, report):
            if epoch == stop_in:
                raise KeyboardInterrupt
            done.append((epoch, learning_rate))
            self.network.dense.bias.assign_add(tf.ones(8))
            return 0.125 * epoch

        def validate(self):
            return Validation(losses[done[-1][0] - 1], spread, equal_loss)

        done.clear()
        monkeypatch.setattr(training.Trainer, "run_epoch", run_epoch)
        monkeypatch.setattr(training.Trainer, "validate", validate)
        return done

    return script


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """A real training of three epochs."""
    made = Training(data, tmp_path_factory.mktemp("trained"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "configure", lambda threads: None)
        assert made.main() == 0
    return made


@pytest.mark.parametrize("loss", [SOFTMAX, TRIPLET], ids=["softmax", "triplet"])
def test_classes_that_are_left_out_leave_no_trace(make, here, data, digits, tmp_path, loss):
    """The same weights as from files in which the other classes never were."""
    classes = [1, 2, 4, 7, 8, 9]
    batches = {"sampler": "grouped", "size": 12, "samples": 2}
    some = make("some")
    assert some.main(**loss, classes=json.dumps(classes), epochs=2, batches=batches) == 0

    images, labels = (digits[f"train_{name}"][:310] for name in ("images", "labels"))
    kept = np.flatnonzero([label in classes for label in labels])
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "images").write_bytes(idx.encode(images[kept]))
    renamed = np.array([classes.index(label) for label in labels[kept]], np.uint8)
    (alone / "labels").write_bytes(idx.encode(renamed))
    split = read_arrays(data / "split.npz")
    places = {part: np.flatnonzero(np.isin(kept, split[part])) for part in split}
    write_arrays(alone / "split.npz", places)
    other = Training(alone, tmp_path / "other")
    assert other.main(**loss, epochs=2, batches=batches) == 0

    assert some.weights() == other.weights() != {}
    assert some.without_seconds() == other.without_seconds()


def test_a_class_that_does_not_exist_is_named(make, here, capfd):
    assert make().main(classes="[0, 1, 11]", batches={**OPTIONS["batches"], "size": 6}) == 1
    assert "class 11 has no image among" in capfd.readouterr().err


def test_the_history_has_a_row_per_epoch(trained):
    lines = trained.history.read_text().splitlines()
    assert lines[0] == "epoch,loss,validation_loss,learning_rate,seconds"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]
    for row in trained.rows():
        assert row["learning_rate"] == 0.001
        assert 0 < row["seconds"] < 60
        assert 0 < row["validation_loss"] < 20
    assert trained.rows()[2]["loss"] < trained.rows()[0]["loss"]


def cosface_by_hand(weights, images, labels):
    """The mean loss of all images, by a plain Keras model and NumPy (arXiv:1801.09414, eq. 4)."""
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Conv2D(32, 3, activation="relu", input_shape=(8, 8, 1)),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(8),
        ]
    )
    names = [f"{layer}/{part}" for layer in ("conv1", "conv2", "embedding") for part in ("k", "b")]
    full = {"k": "kernel", "b": "bias"}
    model.set_weights([weights[f"network/{name[:-1]}{full[name[-1]]}"] for name in names])
    x = model(images[..., None] / np.float32(255)).numpy().astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    w = weights["class_weights"].astype(np.float64)
    logits = 10.0 * (x @ (w / np.linalg.norm(w, axis=0)))
    own = np.arange(len(labels)), labels
    logits[own] -= 10.0 * 0.2
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[own])


def test_a_checkpoint_has_the_validation_loss_of_its_epoch(trained, digits):
    chosen = read_arrays(trained.data / "split.npz")["validation"]
    images, labels = digits["train_images"][chosen], digits["train_labels"][chosen]
    rows = trained.rows()
    found = sorted(trained.checkpoints.iterdir())
    assert len(found) >= 2
    for path in found:
        epoch = int(path.stem.removeprefix("epoch-"))
        expected = cosface_by_hand(read_arrays(path), images, labels)
        assert rows[epoch - 1]["validation_loss"] == pytest.approx(expected, rel=1e-4)


def test_class_weights_are_in_the_checkpoint_and_trained(trained):
    first, last = (read_arrays(path) for path in sorted(trained.checkpoints.iterdir())[::2])
    assert list(first) == [
        *(f"network/{layer}/{part}" for layer in ("conv1", "conv2") for part in ("kernel", "bias")),
        "network/embedding/kernel",
        "network/embedding/bias",
        "class_weights",
    ]
    assert first["class_weights"].shape == (8, 10)
    for name in first:
        assert (first[name] != last[name]).any(), name


def test_the_record_says_how_the_training_went_and_on_which_device(trained):
    record = trained.record()
    rows = trained.rows()
    best = min(rows, key=lambda row: row["validation_loss"])
    assert record["results"] == {
        "device": record["device"],
        "epochs": 3,
        "best_epoch": best["epoch"],
        "collapsed_epochs": [],
    }
    assert "CPU" in record["device"] or "GPU" in record["device"]


def test_nothing_but_the_state_is_left_beside_the_outputs(trained):
    names = {"history.csv", "checkpoints", "record.json", ".resume"}
    assert {path.name for path in trained.folder.iterdir()} == names


def test_threads_are_set_as_asked_before_anything_else(make, here):
    made = make()
    changes = {"loss": "nothing", "threads": 3}
    assert made.main(**changes) == 1
    assert here == [3]


@pytest.mark.parametrize(
    ("losses", "improved"),
    [
        ([5.0, 4.0, 3.0, 2.0], [1, 2, 3, 4]),
        ([5.0, 6.0, 5.0, 4.0, 4.0, 4.5, 3.0], [1, 4, 7]),
        ([1.0, 1.0, 1.0], [1]),
        ([-1.0, 0.0, -2.0], [1, 3]),
    ],
)
def test_checkpoints_are_those_of_epochs_that_improved(make, scripted, losses, improved):
    scripted(losses)
    made = make()
    assert made.main(epochs=len(losses)) == 0
    assert list(made.weights()) == [f"epoch-{epoch:04d}.npz" for epoch in improved]
    for epoch in improved:  # the script adds one to the bias in each epoch
        weights = read_arrays(made.checkpoints / f"epoch-{epoch:04d}.npz")
        np.testing.assert_array_equal(weights["network/embedding/bias"], np.full(8, epoch))
    assert [row["validation_loss"] for row in made.rows()] == losses
    assert [row["loss"] for row in made.rows()] == [0.125 * (1 + i) for i in range(len(losses))]
    assert made.record()["results"]["best_epoch"] == losses.index(min(losses)) + 1


def test_a_plateau_lowers_the_learning_rate_of_the_next_epoch(make, scripted):
    done = scripted([5.0, 4.0, 4.5, 4.0, 3.0, 3.5, 3.0, 3.0])
    made = make()
    rate = {"initial": 0.008, "factor": 0.5, "patience": 2, "minimum": 0.003}
    assert made.main(learning_rate=rate, epochs=8) == 0
    expected = [0.008] * 4 + [0.004] * 3 + [0.003]
    assert done == list(enumerate(expected, start=1))
    assert [row["learning_rate"] for row in made.rows()] == expected


def test_patience_ends_a_training(make, scripted):
    done = scripted([5.0, 4.0, 4.5, 3.0, 3.5, 3.0, 1.0])
    made = make()
    assert made.main(patience=2, epochs=7) == 0
    assert len(done) == len(made.rows()) == made.record()["results"]["epochs"] == 6


def test_progress_and_end_are_said(make, scripted, capfd):
    scripted([5.0, 4.0, 6.0])
    assert make().main() == 0
    begin, *epochs, end = capfd.readouterr().err.splitlines()
    weights = 320 + 18_496 + 256 * 8 + 8 + 8 * 10
    assert begin == (
        f"cosface (seed 0)  200 training and 100 validation images, {weights} weights, "
        "at most 3 epochs"
    )
    starts = [f"cosface (seed 0)  epoch {epoch}/3  loss 0." for epoch in (1, 2, 3)]
    assert [line[: len(start)] for line, start in zip(epochs, starts, strict=True)] == starts
    assert ["(best)" in line for line in epochs] == [True, True, False]
    assert all("images/s" in line and " left" in line for line in epochs)
    assert end == "cosface (seed 0)  done after 3 epochs; lowest validation loss 4.0000 in epoch 2"


def test_a_collapse_is_said_and_recorded(make, scripted, capfd):
    scripted([0.5, 0.2, 0.2], equal_loss=0.2)
    made = make()
    assert made.main() == 0
    assert made.record()["results"]["collapsed_epochs"] == [2, 3]
    said = [line for line in capfd.readouterr().err.splitlines() if "collapsed" in line]
    assert len(said) == 2
    assert said[0] == (
        "cosface (seed 0)  epoch 2: the training has collapsed: the validation loss is 0.2000, "
        "equal embeddings have 0.2000 (spread of the embeddings: 0.5); lower the learning rate or "
        "the margin, or start from another seed"
    )


@pytest.mark.parametrize("loss", [{}, SOFTMAX, TRIPLET], ids=["cosface", "softmax", "triplet"])
def test_a_diverging_training_ends_in_one_sentence_and_without_outputs(make, here, capfd, loss):
    made = make()
    rate = OPTIONS["learning_rate"] | {"initial": 1e30}
    assert made.main(**loss, learning_rate=rate) == 1
    *_, last = capfd.readouterr().err.splitlines()
    assert last.startswith("train: the loss became nan in epoch 1, batch ")
    assert last.endswith(
        "; lower the learning rate or the loss's scale, or start from another seed"
    )
    assert not made.history.exists()
    assert not made.checkpoints.exists()
    assert not (made.folder / "record.json").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_validation_loss_that_is_not_finite_ends_the_training(make, scripted, capfd, value):
    done = scripted([5.0, value, 4.0])
    made = make()
    assert made.main() == 1
    assert len(done) == 2
    *_, last = capfd.readouterr().err.splitlines()
    assert last == (
        f"train: the validation loss became {value} in epoch 2; lower the learning rate or the "
        "loss's scale, or start from another seed"
    )
    assert not made.history.exists()


@pytest.fixture
def trainer_of(make, scripted, monkeypatch):
    """Gives the trainer that the stage makes."""

    def trainer_of(**changes) -> Trainer:
        scripted([1.0])
        seen = []
        validate = training.Trainer.validate
        monkeypatch.setattr(
            training.Trainer, "validate", lambda self: seen.append(self) or validate(self)
        )
        assert make().main(epochs=1, **changes) == 0
        return seen[0]

    return trainer_of


def test_the_seed_decides_the_initial_weights_of_network_and_loss(trainer_of):
    network = EmbeddingNetwork(NetworkSettings(**OPTIONS["network"]), 3)
    loss = losses.create("cosface", classes=10, embedding_dim=8, seed=3)
    expected = named_weights(build(network, loss, (8, 8)))
    found = named_weights(trainer_of(seed=3).weights)
    assert list(found) == list(expected)
    for name in set(expected) - {"network/embedding/bias"}:  # the script changes that one
        np.testing.assert_array_equal(found[name], expected[name], strict=True)


@pytest.mark.parametrize(
    ("loss", "sampler"),
    [(loss, "grouped") for loss in ({}, SOFTMAX, TRIPLET)]
    + [(loss, "shuffled") for loss in ({}, SOFTMAX)],
)
def test_every_loss_of_a_seed_sees_the_same_batches_of_the_training_part(
    trainer_of, data, digits, loss, sampler
):
    made = trainer_of(**loss, seed=3, batches=OPTIONS["batches"] | {"sampler": sampler})
    chosen = read_arrays(data / "split.npz")["train"]
    labels = digits["train_labels"][chosen]
    np.testing.assert_array_equal(made.training.labels, labels)
    np.testing.assert_array_equal(made.training.images, digits["train_images"][chosen])
    expected = {
        "grouped": GroupedSampler(labels, 10, 2, 3),
        "shuffled": ShuffledSampler(200, 20, 3),
    }[sampler]
    for epoch in (1, 2):
        np.testing.assert_array_equal(made.sampler.epoch(epoch), expected.epoch(epoch))


@pytest.mark.parametrize("size", [20, 30])
def test_a_loss_without_groups_is_validated_on_each_image_once(trainer_of, size):
    batches = {"sampler": "grouped", "size": size, "samples": size // 10}
    found = list(trainer_of(batches=batches).validation_batches)
    np.testing.assert_array_equal(np.concatenate(found), np.arange(100))
    assert {len(positions) for positions in found[:-1]} == {size}


def test_a_loss_with_groups_is_validated_on_the_same_groups_in_every_epoch(trainer_of):
    made = trainer_of(**TRIPLET)
    first, again = (list(map(list, made.validation_batches)) for _ in range(2))
    assert first == again
    assert len(first) == 5
    for positions in first:
        assert list(np.bincount(made.validation.labels[positions])) == [2] * 10


def test_a_loss_with_groups_refuses_batches_without(make, here, capfd):
    made = make()
    batches = OPTIONS["batches"] | {"sampler": "shuffled"}
    assert made.main(**TRIPLET, batches=batches) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line == (
        "train: triplet_semihard needs several samples of each class in a batch; set "
        "batches.sampler to grouped"
    )
    assert not made.folder.exists()


def test_a_split_that_lacks_a_part_is_named(make, here, capfd, tmp_path):
    write_arrays(tmp_path / "other.npz", {"train": np.arange(200)})
    assert make().main("--split", str(tmp_path / "other.npz")) == 1
    assert "other.npz holds no array 'validation'" in capfd.readouterr().err


LOSSES = [5.0, 4.0, 6.0, 3.0]


@pytest.fixture
def stopped(make, scripted):
    """A training that was stopped in its third epoch, and what another start trains."""
    done = scripted(LOSSES, stop_in=3)
    made = make()
    assert made.main(epochs=4) == 130
    assert [epoch for epoch, _ in done] == [1, 2]
    made.done = scripted(LOSSES)
    return made


def test_a_stopped_training_has_no_outputs_but_a_state(stopped):
    assert [path.name for path in stopped.folder.iterdir()] == [".resume"]


def test_a_state_holds_the_checkpoints_of_epochs_that_improved_alone(make, scripted):
    scripted(LOSSES, stop_in=4)
    made = make()
    assert made.main(epochs=4) == 130
    names = [path.name for path in sorted((made.resume / "checkpoints").iterdir())]
    assert names == ["epoch-0001.npz", "epoch-0002.npz"]


def damage(stopped):
    stopped.state.write_bytes(stopped.state.read_bytes()[:-1])


def remove(stopped):
    stopped.state.unlink()


@pytest.mark.parametrize(("change", "seed"), [(damage, 0), (remove, 0), (lambda stopped: None, 1)])
def test_what_can_not_be_continued_is_removed_before_training_starts(
    stopped, scripted, change, seed
):
    change(stopped)
    scripted(LOSSES, stop_in=1)
    assert stopped.main(epochs=4, seed=seed) == 130
    assert not stopped.resume.exists()


def test_a_stopped_training_goes_on_after_its_last_whole_epoch(stopped, capfd):
    assert stopped.main(epochs=4) == 0
    assert [epoch for epoch, _ in stopped.done] == [3, 4]
    assert "at most 4 epochs, continuing after epoch 2" in capfd.readouterr().err
    assert [row["validation_loss"] for row in stopped.rows()] == LOSSES
    assert [row["loss"] for row in stopped.rows()] == [0.125, 0.25, 0.375, 0.5]
    assert list(stopped.weights()) == [f"epoch-{epoch:04d}.npz" for epoch in (1, 2, 4)]
    weights = read_arrays(stopped.checkpoints / "epoch-0004.npz")
    np.testing.assert_array_equal(weights["network/embedding/bias"], np.full(8, 4))


def test_collapsed_epochs_are_remembered_over_a_stop(make, scripted):
    made = make()
    scripted([0.2, 0.2, 0.1], stop_in=2, equal_loss=0.2)
    assert made.main() == 130
    scripted([0.2, 0.2, 0.1], equal_loss=0.2)
    assert made.main() == 0
    assert made.record()["results"]["collapsed_epochs"] == [1, 2]


DECISIVE = {
    "loss": SOFTMAX,
    "parameters": {"parameters": {"scale": 10.0, "margin": 0.3}},
    "seed": {"seed": 1},
    "sampler": {"batches": OPTIONS["batches"] | {"sampler": "shuffled"}},
    "batch": {"batches": {"sampler": "grouped", "size": 30, "samples": 3}},
    "dropout": {"network": OPTIONS["network"] | {"dropout": 0.3}},
    "activation": {"network": OPTIONS["network"] | {"embedding_activation": "relu"}},
    "width": {"network": OPTIONS["network"] | {"embedding_dim": 9}},
    "learning rate": {"learning_rate": OPTIONS["learning_rate"] | {"initial": 0.002}},
    "patience of the rate": {"learning_rate": OPTIONS["learning_rate"] | {"patience": 1}},
    "threads": {"threads": 1},
}


def assert_starts_again(training, capfd, *options, why, **changes):
    capfd.readouterr()
    assert training.main(*options, epochs=4, **changes) == 0
    assert [epoch for epoch, _ in training.done] == [1, 2, 3, 4]
    said = capfd.readouterr().err
    assert why in said
    assert "training starts again" in said
    assert "continuing" not in said
    assert list(training.weights()) == [f"epoch-{epoch:04d}.npz" for epoch in (1, 2, 4)]


BELONGS = "belongs to another configuration, data set or version of the code"


@pytest.mark.parametrize("changes", DECISIVE.values(), ids=DECISIVE)
def test_the_state_of_another_configuration_is_not_continued(
    stopped, scripted, monkeypatch, capfd, changes
):
    if changes is DECISIVE["width"]:  # the script's bias has the other width
        monkeypatch.setattr(
            training.Trainer,
            "run_epoch",
            lambda self, epoch, rate, report: stopped.done.append((epoch, rate)) or 0.5,
        )
    assert_starts_again(stopped, capfd, why=BELONGS, **changes)


def test_the_state_of_other_images_is_not_continued(stopped, capfd, tmp_path):
    content = bytearray((stopped.data / "images").read_bytes())
    content[-1] ^= 1
    (tmp_path / "other").write_bytes(content)
    assert_starts_again(stopped, capfd, "--images", str(tmp_path / "other"), why=BELONGS)


def test_the_state_of_other_labels_is_not_continued(stopped, capfd, tmp_path):
    content = bytearray((stopped.data / "labels").read_bytes())
    content[-1] ^= 1
    (tmp_path / "other").write_bytes(content)
    assert_starts_again(stopped, capfd, "--labels", str(tmp_path / "other"), why=BELONGS)


def test_the_state_of_another_split_is_not_continued(stopped, capfd, tmp_path):
    split = read_arrays(stopped.data / "split.npz")
    write_arrays(tmp_path / "other", split | {"validation": split["validation"][::-1]})
    assert_starts_again(stopped, capfd, "--split", str(tmp_path / "other"), why=BELONGS)


def test_the_state_of_other_code_is_not_continued(stopped, monkeypatch, capfd):
    monkeypatch.setattr(train, "code_fingerprint", lambda *modules: "another")
    assert_starts_again(stopped, capfd, why=BELONGS)


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -1])
def test_a_truncated_state_is_said_and_not_continued(stopped, capfd, kept):
    content = stopped.state.read_bytes()
    length = int(len(content) * kept) if isinstance(kept, float) else kept
    stopped.state.write_bytes(content[:length])
    assert_starts_again(stopped, capfd, why="state.npz is damaged")


def test_a_state_with_a_flipped_bit_is_said_and_not_continued(stopped, capfd):
    content = bytearray(stopped.state.read_bytes())
    content[len(content) // 2] ^= 1
    stopped.state.write_bytes(content)
    assert_starts_again(stopped, capfd, why="state.npz is damaged")


@pytest.mark.parametrize("change", ["missing", "truncated", "flipped"])
def test_a_state_without_all_of_its_checkpoints_is_not_continued(stopped, capfd, change):
    checkpoint = stopped.resume / "checkpoints" / "epoch-0001.npz"
    content = bytearray(checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"truncated": content[:-1], "flipped": content}
    checkpoint.unlink() if change == "missing" else checkpoint.write_bytes(damaged[change])
    why = "does not exist" if change == "missing" else "is damaged"
    assert_starts_again(stopped, capfd, why=f"epoch-0001.npz {why}")


def test_a_second_training_in_a_folder_is_refused_while_the_first_goes_on(stopped, capfd):
    """As when Snakemake alone was killed, and started again with another configuration."""
    before = stopped.state.read_bytes()
    with claimed(stopped.folder):
        assert stopped.main(epochs=4, seed=1) == 1
    *_, last = capfd.readouterr().err.splitlines()
    assert last == (
        f"train: {stopped.folder}: another process still trains there; wait for its end, or end "
        "it, and run the same command again"
    )
    assert stopped.state.read_bytes() == before
    assert stopped.main(epochs=4) == 0


def test_a_folder_that_can_not_be_locked_is_trained_in_all_the_same(stopped, monkeypatch):
    def refuse(descriptor, operation):
        raise OSError(errno.EBADF, "as NFS does")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert stopped.main(epochs=4) == 0


def test_checkpoints_without_a_state_are_not_published(make, scripted):
    scripted(LOSSES)
    made = make()
    (made.resume / "checkpoints").mkdir(parents=True)
    (made.resume / "checkpoints" / "epoch-0003.npz").write_bytes(b"another's")
    assert made.main(epochs=4) == 0
    assert list(made.weights()) == [f"epoch-{epoch:04d}.npz" for epoch in (1, 2, 4)]


def test_checkpoints_of_an_earlier_training_are_replaced(make, scripted):
    scripted(LOSSES)
    made = make()
    for name in ("checkpoints", ".checkpoints.unfinished"):
        (made.folder / name).mkdir(parents=True)
        (made.folder / name / "epoch-0009.npz").write_bytes(b"another's")
    assert made.main(epochs=4) == 0
    assert list(made.weights()) == [f"epoch-{epoch:04d}.npz" for epoch in (1, 2, 4)]
    assert not (made.folder / ".checkpoints.unfinished").exists()


def test_a_training_whose_outputs_are_taken_back_after_its_end_is_not_done_again(make, scripted):
    """As when Snakemake was killed before it noticed the end."""
    done = scripted(LOSSES)
    made = make()
    assert made.main(epochs=4) == 0
    before = made.history.read_bytes(), made.weights(), made.record()["results"]
    shutil.rmtree(made.checkpoints)
    made.history.unlink()
    done.clear()
    assert made.main(epochs=4) == 0
    assert done == []
    assert (made.history.read_bytes(), made.weights(), made.record()["results"]) == before


SHORTER = {"fewer epochs": {"epochs": 2}, "less patience": {"epochs": 5, "patience": 1}}


@pytest.mark.parametrize("changes", SHORTER.values(), ids=SHORTER)
def test_a_shorter_training_after_a_stop_gives_what_it_gives_at_once(make, scripted, changes):
    script = {"losses": [5.0, 6.0, 4.0, 3.0, 2.0], "equal_loss": 3.0}  # collapsed in epoch 4
    scripted(**script)
    at_once = make("at once")
    assert at_once.main(**changes) == 0
    assert len(at_once.rows()) == 2
    scripted(**script, stop_in=5)
    later = make("later")
    assert later.main(epochs=5) == 130
    scripted(**script)
    assert later.main(**changes) == 0
    assert later.record()["results"] == at_once.record()["results"]
    assert later.without_seconds() == at_once.without_seconds()
    assert later.weights() == at_once.weights()


# What follows runs in processes of its own, on two threads, and compares every bit.
LONG = SOFTMAX | {"epochs": 30}


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """A training of thirty epochs that was never stopped."""
    made = Training(data, tmp_path_factory.mktemp("whole"))
    made.run(**LONG)
    return made


def assert_same_bits(found, expected):
    assert found.without_seconds() == expected.without_seconds()
    assert found.weights() == expected.weights()


@pytest.mark.slow
def test_a_second_training_gives_the_same_bits(whole, make):
    again = make("again")
    again.run(**LONG)
    assert_same_bits(again, whole)


@pytest.mark.slow
def test_a_training_killed_after_its_first_epoch_gives_the_same_bits(whole, make):
    killed = make("killed")
    process = killed.process(**LONG)
    while not killed.state.exists() and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert [path.name for path in killed.folder.iterdir()] == [".resume"]
    assert "continuing after epoch" in killed.run(**LONG)
    assert_same_bits(killed, whole)


# Dies instead of giving a file or folder the name that is the first argument.
DYING = """
import os, pathlib, signal, sys

from discern.stages import train

name = sys.argv.pop(1)


def dying(rename):
    def call(source, target, **options):
        if pathlib.Path(target).name == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(source, target, **options)

    return call


os.replace, os.rename = dying(os.replace), dying(os.rename)
sys.exit(train.main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_a_training_killed_at_every_turn_gives_the_same_bits(whole, make):
    killed = make("killed")
    turns = ["epoch-0001.npz", "state.npz", "epoch-0002.npz", "state.npz"]
    turns += ["checkpoints", "history.csv", "record.json"]
    for name in turns:
        process = killed.process(program=("-c", DYING, name), **LONG)
        _, said = process.communicate()
        assert process.returncode == -signal.SIGKILL, (name, said)
    said = killed.run(**LONG)
    assert "continuing after epoch 30" in said
    assert_same_bits(killed, whole)


@pytest.mark.slow
def test_more_epochs_later_give_the_same_bits_as_all_at_once(whole, make):
    made = make()
    early = made.process("--record", str(made.history / "record.json"), **LONG | {"epochs": 2})
    early.communicate()
    assert early.returncode == 1
    assert len(made.rows()) == 2
    assert "continuing after epoch 2" in made.run(**LONG)
    assert_same_bits(made, whole)
