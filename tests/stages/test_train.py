"""A training writes history and checkpoints, and ends the same after any number of kills."""

from __future__ import annotations

import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import chain
from claims import assert_refused
from discern.files import read_arrays
from discern.results import Version
from discern.stages.train import Train
from discern.training import determinism
from discern.training.history import read_history
from discern.training.network import named_weights
from discern.training.resume import claimed
from discern.training.schedule import LearningRate
from plain_files import write_arrays
from training.plain import plain_embeddings
from training.scripted import ScriptedTrainer

SOFTMAX = {"loss": "softmax", "parameters": {}}
TRIPLET = {"loss": "triplet_semihard", "parameters": {"margin": 0.2}}


@pytest.fixture(scope="module")
def data(digits_folder, tmp_path_factory):
    """A version with the digits, of which 200 train and 100 validate."""
    data = Version(tmp_path_factory.mktemp("data"))
    shutil.copytree(digits_folder, data.idx("train_images").parent)
    shuffled = np.random.default_rng(0).permutation(310)
    split = {"train": np.sort(shuffled[:200]), "validation": np.sort(shuffled[200:300])}
    write_arrays(data.split, split)
    return data


def stage_in(folder, data, **changes):
    """The stage with its outputs in a folder of its own."""
    stage = chain.jobs(data, Version(folder), folder, {})["train"]
    return replace(stage, **{"epochs": 3, "threads": 2} | changes)


@pytest.fixture
def stage(data, tmp_path, threads):
    """The stage, to be run in this process."""
    return stage_in(tmp_path, data)


GROUPED = stage_in(Path("folder"), Version(Path("data"))).batches


def results_of(stage):
    return json.loads(stage.record.read_text())["results"]


def weights_of(stage):
    """The bytes of each checkpoint by its name."""
    return {path.name: path.read_bytes() for path in sorted(stage.checkpoints.iterdir())}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# What a training leaves


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """A real training of three epochs."""
    stage = stage_in(tmp_path_factory.mktemp("trained"), data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(determinism, "configure", lambda threads, *_, **__: "The processor")
        assert stage.run() == 0
    return stage


def test_history_record_and_state_of_a_training(trained):
    names = [".resume", "checkpoints", "history.csv", "record.json"]
    assert names_in(trained.history.parent) == names
    history = read_history(trained.history)
    assert history.column("epoch") == [1, 2, 3]
    assert history.column("learning_rate") == [0.001] * 3
    assert all(0 < seconds < 60 for seconds in history.column("seconds"))
    losses = history.column("loss")
    assert losses[2] < losses[0] < 20
    validation = history.validation_losses
    assert results_of(trained) == {
        "device": "The processor",
        "epochs": 3,
        "best_epoch": validation.index(min(validation)) + 1,
        "collapsed_epochs": [],
    }


def cosface_by_hand(weights, images, labels):
    """The mean loss of all images (arXiv:1801.09414, eq. 4)."""
    x = plain_embeddings(weights, images).astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    w = weights["class_weights"].astype(np.float64)
    logits = 10.0 * (x @ (w / np.linalg.norm(w, axis=0)))
    own = np.arange(len(labels)), labels
    logits[own] -= 10.0 * 0.2
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[own])


def test_a_checkpoint_has_the_validation_loss_of_its_epoch(trained, digits):
    chosen = read_arrays(trained.split)["validation"]
    images, labels = digits["train_images"][chosen], digits["train_labels"][chosen]
    losses = read_history(trained.history).validation_losses
    paths = sorted(trained.checkpoints.iterdir())
    assert len(paths) >= 2
    first, *_, last = map(read_arrays, paths)
    assert [name for name in first if (first[name] == last[name]).all()] == []
    for path in paths:
        epoch = int(path.stem.removeprefix("epoch-"))
        expected = cosface_by_hand(read_arrays(path), images, labels)
        assert losses[epoch - 1] == pytest.approx(expected, rel=1e-4)


# What the trainer is given


@pytest.mark.parametrize("classes", [None, (1, 2, 4, 7, 8, 9)], ids=["all", "six"])
def test_a_training_sees_its_part_of_the_split_and_no_trace_of_other_classes(
    stage, digits, classes
):
    trainer = replace(stage, classes=classes, batches=replace(GROUPED, size=12)).trainer()
    numbers = classes or tuple(range(10))
    for part, name in ((trainer.training, "train"), (trainer.validation, "validation")):
        chosen = read_arrays(stage.split)[name]
        kept = [place for place in chosen if digits["train_labels"][place] in numbers]
        labels = [numbers.index(label) for label in digits["train_labels"][kept]]
        np.testing.assert_array_equal(part.images, digits["train_images"][kept])
        np.testing.assert_array_equal(part.labels, labels)
    assert trainer.loss.classes == len(numbers)


def test_a_training_is_told_the_corrupted_images_and_labels_alone(stage, tmp_path, digits):
    split = read_arrays(stage.split)
    train, labels = split["train"][::3], np.arange(len(split["train"][::3]), dtype=np.int16) % 10
    write_arrays(tmp_path / "corruption.npz", {"train": train, "labels": labels})
    corrupted = replace(stage, corruption=tmp_path / "corruption.npz")
    trainer = corrupted.trainer()
    np.testing.assert_array_equal(trainer.training.images, digits["train_images"][train])
    np.testing.assert_array_equal(trainer.training.labels, labels)
    validation = digits["train_labels"][split["validation"]]
    np.testing.assert_array_equal(trainer.validation.labels, validation)
    clean = stage.identity("a device")
    assert corrupted.identity("a device") != clean
    write_arrays(tmp_path / "corruption.npz", {"train": train, "labels": labels[::-1]})
    assert corrupted.identity("a device") not in (clean, replace(stage).identity("another"))


def test_a_loss_is_validated_in_groups_if_it_needs_them(stage):
    positions = replace(stage, **SOFTMAX).trainer().validation_batches
    np.testing.assert_array_equal(np.concatenate(positions), np.arange(100))
    trainer = replace(stage, **TRIPLET).trainer()
    for positions in trainer.validation_batches:
        assert list(np.bincount(trainer.validation.labels[positions])) == [2] * 10


def test_the_seed_decides_the_weights_of_network_and_loss_and_the_batches(stage):
    first, again, other = (replace(stage, seed=seed).trainer() for seed in (3, 3, 4))
    np.testing.assert_equal(named_weights(again.weights), named_weights(first.weights))
    for name, weights in named_weights(other.weights).items():
        if not name.endswith("bias"):  # which is 0 at first
            assert (named_weights(first.weights)[name] != weights).any(), name
    np.testing.assert_array_equal(again.sampler.epoch(1), first.sampler.epoch(1))
    assert (other.sampler.epoch(1) != first.sampler.epoch(1)).any()


def test_threads_are_set_as_asked_before_anything_else(stage, threads, tmp_path):
    assert replace(stage, images=tmp_path / "nowhere", threads=3).run() == 1
    assert threads == [3]


REFUSED = {
    "a training that diverges": (
        {"learning_rate": LearningRate(1e30, 0.5, 5, 0.00001)},
        "the loss became nan in epoch 1, batch ",
    ),
    "a class that does not exist": (
        {"classes": (0, 1, 11), "batches": replace(GROUPED, size=6)},
        "class 11 has no image among",
    ),
    "a loss with groups and batches without": (
        TRIPLET | {"batches": replace(GROUPED, sampler="shuffled")},
        "triplet_semihard needs several samples of each class in a batch; set batches.sampler to "
        "grouped",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_trained_is_said_in_one_sentence(stage, capfd, change, sentence):
    assert_refused(replace(stage, **change), capfd, sentence)


def test_a_split_that_lacks_a_part_is_named(stage, capfd, tmp_path):
    write_arrays(tmp_path / "other.npz", {"train": np.arange(200)})
    other = replace(stage, split=tmp_path / "other.npz")
    assert_refused(other, capfd, "other.npz holds no array 'validation'")


# How it goes on


@pytest.fixture
def scripted(monkeypatch):
    """Has no network trained: ``scripted(losses, …)`` gives the trainer that stands for it."""

    def scripted(losses=(5.0, 4.0, 6.0), **script):
        trainer = ScriptedTrainer(losses, **script)
        monkeypatch.setattr(Train, "trainer", lambda self: trainer)
        return trainer

    return scripted


@pytest.fixture
def stopped(stage, scripted):
    """A stage that was stopped in its third epoch."""
    scripted(stop_in=3)
    assert stage.run() == 130
    return stage


def test_a_stopped_training_leaves_a_state_alone_and_goes_on(stopped, scripted):
    assert names_in(stopped.history.parent) == [".resume"]
    trainer = scripted()
    assert stopped.run() == 0
    assert [epoch for epoch, _ in trainer.done] == [3]
    assert read_history(stopped.history).validation_losses == [5.0, 4.0, 6.0]
    assert list(weights_of(stopped)) == ["epoch-0001.npz", "epoch-0002.npz"]


def test_the_state_of_another_training_is_not_continued(stopped, scripted, capfd):
    trainer = scripted()
    assert replace(stopped, seed=1).run() == 0
    assert [epoch for epoch, _ in trainer.done] == [1, 2, 3]
    said = capfd.readouterr().err
    assert "belongs to another configuration, data set, device or version of the code" in said


def test_a_second_training_in_a_folder_is_refused_while_the_first_goes_on(stopped, capfd):
    """As when Snakemake alone was killed, and started again with another configuration."""
    state = stopped.unfinished / "state.npz"
    before = state.read_bytes()
    with claimed(stopped.history.parent):
        assert_refused(replace(stopped, seed=1), capfd, "another process still trains there")
    assert state.read_bytes() == before


def test_a_training_whose_outputs_are_taken_back_after_its_end_is_not_done_again(stage, scripted):
    """As when Snakemake was killed before it noticed the end."""
    scripted()
    assert stage.run() == 0
    before = stage.history.read_bytes(), weights_of(stage), results_of(stage)
    stage.history.unlink()
    shutil.rmtree(stage.checkpoints)
    again = scripted()
    assert stage.run() == 0
    assert again.done == []
    assert (stage.history.read_bytes(), weights_of(stage), results_of(stage)) == before


def test_learning_rate_and_end_follow_the_schedule(stage, scripted):
    trainer = scripted([5.0, 6.0, 7.0, 1.0])
    rate = LearningRate(0.008, factor=0.5, patience=1, minimum=0.0)
    assert replace(stage, learning_rate=rate, patience=2, epochs=4).run() == 0
    assert trainer.done == [(1, 0.008), (2, 0.008), (3, 0.004)]


def test_the_end_is_said_and_a_collapse_recorded(stage, scripted, capfd):
    scripted(equal_loss=4.0)
    assert stage.run() == 0
    *_, last = capfd.readouterr().err.splitlines()
    assert last == "cosface (seed 0)  done after 3 epochs; lowest validation loss 4.0000 in epoch 2"
    assert results_of(stage)["best_epoch"] == 2
    assert results_of(stage)["collapsed_epochs"] == [2]


# What makes it another training


@pytest.mark.parametrize(
    ("field", "part", "value"),
    [
        ("loss", None, "softmax"),
        ("parameters", None, {"scale": 10.0, "margin": 0.3}),
        ("seed", None, 1),
        ("classes", None, (0, 1)),
        ("batches", "sampler", "shuffled"),
        ("batches", "size", 40),
        ("batches", "samples", 1),
        ("network", "dropout", 0.3),
        ("network", "embedding_activation", "relu"),
        ("network", "embedding_dim", 9),
        ("learning_rate", "initial", 0.002),
        ("learning_rate", "patience", 1),
        ("threads", None, 1),
        ("tensor_float_32", None, True),
    ],
)
def test_what_decides_the_weights_is_part_of_a_trainings_identity(stage, field, part, value):
    changed = replace(getattr(stage, field), **{part: value}) if part else value
    assert replace(stage, **{field: changed}).identity("The processor") != stage.identity(
        "The processor"
    )


@pytest.mark.parametrize("name", ["images", "labels", "split"])
def test_the_data_is_part_of_a_trainings_identity(stage, tmp_path, name):
    content = bytearray(getattr(stage, name).read_bytes())
    (tmp_path / "same").write_bytes(content)
    content[-1] ^= 1
    (tmp_path / "other").write_bytes(content)
    assert replace(stage, **{name: tmp_path / "same"}).identity("The processor") == stage.identity(
        "The processor"
    )
    assert replace(stage, **{name: tmp_path / "other"}).identity("The processor") != stage.identity(
        "The processor"
    )


@pytest.mark.parametrize(
    ("owner", "name", "other"),
    [(Train, "code", lambda self: "another"), (tf, "__version__", "another")],
    ids=["code", "TensorFlow"],
)
def test_the_software_is_part_of_a_trainings_identity(stage, monkeypatch, owner, name, other):
    before = stage.identity("The processor")
    monkeypatch.setattr(owner, name, other)
    assert stage.identity("The processor") != before


def test_the_device_is_part_of_a_trainings_identity(stage):
    assert stage.identity("Another processor") != stage.identity("The processor")


def test_a_training_may_go_on_for_longer_than_it_was_meant_to(stage):
    assert replace(stage, epochs=50, patience=7).identity("The processor") == stage.identity(
        "The processor"
    )


# What follows runs in processes of its own, on two threads, and compares every bit.
LONG = SOFTMAX | {"epochs": 5}


@pytest.fixture(scope="module")
def whole(data, forked, tmp_path_factory):
    """A training that was never stopped."""
    stage = stage_in(tmp_path_factory.mktemp("whole"), data, **LONG)
    assert forked(stage)[1] == 0
    return stage


@pytest.fixture
def other(data, tmp_path):
    """The same training in another folder."""
    return stage_in(tmp_path, data, **LONG)


def assert_same_bits(stage, expected):
    texts = [each.history.read_text().splitlines() for each in (stage, expected)]
    first, second = ([line.rpartition(",")[0] for line in lines] for lines in texts)
    assert first == second  # but for the seconds
    assert weights_of(stage) == weights_of(expected)


@pytest.mark.slow
def test_a_training_killed_at_every_turn_gives_the_same_bits(whole, other, forked):
    turns = ["epoch-0001.npz", "state.npz", "epoch-0002.npz", "state.npz"]
    turns += ["checkpoints", "history.csv", "record.json"]
    for name in turns:
        said, status = forked(other, dying=name)
        assert status == -signal.SIGKILL, (name, said)
    said, status = forked(other)
    assert status == 0, said
    assert "continuing after epoch 5" in said
    assert_same_bits(other, whole)


@pytest.mark.slow
def test_more_epochs_later_give_the_same_bits_as_all_at_once(whole, other, forked):
    early = replace(other, epochs=2, record=other.history / "record.json")
    assert forked(early)[1] == 1  # its record can't be written
    assert len(read_history(other.history).rows) == 2
    said, status = forked(other)
    assert status == 0, said
    assert "continuing after epoch 2" in said
    assert_same_bits(other, whole)
