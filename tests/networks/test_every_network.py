"""What holds for every network there is: a new file among them is tested by being there."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from discern import losses, networks
from discern.errors import DiscernError
from discern.losses.shared.catalogue import descriptions as losses_known
from discern.networks.shared.catalogue import descriptions
from discern.training.history import COLUMNS, History
from discern.training.loop import make_trainer
from discern.training.network import EmbeddingNetwork, build, named_weights
from discern.training.resume import Resume
from discern.training.settings import BatchSettings, NetworkSettings
from discern.training.trainer import Data

DOCS = Path(__file__).parents[2] / "docs"
every_network = pytest.mark.parametrize("name", descriptions())
# One of each family: a classifier, one with normalised weights, and distances within a batch.
FAMILIES = ("softmax", "cosface", "triplet_semihard")
HISTORY_OF_ONE_EPOCH = History([dict.fromkeys(COLUMNS, 1.0) | {"epoch": 1}])


def settings(name):
    return NetworkSettings(8, "linear", 0.25, name)


def built(name, shape, seed=0):
    network = EmbeddingNetwork(settings(name), seed)
    return network, build(network, None, shape)


def images_of(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(scope="module")
def data(digits):
    """Digits of 16 × 16 pixels: 60 to train on and 60 to validate."""
    images = digits["train_images"][:120].repeat(2, axis=1).repeat(2, axis=2)
    everything = Data(images, digits["train_labels"][:120])
    return everything.take(np.arange(60)), everything.take(np.arange(60, 120))


@pytest.fixture
def trainer_of(data):
    """Makes a trainer of a network and a loss, three steps an epoch."""

    def trainer_of(name, loss, seed=0):
        described = losses_known()[loss]
        return make_trainer(
            *data,
            loss=losses.create(loss, classes=10, embedding_dim=8, seed=seed),
            grouped=described.grouped,
            distance=described.distance,
            network=settings(name),
            settings=BatchSettings("grouped", 20, 2),
            seed=seed,
        )

    return trainer_of


def epoch_of(trainer, epoch):
    """Train one epoch; returns the training's and the validation's loss."""
    return trainer.run_epoch(epoch, 0.001, lambda *said: None), trainer.validate().loss


def numbers_of(trainer):
    """The bytes of all weights, and of the optimiser's."""
    weights = [*trainer.weights, *trainer.optimizer.weights]
    return [weight.numpy().tobytes() for weight in weights]


@every_network
@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (32, 32, 3), (20, 31, 3)])
def test_images_of_any_size_and_channels_become_embeddings_of_the_width_asked_for(name, shape):
    network, _ = built(name, shape)
    embeddings = network(tf.constant(images_of(3, *shape)))
    assert (embeddings.shape, embeddings.dtype) == ((3, 8), tf.float32)
    assert len(np.unique(embeddings)) == 24


@every_network
def test_an_image_is_the_same_with_and_without_an_axis_for_its_only_channel(name):
    network, _ = built(name, (28, 28))
    images = images_of(3, 28, 28)
    flat, deep = network(tf.constant(images)), network(tf.constant(images[..., None]))
    np.testing.assert_array_equal(flat, deep)


@every_network
def test_the_smallest_images_are_those_of_the_description(name):
    smallest = descriptions()[name].smallest_image
    network, _ = built(name, (smallest, smallest))
    images = images_of(2, smallest, smallest)
    images[1] = images[0]
    images[1, -2:, -2:] ^= 128
    first, second = network(tf.constant(images)).numpy()
    assert (first != second).any()
    for shape in ((smallest - 1, smallest), (smallest, smallest - 1, 3)):
        with pytest.raises(DiscernError) as refusal:
            built(name, shape)
        assert str(refusal.value) == (
            f"images of {shape[0]} × {shape[1]} pixels are too small for the network '{name}', "
            f"which needs {smallest} × {smallest} at least; choose another network.name"
        )


@every_network
def test_initial_weights_and_their_names_follow_from_the_seed_alone(name):
    tf.random.set_seed(1)
    first = named_weights(built(name, (16, 16), seed=3)[1])
    tf.random.set_seed(2)
    again = named_weights(built(name, (16, 16), seed=3)[1])
    other = named_weights(built(name, (16, 16), seed=4)[1])
    assert list(first) == list(again) == list(other)
    for weight, value in first.items():
        np.testing.assert_array_equal(value, again[weight])
        assert not weight.endswith("kernel") or (value != other[weight]).mean() > 0.99


@every_network
def test_no_two_layers_start_from_the_same_random_numbers(name):
    kernels = [v for n, v in named_weights(built(name, (16, 16))[1]).items() if "kernel" in n]
    starts = [kernel.ravel()[:200] / np.abs(kernel).max() for kernel in kernels]
    for one, other in itertools.combinations(starts, 2):
        count = min(len(one), len(other))
        assert abs(np.corrcoef(one[:count], other[:count])[0, 1]) < 0.4


@every_network
@pytest.mark.parametrize("loss", FAMILIES)
def test_a_training_is_the_same_twice_and_after_an_interruption(trainer_of, tmp_path, name, loss):
    whole, stopped, continued = (trainer_of(name, loss) for _ in range(3))
    before = numbers_of(whole)
    first, half_way, second = epoch_of(whole, 1), numbers_of(whole), epoch_of(whole, 2)
    changed = [a != b for a, b in zip(before, numbers_of(whole), strict=True)]
    assert all(changed[: len(whole.weights)])
    assert np.isfinite([first, second]).all()

    assert epoch_of(stopped, 1) == first
    assert numbers_of(stopped) == half_way
    resume = Resume(tmp_path / ".resume", "settings")
    resume.save(stopped, HISTORY_OF_ONE_EPOCH)
    assert resume.load(continued) == HISTORY_OF_ONE_EPOCH
    assert epoch_of(continued, 2) == second
    assert numbers_of(continued) == numbers_of(whole)


@every_network
def test_validation_embeds_each_image_alone_and_changes_no_weight(trainer_of, data, name):
    trainer = trainer_of(name, "softmax")
    epoch_of(trainer, 1)
    before = numbers_of(trainer)
    images = data[1].images[:6]
    together = trainer.network(tf.constant(images)).numpy()
    alone = [trainer.network(tf.constant(image[None])).numpy()[0] for image in images]
    np.testing.assert_allclose(together, alone, atol=1e-4 * np.abs(together).max())
    trainer.validate()
    assert numbers_of(trainer) == before


def test_the_page_lists_networks_as_they_are():
    lines = re.findall(
        r"^\| `\w+`.+", (DOCS / "adding-a-network.md").read_text("utf-8"), re.MULTILINE
    )
    listed = [line.strip("| ").split(" | ") for line in lines]
    assert {cells[0] for cells in listed} >= {"`original`", "`lenet`", "`resnet`"}
    for code, title, summary, weights, *_ in listed:
        name = code.strip("`")
        network = EmbeddingNetwork(NetworkSettings(128, "linear", 0.25, name), seed=0)
        count = sum(int(tf.size(weight)) for weight in build(network, None, (28, 28)))
        description = descriptions()[name]
        assert (title, summary) == (description.title, description.summary)
        assert weights == f"{count:,}"


def test_a_network_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(DiscernError) as refusal:
        networks.create("vgg", seed=0)
    assert str(refusal.value) == (
        f"there is no network 'vgg'; choose one of {', '.join(descriptions())}"
    )
