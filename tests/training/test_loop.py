"""A training follows its schedule, says how it goes, and ends the same however often it stopped."""

from __future__ import annotations

import numpy as np
import pytest

from discern import losses
from discern.errors import DiscernError
from discern.losses.shared.catalogue import descriptions
from discern.training.batches import create
from discern.training.loop import make_trainer, of_classes, train
from discern.training.network import EmbeddingNetwork, build, named_weights
from discern.training.resume import Resume
from discern.training.schedule import LearningRate, Schedule
from discern.training.settings import BatchSettings, NetworkSettings
from discern.training.trainer import Data
from training.scripted import ScriptedTrainer

RATE = LearningRate(initial=0.001, factor=0.5, patience=5, minimum=0.00001)
NETWORK = NetworkSettings(embedding_dim=8, embedding_activation="linear", dropout=0.25)
LOSSES = [5.0, 4.0, 6.0, 3.0]


@pytest.fixture
def run(tmp_path):
    """Trains with a script; what was stopped goes on if the ``folder`` is the same."""

    def run(trainer, folder="train", rate=RATE, epochs=None, patience=None):
        schedule = Schedule(rate, epochs or len(trainer.losses), patience)
        resume = Resume(tmp_path / folder / ".resume", "settings")
        return train(trainer, schedule, resume, "cosface (seed 0)", 20)

    run.checkpoints = tmp_path / "train/.resume/checkpoints"
    return run


@pytest.fixture
def stopped(run):
    """Has a training stop in its third epoch."""
    with pytest.raises(KeyboardInterrupt):
        run(ScriptedTrainer(LOSSES, stop_in=3))


def test_each_epoch_has_a_row_in_the_history(run):
    history = run(ScriptedTrainer(LOSSES))
    assert history.column("epoch") == [1, 2, 3, 4]
    assert history.column("loss") == [0.125, 0.25, 0.375, 0.5]
    assert history.validation_losses == LOSSES
    assert history.column("learning_rate") == [0.001] * 4
    assert all(0 <= seconds < 10 for seconds in history.column("seconds"))
    assert history.collapsed == []


def test_a_plateau_lowers_the_learning_rate_of_the_next_epoch(run):
    trainer = ScriptedTrainer([5.0, 4.0, 4.5, 4.0, 3.0, 3.5, 3.0, 3.0])
    history = run(trainer, rate=LearningRate(0.008, factor=0.5, patience=2, minimum=0.003))
    expected = [0.008] * 4 + [0.004] * 3 + [0.003]
    assert trainer.done == list(enumerate(expected, start=1))
    assert history.column("learning_rate") == expected


def test_patience_ends_a_training(run):
    trainer = ScriptedTrainer([5.0, 4.0, 4.5, 3.0, 3.5, 3.0, 1.0])
    assert len(run(trainer, patience=2).rows) == len(trainer.done) == 6


def test_begin_and_epochs_are_said(run, said):
    run(ScriptedTrainer([5.0, 4.0, 6.0]))
    begin, *epochs = said
    assert begin == (
        "cosface (seed 0)  200 training and 100 validation images, 8 weights, at most 3 epochs"
    )
    starts = [
        f"cosface (seed 0)  epoch {epoch}/3  loss {0.125 * epoch:.4f}  validation loss {loss}"
        for epoch, loss in ((1, "5.0000 (best)"), (2, "4.0000 (best)"), (3, "6.0000  "))
    ]
    assert [line[: len(start)] for line, start in zip(epochs, starts, strict=True)] == starts
    assert all("images/s" in line and " left" in line for line in epochs)


def test_the_scale_of_the_embeddings_is_kept_of_each_epoch(run):
    assert run(ScriptedTrainer(LOSSES)).column("between_classes") == [2.0, 4.0, 8.0, 16.0]


def test_a_collapse_is_said_and_kept(run, said):
    assert run(ScriptedTrainer([0.5, 0.2, 0.2], equal_loss=0.2)).collapsed == [2, 3]
    warnings = [line for line in said if "collapsed" in line]
    assert len(warnings) == 2
    assert warnings[0] == (
        "cosface (seed 0)  epoch 2: the training has collapsed: the validation loss is 0.2000, "
        "that of equal embeddings 0.2000 (spread of the embeddings: 0.5); lower the learning rate "
        "or the margin, or start from another seed"
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_validation_loss_that_is_not_finite_ends_the_training(run, value):
    trainer = ScriptedTrainer([5.0, value, 4.0])
    with pytest.raises(DiscernError) as refusal:
        run(trainer)
    assert str(refusal.value) == (
        f"the validation loss became {value} in epoch 2; lower the learning rate or the loss's "
        "scale, or start from another seed"
    )
    assert len(trainer.done) == 2


def test_a_stopped_training_goes_on_after_its_last_whole_epoch(run, stopped, said):
    trainer = ScriptedTrainer(LOSSES)
    history = run(trainer)
    assert [epoch for epoch, _ in trainer.done] == [3, 4]
    assert said[0].endswith("at most 4 epochs, continuing after epoch 2")
    assert history.validation_losses == LOSSES
    assert history.column("loss") == [0.125, 0.25, 0.375, 0.5]
    np.testing.assert_array_equal(trainer.weights[0].numpy(), np.full(8, 4))
    names = sorted(path.name for path in run.checkpoints.iterdir())
    assert names == ["epoch-0001.npz", "epoch-0002.npz", "epoch-0004.npz"]


def test_collapsed_epochs_are_remembered_over_a_stop(run):
    script = {"losses": [0.2, 0.2, 0.1], "equal_loss": 0.2}
    with pytest.raises(KeyboardInterrupt):
        run(ScriptedTrainer(**script, stop_in=2))
    assert run(ScriptedTrainer(**script)).collapsed == [1, 2]


def test_a_training_that_is_over_is_not_done_again(run):
    history = run(ScriptedTrainer(LOSSES))
    again = ScriptedTrainer(LOSSES)
    assert run(again) == history
    assert again.done == []


@pytest.mark.parametrize("shorter", [{"epochs": 2}, {"epochs": 5, "patience": 1}])
def test_a_shorter_training_after_a_stop_gives_what_it_gives_at_once(run, shorter):
    script = {"losses": [5.0, 6.0, 4.0, 3.0, 2.0], "equal_loss": 3.0}  # collapsed in epoch 4
    at_once = run(ScriptedTrainer(**script), "at once", **shorter)
    assert len(at_once.rows) == 2
    with pytest.raises(KeyboardInterrupt):
        run(ScriptedTrainer(**script, stop_in=5))
    later = run(ScriptedTrainer(**script), **shorter)
    for name in ("epoch", "loss", "validation_loss", "between_classes", "learning_rate"):
        assert later.column(name) == at_once.column(name)
    assert later.collapsed == at_once.collapsed == []
    assert later.best_epochs == at_once.best_epochs


@pytest.fixture(scope="module")
def data(digits):
    """200 digits to train on and 100 to validate."""
    everything = Data(digits["train_images"], digits["train_labels"])
    return everything.take(np.arange(200)), everything.take(np.arange(200, 300))


@pytest.fixture
def trainer_of(data):
    """Makes a trainer of a loss by its name."""

    def trainer_of(name, seed=3, sampler="grouped", size=20, samples=2):
        return make_trainer(
            *data,
            loss=losses.create(name, classes=10, embedding_dim=8, seed=seed),
            grouped=descriptions()[name].grouped,
            distance=descriptions()[name].distance,
            network=NETWORK,
            settings=BatchSettings(sampler, size, samples),
            seed=seed,
        )

    return trainer_of


def test_a_trainer_starts_with_the_weights_of_its_seed(trainer_of):
    loss = losses.create("cosface", classes=10, embedding_dim=8, seed=3)
    expected = named_weights(build(EmbeddingNetwork(NETWORK, 3), loss, (8, 8)))
    trainer = trainer_of("cosface")
    found = named_weights(trainer.weights)
    assert list(found) == list(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, strict=True)
    assert trainer.network.dropout.rate == 0.25


@pytest.mark.parametrize(
    ("name", "sampler"),
    [(name, "grouped") for name in ("cosface", "softmax", "triplet_semihard")]
    + [(name, "shuffled") for name in ("cosface", "softmax")],
)
def test_every_loss_of_a_seed_sees_the_same_batches(trainer_of, data, name, sampler):
    trainer = trainer_of(name, sampler=sampler)
    assert (trainer.training, trainer.validation) == data
    expected = create(sampler, data[0].labels, 20, 2, seed=3)
    for epoch in (1, 2):
        np.testing.assert_array_equal(trainer.sampler.epoch(epoch), expected.epoch(epoch))


@pytest.mark.parametrize("size", [20, 30])
def test_a_loss_without_groups_is_validated_on_each_image_once(trainer_of, size):
    batches = list(trainer_of("cosface", size=size, samples=size // 10).validation_batches)
    np.testing.assert_array_equal(np.concatenate(batches), np.arange(100))
    assert {len(positions) for positions in batches[:-1]} == {size} >= {max(map(len, batches))}


def test_a_loss_with_groups_is_validated_on_the_same_groups_in_every_epoch(trainer_of):
    trainer = trainer_of("triplet_semihard")
    first, again = (list(map(list, trainer.validation_batches)) for _ in range(2))
    assert first == again
    assert len(first) == 5
    for positions in first:
        assert list(np.bincount(trainer.validation.labels[positions])) == [2] * 10


def test_some_classes_are_numbered_from_zero_as_if_there_were_no_others(data):
    training, _ = data
    kept = np.flatnonzero(np.isin(training.labels, [2, 4, 9]))
    some = of_classes(training, (2, 4, 9))
    np.testing.assert_array_equal(some.images, training.images[kept])
    names = np.array([2, 4, 9])
    np.testing.assert_array_equal(names[some.labels], training.labels[kept])


def test_all_classes_keep_their_numbers(data):
    everything = of_classes(data[0], None)
    np.testing.assert_array_equal(everything.images, data[0].images)
    np.testing.assert_array_equal(everything.labels, data[0].labels, strict=True)
