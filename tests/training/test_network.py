"""The embedding network: its dropout, where its randomness comes from, its weights."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from discern import losses
from discern.errors import DiscernError
from discern.losses.shared.catalogue import descriptions
from discern.training.network import EmbeddingNetwork, assign_weights, build, named_weights
from discern.training.settings import NetworkSettings

TRAINED = [name for name, record in descriptions().items() if record.trained]


def built(shape=(9, 8), seed=0, loss=None, dim=5, activation="linear", dropout=0.25):
    """A network and all weights, those of the loss called ``loss`` included."""
    network = EmbeddingNetwork(NetworkSettings(dim, activation, dropout), seed)
    made = losses.create(loss, classes=10, embedding_dim=dim, seed=seed) if loss else None
    return network, build(network, made, shape)


def images_of(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def randomize(weights, seed=0):
    """Give all weights, the biases too, other values than they start with."""
    random = np.random.default_rng(seed)
    for weight in weights:
        weight.assign(random.normal(0, 0.3, weight.shape))


def flattening(rate):
    """A network whose embedding is what its last layer sees, and that for random images."""
    network, _ = built((8, 8), dim=2 * 2 * 64, dropout=rate)
    network.dense.kernel.assign(np.eye(256))
    network.get_layer("conv2").bias.assign(np.ones(64))  # so that nothing is 0 but what was dropped
    return network, tf.constant(images_of(40, 8, 8))


def test_dropout_zeroes_its_share_before_the_last_layer_and_scales_the_rest():
    network, images = flattening(0.25)
    whole = network(images).numpy()
    assert (whole > 0).all()
    dropped = network(images, step=tf.constant(3)).numpy()
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], whole[kept] / 0.75, rtol=1e-5)
    assert abs(np.mean(kept) - 0.75) < 4 * np.sqrt(0.25 * 0.75 / kept.size)
    for axis in (0, 1):  # by place and by image, never the same for all
        assert np.mean(kept, axis=axis).min() > 0.4
        assert np.mean(kept, axis=axis).max() < 1


def test_dropout_is_a_function_of_seed_and_step_whatever_was_computed_before():
    images = tf.constant(images_of(4, 9, 8))

    def embeddings(seed, step):
        network, weights = built(seed=seed)
        randomize(weights)  # the same for every seed, so that dropout alone tells them apart
        return network(images, step=tf.constant(step)).numpy()

    used, weights = built(seed=1)
    randomize(weights)
    for step in (5, 0, 2, 5):
        tf.random.set_seed(step)
        used(images)
        again = used(images, step=tf.constant(step)).numpy()
        np.testing.assert_array_equal(again, embeddings(1, step), strict=True)
    found = {embeddings(seed, step).tobytes() for seed in (1, 2, 3) for step in (0, 1, 2, 3)}
    assert len(found) == 12


def test_without_a_step_nothing_is_dropped():
    images = tf.constant(images_of(4, 9, 8))
    (dropping, weights), (whole, other) = built(dropout=0.9), built(dropout=0.0)
    randomize(weights)
    randomize(other)
    np.testing.assert_array_equal(dropping(images), whole(images))
    np.testing.assert_array_equal(whole(images, step=tf.constant(1)), whole(images))


@pytest.mark.parametrize("loss", TRAINED)
def test_every_loss_of_a_seed_starts_from_the_same_weights(loss):
    tf.random.set_seed(len(loss))
    _, alone = built(seed=4)
    _, weights = built(seed=4, loss=loss)
    values = named_weights(weights)
    for name, value in named_weights(alone).items():
        np.testing.assert_array_equal(values[name], value, strict=True)


def test_another_seed_starts_from_other_weights():
    first, second = (named_weights(built(seed=seed)[1]) for seed in (0, 1))
    for name in (name for name in first if name.endswith("kernel")):
        assert np.mean(first[name] == second[name]) < 0.01


@pytest.mark.parametrize("loss", TRAINED)
def test_the_weights_of_network_and_loss_come_back_as_they_were_named(loss):
    network, weights = built(seed=1, loss=loss)
    randomize(weights)
    values = named_weights(weights)
    expected = [weight.numpy() for weight in weights]
    _, others = built(seed=2, loss=loss)
    assign_weights(others, values, "here")
    for weight, value in zip(others, expected, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value, strict=True)
    assert len(values) == len(weights) >= len(network.weights)
    assert ("class_weights" in values) == descriptions()[loss].classifies


def test_named_weights_are_a_copy():
    _, weights = built()
    values = named_weights(weights)
    before = values["network/conv1/bias"].copy()
    randomize(weights)
    np.testing.assert_array_equal(values["network/conv1/bias"], before)


def test_two_weights_of_one_name_are_not_mistaken_for_each_other():
    with pytest.raises(ValueError, match="two weights share a name"):
        named_weights([tf.Variable(1.0, name="bias"), tf.Variable(2.0, name="bias")])


def without_the_bias(values):
    del values["network/embedding/bias"]


def with_one_more(values):
    values["class_weights"] = np.zeros((5, 10), np.float32)


def wider(values):
    values["network/embedding/kernel"] = np.zeros((256, 6), np.float32)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without_the_bias, "network/embedding/bias: nothing instead of (5,)"),
        (with_one_more, "class_weights: (5, 10) instead of nothing"),
        (wider, "network/embedding/kernel: (256, 6) instead of (256, 5)"),
    ],
)
def test_weights_that_do_not_fit_are_refused_and_none_is_assigned(change, why):
    _, weights = built()
    before = named_weights(weights)
    values = {name: value + 1 for name, value in before.items()}
    change(values)
    with pytest.raises(DiscernError) as refusal:
        assign_weights(weights, values, "select/0.npz")
    assert str(refusal.value) == (
        f"select/0.npz does not fit the network ({why}); delete it to have it made again"
    )
    for name, value in named_weights(weights).items():
        np.testing.assert_array_equal(value, before[name])
