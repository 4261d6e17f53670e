"""Centre loss."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

import oracle
from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import BATCHES, CLASSES, DIM, batch, few_examples, random_batch, seeds
from discern import losses
from discern.losses.base import Dropout

NAME = "centre"


def with_random_centres(loss, seed=0):
    loss.centres.assign(np.random.default_rng([seed, 1]).normal(size=loss.centres.shape))
    return with_random_weights(loss, seed)


def centres_of(loss):
    return loss.centres.numpy().astype(np.float64)


def after_step(loss, batch):
    loss.after_step(tf.constant(batch.embeddings), tf.constant(batch.labels))


# The centres are an argument of their own in the reference: no gradient flows through them.


@pytest.mark.parametrize("weight", [0.01, 3.0])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, weight):
    loss = with_random_centres(make(NAME, weight=weight))
    centres = centres_of(loss)
    assert_agrees(loss, lambda x, y, w, b: oracle.centre(x, y, w, b, centres, weight), batch)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Class 0 at 0, class 1 at 3; W = (0, ln 2), b = 0; centres (1, 1); λ = 4.
    # Scores (0, x ln 2): −log probability of class 0 at 0 is ln 2, of class 1 at 3 ln(9/8).
    # Squared distances 1 and 4, mean 5/2.
    # L = ½ (ln 2 + ln 9/8) + 4/2 · 5/2 = ½ ln 9/4 + 5
    loss = losses.create(NAME, classes=2, embedding_dim=1, weight=4.0)
    loss.class_weights.assign([[0, math.log(2)]])
    loss.centres.assign([[1], [1]])
    assert value(loss, batch([[0], [3]], [0, 1])) == pytest.approx(math.log(3 / 2) + 5, rel=1e-6)


def test_each_sample_is_pulled_to_the_centre_of_its_own_class():
    # W = 0: the scores are the same everywhere. λ/2 · ½ ‖x − c‖², gradient λ/2 · (x − c)
    loss = losses.create(NAME, classes=2, embedding_dim=2, weight=6.0)
    loss.class_weights.assign([[0, 0], [0, 0]])
    loss.centres.assign([[1, 2], [-3, 0]])
    _, (gradient, *_) = value_and_gradients(loss, batch([[2, 2], [-3, 5]], [0, 1]))
    np.testing.assert_allclose(gradient, [[3, 0], [0, 15]], rtol=1e-6, atol=1e-6)


def test_dropout_is_before_the_classifier_and_the_pull_knows_nothing_of_it():
    loss = with_random_centres(make(NAME, weight=3.0, dropout=0.5))
    batch, centres = random_batch(0), centres_of(loss)
    dropout = next(layer for layer in loss.submodules if isinstance(layer, Dropout))
    mask = dropout(tf.ones(batch.embeddings.shape), step=4).numpy().astype(np.float64)
    assert 0 < np.count_nonzero(mask) < mask.size

    def function(x, y, w, b):
        pull = oracle.centre(x, y, w, b, centres, 3.0) - oracle.softmax(x, y, w, b)
        return oracle.softmax(x * mask, y, w, b) + pull

    assert_agrees(loss, function, batch, step=4)


@pytest.mark.parametrize("step", [None, 3])
def test_without_weight_it_is_the_softmax(step):
    loss, softmax = (with_random_weights(make(name, dropout=0.0)) for name in (NAME, "softmax"))
    loss.weight = 0.0
    loss.centres.assign(tf.ones((CLASSES, DIM)))
    batch = random_batch(2)
    expected = value_and_gradients(softmax, batch, step)
    np.testing.assert_equal(value_and_gradients(loss, batch, step), expected)


def test_the_centres_start_at_0_and_no_gradient_moves_them():
    loss = make(NAME)
    assert not loss.centres.numpy().any()
    assert loss.centres.shape == (CLASSES, DIM)
    assert loss.centres.dtype == tf.float32
    assert [weight.name for weight in loss.non_trainable_weights] == ["centres:0"]
    assert not any(weight is loss.centres for weight in loss.trainable_weights)


def test_the_loss_alone_never_moves_the_centres():
    loss = with_random_centres(make(NAME))
    before = loss.get_weights()
    for step in (None, 0, 7):
        value_and_gradients(loss, random_batch(1), step)
        loss.logits(random_batch(1).embeddings)
    np.testing.assert_equal(loss.get_weights(), before)


def test_a_centre_moves_as_computed_by_hand():
    # α = ½. Class 0 at 0 and 6, c = 0: Δ = ((0 − 0) + (0 − 6)) / (1 + 2) = −2, c − ½ Δ = 1.
    # Class 1 at 4, c = 1: Δ = (1 − 4) / (1 + 1) = −3/2, c − ½ Δ = 7/4.
    # Class 2 is absent and stays at −5.
    loss = losses.create(NAME, classes=3, embedding_dim=1, centre_rate=0.5)
    loss.centres.assign([[0], [1], [-5]])
    after_step(loss, batch([[0], [4], [6]], [0, 1, 0]))
    np.testing.assert_allclose(loss.centres, [[1], [1.75], [-5]], rtol=1e-6)


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_after_a_step_the_centres_are_those_of_the_paper(batch, rate):
    loss = with_random_centres(make(NAME, centre_rate=rate))
    x = batch.embeddings.astype(np.float64)
    expected = oracle.moved_centres(centres_of(loss), x, batch.labels, rate)
    after_step(loss, batch)
    tolerance = 1e-6 * np.max(np.abs(expected))
    np.testing.assert_allclose(loss.centres, expected, rtol=1e-5, atol=tolerance)


def test_after_many_steps_in_a_graph_they_still_are():
    loss = with_random_centres(make(NAME))
    expected = centres_of(loss)
    signature = [tf.TensorSpec([None, DIM]), tf.TensorSpec([None], tf.int64)]
    graph = tf.function(loss.after_step, input_signature=signature)
    for seed, size in enumerate((10, 4, 7, 10)):
        batch = random_batch(seed, size)
        x = batch.embeddings.astype(np.float64)
        expected = oracle.moved_centres(expected, x, batch.labels, 0.5)
        graph(tf.constant(batch.embeddings), tf.constant(batch.labels, tf.int64))
    np.testing.assert_allclose(loss.centres, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("integer", [np.uint8, np.int32, np.int64])
def test_the_labels_of_a_step_may_be_any_integers(integer):
    loss, batch = with_random_centres(make(NAME)), random_batch(0)
    expected = oracle.moved_centres(
        centres_of(loss), batch.embeddings.astype(np.float64), batch.labels, 0.5
    )
    loss.after_step(tf.constant(batch.embeddings), tf.constant(batch.labels.astype(integer)))
    np.testing.assert_allclose(loss.centres, expected, rtol=1e-5, atol=1e-6)


def test_a_class_absent_from_the_batch_keeps_its_centre_and_what_is_trained_stays():
    loss = with_random_centres(make(NAME))
    centres, trained = centres_of(loss), [weight.numpy() for weight in loss.trainable_weights]
    after_step(loss, batch(random_batch(3).embeddings, [0, 2] * 5))
    np.testing.assert_array_equal(centres_of(loss)[[1, 3]], centres[[1, 3]])
    assert np.all(centres_of(loss)[[0, 2]] != centres[[0, 2]])
    np.testing.assert_equal([weight.numpy() for weight in loss.trainable_weights], trained)


@few_examples
@given(seeds)
def test_step_by_step_the_centres_come_to_the_classes_means(seed):
    # with n_j samples the distance shrinks by 1 − α n_j / (1 + n_j) ≤ ¾ a step; ¾^60 = 3e-8
    loss, batch = with_random_centres(make(NAME), seed), random_batch(seed)
    for _ in range(60):
        after_step(loss, batch)
    for j in set(batch.labels.tolist()):
        mean = batch.embeddings[batch.labels == j].mean(axis=0)
        np.testing.assert_allclose(loss.centres.numpy()[j], mean, rtol=1e-4, atol=1e-5)


@few_examples
@given(seeds)
def test_only_differences_between_embeddings_and_centres_matter_for_the_pull(seed):
    loss, batch = with_random_centres(make(NAME, weight=5.0), seed), random_batch(seed)
    loss.class_weights.assign(tf.zeros((DIM, CLASSES)))
    before = value(loss, batch)
    shift = np.random.default_rng(seed).uniform(-3, 3, DIM)
    loss.centres.assign_add(tf.constant(shift, tf.float32)[None] * tf.ones((CLASSES, 1)))
    assert value(loss, batch) != pytest.approx(before, rel=1e-3)
    assert value(loss, batch.plus(shift)) == pytest.approx(before, rel=1e-4)


def test_the_centres_belong_to_the_weights_that_are_kept_and_loaded():
    loss = with_random_centres(make(NAME))
    loaded = make(NAME, seed=2)
    loaded.set_weights(loss.get_weights())
    np.testing.assert_array_equal(loaded.centres, loss.centres)
    assert value(loaded, random_batch(0)) == value(loss, random_batch(0))


def test_the_logits_are_the_linear_classifiers():
    loss = with_random_centres(make(NAME))
    x = random_batch(2).embeddings
    w, b = (weight.numpy() for weight in loss.trainable_weights)
    expected = x.astype(np.float64) @ w + b
    np.testing.assert_allclose(loss.logits(x), expected, rtol=1e-5, atol=1e-6)


@few_examples
@given(seeds)
def test_a_larger_weight_costs_more(seed):
    batch = random_batch(seed)
    light, heavy = (
        value(with_random_centres(make(NAME, weight=weight), seed), batch) for weight in (1.0, 2.0)
    )
    apart = batch.embeddings - with_random_centres(make(NAME), seed).centres.numpy()[batch.labels]
    assert heavy - light == pytest.approx(0.5 * np.mean(np.sum(apart**2, axis=1)), rel=1e-4)


def test_samples_of_a_batch_count_alike_whatever_their_class():
    # squared distances 1, 1, 1 and 9: the mean is 3, not the mean of the classes' means, 5
    loss = losses.create(NAME, classes=2, embedding_dim=1, weight=2.0)
    loss.class_weights.assign([[0, 0]])
    at = batch([[1], [-1], [1], [3]], [0, 0, 0, 1])
    assert value(loss, at) == pytest.approx(math.log(2) + 3, rel=1e-6)
