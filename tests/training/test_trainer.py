"""A step is Nadam's, validation is a mean over images, divergence and collapse are noticed."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from discern import losses
from discern.errors import DiscernError
from discern.losses.shared.base import Loss
from discern.losses.shared.catalogue import descriptions
from discern.training.batches import GroupedSampler
from discern.training.network import EmbeddingNetwork, named_weights
from discern.training.scale import between_classes
from discern.training.settings import NetworkSettings
from discern.training.trainer import Data, Trainer, Validation

SETTINGS = NetworkSettings(embedding_dim=8, embedding_activation="linear", dropout=0.25)


@pytest.fixture(scope="module")
def training_data(digits):
    return Data(digits["train_images"][:100], digits["train_labels"][:100])


@pytest.fixture(scope="module")
def validation_data(digits):
    return Data(digits["train_images"][100:160], digits["train_labels"][100:160])


@pytest.fixture
def make(training_data, validation_data):
    """Makes a trainer on 100 digits, five steps of 10 × 2 an epoch, and 60 to validate."""

    def make(loss="softmax", seed=0, cuts=(7, 20), distance="euclidean", **parameters):
        if isinstance(loss, str):
            loss = losses.create(loss, classes=10, embedding_dim=8, seed=seed, **parameters)
        return Trainer(
            network=EmbeddingNetwork(SETTINGS, seed),
            loss=loss,
            training=training_data,
            validation=validation_data,
            sampler=GroupedSampler(training_data.labels, 10, 2, seed),
            validation_batches=np.split(np.arange(60), cuts),
            distance=distance,
        )

    return make


def unheard(done, steps, loss):
    pass


def gradients_of(network, loss, data, positions, step):
    """Loss and gradients of one batch, by a tape of our own and without a graph."""
    images, labels = data.images[positions], data.labels[positions].astype(np.int32)
    weights = network.trainable_weights + loss.trainable_weights
    with tf.GradientTape() as tape:
        value = loss(network(tf.constant(images), step=step), tf.constant(labels), step=step)
    return float(value), [g.numpy().astype(np.float64) for g in tape.gradient(value, weights)]


class Nadam:
    """Nadam as in Dozat, Incorporating Nesterov Momentum into Adam, 2016, algorithm 2."""

    def __init__(self, weights):
        self.t, self.product = 0, 1.0
        self.m = [np.zeros(weight.shape) for weight in weights]
        self.n = [np.zeros(weight.shape) for weight in weights]

    def step(self, weights, gradients, rate):
        self.t += 1
        mu, mu_next = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * t)) for t in (self.t, self.t + 1))
        self.product *= mu
        for i, (weight, g) in enumerate(zip(weights, gradients, strict=True)):
            self.m[i] = 0.9 * self.m[i] + 0.1 * g
            self.n[i] = 0.999 * self.n[i] + 0.001 * g**2
            corrected = (1 - mu) * g / (1 - self.product)
            corrected += mu_next * self.m[i] / (1 - self.product * mu_next)
            scale = np.sqrt(self.n[i] / (1 - 0.999**self.t)) + 1e-7
            weight.assign(weight.numpy() - rate * corrected / scale)


@pytest.mark.parametrize("loss", ["softmax", "sphereface"])
def test_training_is_nadam_on_the_samplers_batches_counted_from_step_zero(make, loss, monkeypatch):
    monkeypatch.setattr("discern.training.trainer.STEPS_PER_CALL", 2)
    # Both depend on the step: the one by its dropout, the other by λ, and the network's dropout.
    trainer, plain = make(loss), make(loss)
    weights = plain.network.trainable_weights + plain.loss.trainable_weights
    start = [weight.numpy() for weight in weights]
    optimizer, step = Nadam(weights), 0
    for epoch, rate in ((1, 0.001), (2, 0.0005)):
        batches = plain.sampler.epoch(epoch)
        expected, reported = [], []
        for positions in batches:
            parts = plain.network, plain.loss, plain.training, positions, tf.constant(step)
            value, gradients = gradients_of(*parts)
            optimizer.step(weights, gradients, rate)
            expected.append(value)
            step += 1
        mean = trainer.run_epoch(epoch, rate, lambda *said: reported.append(said))  # noqa: B023
        assert [said[:2] for said in reported] == [(2, 5), (4, 5), (5, 5)]
        reports = [said[2] for said in reported]
        np.testing.assert_allclose(reports, np.take(expected, [1, 3, 4]), rtol=1e-4)
        np.testing.assert_allclose(mean, np.mean(expected), rtol=1e-4)
    found = trainer.network.trainable_weights + trainer.loss.trainable_weights
    for weight, value, before in zip(found, weights, start, strict=True):
        difference = np.abs(weight.numpy() - value.numpy())
        assert difference.mean() < 1e-3 * np.abs(value.numpy() - before).mean(), weight.name


@pytest.mark.parametrize("loss", ["sphereface", "lifted_structure", "triplet_semihard"])
def test_steps_of_one_call_are_those_of_a_call_each_bit_for_bit(make, loss):
    trainer, alone = make(loss), make(loss)
    step = tf.function(alone._train_step, reduce_retracing=True)
    trainer.run_epoch(1, 0.001, unheard)
    alone.optimizer.learning_rate.assign(0.001)
    for number, positions in enumerate(alone.sampler.epoch(1)):
        images = tf.constant(alone.training.images[positions])
        labels = tf.constant(alone.training.labels[positions].astype(np.int64))
        step(images, labels, tf.constant(number))
    for ours, theirs in zip(trainer.weights, alone.weights, strict=True):
        assert ours.numpy().tobytes() == theirs.numpy().tobytes(), ours.name


@pytest.mark.parametrize("loss", ["softmax", "triplet_semihard"])
def test_how_many_steps_a_call_has_changes_no_bit(make, loss, monkeypatch):
    ends = []
    for steps in (1, 3, 20):
        monkeypatch.setattr("discern.training.trainer.STEPS_PER_CALL", steps)
        trainer = make(loss)
        means = [trainer.run_epoch(epoch, 0.001, unheard) for epoch in (1, 2)]
        weights = [*trainer.weights, *trainer.optimizer.weights]
        ends.append((means, [weight.numpy().tobytes() for weight in weights]))
    assert ends[0] == ends[1] == ends[2]


def test_an_epoch_can_be_trained_by_its_number_alone(make):
    # What another trainer would do after epoch 1 with the same weights and optimiser.
    first, second = make(), make()
    first.run_epoch(1, 0.001, unheard)
    for theirs, ours in zip(second.weights, first.weights, strict=True):
        theirs.assign(ours)
    second.optimizer.set_weights(first.optimizer.get_weights())
    means = [trainer.run_epoch(2, 0.001, unheard) for trainer in (first, second)]
    assert means[0] == pytest.approx(means[1], rel=1e-6)
    for theirs, ours in zip(second.weights, first.weights, strict=True):
        np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_what_the_loss_trains_is_trained_and_among_the_weights(make):
    trainer = make("softmax")
    before = named_weights(trainer.weights)
    trainer.run_epoch(1, 0.001, unheard)
    after = named_weights(trainer.weights)
    assert {"class_weights", "bias", "network/conv1/kernel"} < set(after)
    for name in after:
        assert (before[name] != after[name]).any(), name


def softmax_losses(trainer):
    """The cross-entropy of each validation image, all embedded at once, in float64."""
    embeddings = trainer.network(tf.constant(trainer.validation.images)).numpy()
    logits = embeddings.astype(np.float64) @ trainer.loss.weights_matrix.numpy()
    logits += trainer.loss.bias.numpy()
    own = logits[np.arange(len(logits)), trainer.validation.labels]
    return np.log(np.exp(logits).sum(axis=1)) - own


def test_the_validation_loss_is_the_mean_over_all_images_however_they_are_batched(make):
    trainer = make("softmax", cuts=(7, 20))
    trainer.run_epoch(1, 0.01, unheard)
    expected = softmax_losses(trainer)
    assert abs(expected.mean() - np.mean([expected[:7].mean(), expected[7:].mean()])) > 1e-3
    assert trainer.validate().loss == pytest.approx(expected.mean(), rel=1e-5)
    trainer.validation_batches = np.split(np.arange(60), [59])
    assert trainer.validate().loss == pytest.approx(expected.mean(), rel=1e-5)


def test_validation_changes_nothing_and_gives_the_same_every_time(make):
    trainer = make("softmax")
    before = named_weights(trainer.weights)
    assert trainer.validate() == trainer.validate()
    for name, value in named_weights(trainer.weights).items():
        np.testing.assert_array_equal(value, before[name])


def test_validation_holds_what_changes_over_time_at_its_final_value(make):
    annealed = make("sphereface", lambda_base=1000.0, lambda_minimum=5.0).validate().loss
    constant = make("sphereface", lambda_base=5.0, lambda_minimum=5.0).validate().loss
    other = make("sphereface", lambda_base=1000.0, lambda_minimum=50.0).validate().loss
    assert annealed == constant
    assert abs(annealed - other) > 1e-3


def test_the_spread_is_the_embeddings_variance_over_their_mean_squared_norm(make):
    trainer = make()
    embeddings = trainer.network(tf.constant(trainer.validation.images)).numpy().astype(float)
    expected = embeddings.var(axis=0).sum() / np.mean(np.sum(embeddings**2, axis=1))
    assert 0.01 < expected < 0.99
    assert trainer.validate().spread == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_the_scale_is_that_of_the_validation_images_that_are_used(make, distance):
    trainer = make(distance=distance)
    used = [np.arange(0, 20), np.arange(15, 35)]  # some twice, some not at all
    trainer.validation_batches = used
    positions = np.concatenate(used)
    embeddings = trainer.network(tf.constant(trainer.validation.images[positions])).numpy()
    labels = trainer.validation.labels[positions]
    expected = between_classes(embeddings, labels, distance)
    assert trainer.validate().between_classes == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "margin", "expected"),
    [("triplet_semihard", 0.3, 0.3), ("contrastive", 0.6, 0.6**2 / 2)],
)
def test_equal_embeddings_have_the_loss_that_the_margin_gives(make, loss, margin, expected):
    assert make(loss, margin=margin).validate().equal_loss == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("bias", [0.0, 1.0])
@pytest.mark.parametrize("loss", ["softmax", "triplet_semihard"])
def test_equal_embeddings_are_a_collapse(make, loss, bias):
    trainer = make(loss)
    trainer.network.dense.kernel.assign(tf.zeros((256, 8)))
    trainer.network.dense.bias.assign(tf.fill((8,), bias))
    validation = trainer.validate()
    assert validation.spread == pytest.approx(0, abs=1e-9)
    assert validation.collapsed


@pytest.mark.parametrize("loss", [n for n, record in descriptions().items() if record.trained])
def test_a_network_that_learns_has_not_collapsed(make, loss):
    trainer = make(loss)
    assert not trainer.validate().collapsed
    for epoch in (1, 2):
        trainer.run_epoch(epoch, 0.001, unheard)
        assert not trainer.validate().collapsed


@pytest.mark.parametrize(
    ("loss", "spread", "equal_loss", "collapsed"),
    [
        (0.2, 0.5, 0.2, True),
        (0.2001, 0.5, 0.2, True),
        (0.1999, 0.5, 0.2, True),
        (0.19, 0.5, 0.2, False),
        (0.21, 0.5, 0.2, False),
        (0.01, 0.5, 0.2, False),
        (0.0, 0.5, 0.2, False),
        (0.01, 1e-9, 0.2, True),
        (0.0, 0.0, 0.0, True),
        (0.01, 0.001, 0.2, False),
        (3.7, 0.5, 0.2, False),
    ],
)
def test_a_loss_stuck_at_that_of_equal_embeddings_is_a_collapse(
    loss, spread, equal_loss, collapsed
):
    assert Validation(loss, spread, equal_loss, 1.0).collapsed == collapsed


def test_a_loss_of_zero_is_no_collapse_where_the_margin_is_zero(make):
    trainer = make("triplet_semihard", margin=0.0, distance="cosine")
    for epoch in range(1, 13):
        trainer.run_epoch(epoch, 0.001, unheard)
    embeddings = trainer.network(tf.constant(trainer.validation.images)).numpy()
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    similar = embeddings @ embeddings.T - 2 * np.eye(60)
    labels = trainer.validation.labels
    nearest_is_alike = np.mean(labels[similar.argmax(axis=1)] == labels)
    assert nearest_is_alike > 0.6  # chance is 0.1
    validation = trainer.validate()
    assert validation.spread > 0.01
    assert not validation.collapsed


class Breaking(Loss):
    """The embeddings' mean square, but ``value`` in the third step."""

    def __init__(self, value):
        super().__init__(classes=10, embedding_dim=8, seed=0)
        self.value = value

    def call(self, embeddings, labels, step=None):
        mean = tf.reduce_mean(tf.square(embeddings))
        return mean if step is None else tf.where(tf.equal(step, 2), self.value, mean)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_ends_the_training_within_its_call(make, value, monkeypatch):
    monkeypatch.setattr("discern.training.trainer.STEPS_PER_CALL", 2)
    trainer, reported = make(Breaking(np.float32(value))), []
    with pytest.raises(DiscernError) as refusal:
        trainer.run_epoch(1, 0.001, lambda *said: reported.append(said))
    assert str(refusal.value) == (
        f"the loss became {value} in epoch 1, batch 3; lower the learning rate or the loss's "
        "scale, or start from another seed"
    )
    assert [done for done, _, _ in reported] == [2]


@pytest.mark.parametrize("loss", ["cosface", "softmax", "triplet_semihard"])
def test_too_high_a_learning_rate_ends_in_a_sentence(make, loss):
    with pytest.raises(DiscernError, match=r"the loss became nan in epoch 1, batch \d; lower the"):
        make(loss).run_epoch(1, 1e30, unheard)


def test_taking_samples_keeps_images_and_labels_together(training_data):
    taken = training_data.take(np.array([5, 2, 2]))
    np.testing.assert_array_equal(taken.images, training_data.images[[5, 2, 2]], strict=True)
    np.testing.assert_array_equal(taken.labels, training_data.labels[[5, 2, 2]], strict=True)
