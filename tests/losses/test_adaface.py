"""AdaFace; its statistics of norms follow a rule of their own."""

import math

import numpy as np
import pytest
import tensorflow as tf

import oracle
import oracle_cosines
from agreement import (
    assert_agrees,
    cost,
    make,
    value,
    value_and_gradients,
    with_class_weights,
    with_random_weights,
)
from batches import BATCHES, DIM, batch, of_norm, random_batch

NAME = "adaface"


def norms_of(batch):
    return [oracle.norm(row) for row in batch.embeddings.astype(np.float64)]


def after_steps(loss, *batches):
    for each in batches:
        loss.after_step(tf.constant(each.embeddings), tf.constant(each.labels))
    return loss


def of_quality(quality, **parameters):
    """Two classes along the axes; an embedding of norm 1 has this quality."""
    loss = with_class_weights(NAME, [[2, 0], [0, 5]], concentration=1.0, **parameters)
    loss.norm_statistics.assign([1.0, 1.0 - quality, 1.0])
    return loss


@pytest.mark.parametrize(
    ("quality", "theta", "expected"),
    [
        (0.0, math.pi / 3, math.cos(math.pi / 3) - 0.4),  # CosFace
        (-1.0, 0.5, math.cos(0.9)),  # ArcFace
        (1.0, 1.0, math.cos(0.6) - 0.8),
        (0.5, 1.0, math.cos(0.8) - 0.6),
        (1.0, 0.3, 1 - 0.8),  # θ − m q < 0 counts as 0
        (-1.0, 3.0, -1),  # θ − m q > π counts as π
        (-5.0, 0.5, math.cos(0.9)),  # as −1
        (5.0, 1.0, math.cos(0.6) - 0.8),  # as 1
    ],
)
def test_the_own_score_is_the_one_of_the_paper(quality, theta, expected):
    loss = of_quality(quality, scale=5.0, margin=0.4)
    own, other = 5.0 * expected, 5.0 * math.sin(theta)
    result = cost(loss, [[math.cos(theta), math.sin(theta)]], [0])
    assert result == pytest.approx(math.log(1 + math.exp(other - own)), rel=1e-5)


@pytest.mark.parametrize("sign", [1, -1], ids=["0", "pi"])
@pytest.mark.parametrize("quality", [-1.0, 0.0, 1.0])
def test_at_0_and_pi_the_gradient_is_finite(quality, sign):
    _, gradients = value_and_gradients(of_quality(quality), batch([[sign, 0]], [0]))
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


def test_without_concentration_it_is_the_large_margin_cosine_loss():
    parameters = {"scale": 10.0, "margin": 0.4}
    loss = with_random_weights(make(NAME, concentration=0.0, **parameters))
    expected = with_random_weights(make("cosface", **parameters))
    assert value(loss, random_batch(0)) == pytest.approx(value(expected, random_batch(0)), rel=1e-5)


def test_the_statistics_are_saved_start_at_0_and_no_gradient_moves_them():
    loss = make(NAME)
    assert [weight.name for weight in loss.non_trainable_weights] == ["norm_statistics:0"]
    assert loss.norm_statistics.dtype == tf.float32
    assert not loss.norm_statistics.numpy().any()


@pytest.mark.parametrize("rate", [0.01, 0.3, 1.0])
def test_mean_and_deviation_are_running_means_that_do_not_depend_on_their_start(rate):
    loss, batches = make(NAME, rate=rate), [random_batch(seed, 8) for seed in range(5)]
    after_steps(loss, *batches)
    # the weights of the batches, the last first: rate, rate (1 − rate) …
    weights = rate * (1 - rate) ** np.arange(5)[::-1]
    weights /= weights.sum()
    mean = np.dot(weights, [np.mean(norms_of(each)) for each in batches])
    deviation = np.dot(weights, [np.std(norms_of(each)) for each in batches])
    total, *sums = loss.norm_statistics.numpy()
    np.testing.assert_allclose(np.divide(sums, total), [mean, deviation], rtol=1e-5)


def test_in_training_the_statistics_contain_the_batch_itself_and_in_evaluation_they_do_not():
    setting = {"scale": 3.0, "margin": 0.3, "concentration": 2.0}
    loss, other, at = make(NAME, rate=0.3, **setting), of_norm(4.0, 5), random_batch(0)
    after_steps(loss, other)
    w = loss.class_weights.numpy().astype(np.float64)
    norms = norms_of(at)
    total = 0.3 + 0.7 * 0.3  # the weights of the batch and the one before
    mean = (0.3 * np.mean(norms) + 0.7 * 0.3 * 4.0) / total
    deviation = 0.3 * np.std(norms) / total  # that of equal norms is 0
    for step, mu, sigma in ((None, 4.0, 0.0), (3, mean, deviation)):
        quality = oracle_cosines.qualities(norms, mu, sigma, 2.0)
        x = at.embeddings.astype(np.float64)
        expected = oracle_cosines.adaface(x, at.labels, w, quality, 3.0, 0.3)
        assert value(loss, at, step) == pytest.approx(expected, rel=1e-4)
    after_steps(loss, at)
    quality = oracle_cosines.qualities(norms, mean, deviation, 2.0)
    expected = oracle_cosines.adaface(x, at.labels, w, quality, 3.0, 0.3)
    assert value(loss, at) == pytest.approx(expected, rel=1e-4)


def test_the_qualities_of_a_training_step_are_constants_for_the_gradient():
    setting = {"scale": 3.0, "margin": 0.3}
    loss, at = make(NAME, concentration=2.0, rate=1.0, **setting), random_batch(1)
    norms = norms_of(at)
    quality = oracle_cosines.qualities(norms, np.mean(norms), np.std(norms), 2.0)
    assert_agrees(
        loss, lambda x, w: oracle_cosines.adaface(x, at.labels, w, quality, **setting), at, step=0
    )


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_the_statistics_are_finite_after_every_batch_and_so_is_the_loss(batch):
    loss = after_steps(make(NAME), batch, batch)
    assert np.all(np.isfinite(loss.norm_statistics))
    result, gradients = value_and_gradients(loss, batch)
    assert np.isfinite(result)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


def test_in_a_graph_the_statistics_are_the_same():
    loss, graph = make(NAME), make(NAME)
    signature = [tf.TensorSpec([None, DIM]), tf.TensorSpec([None], tf.int64)]
    step = tf.function(graph.after_step, input_signature=signature)
    for seed, size in enumerate((10, 4, 7)):
        each = random_batch(seed, size)
        after_steps(loss, each)
        step(tf.constant(each.embeddings), tf.constant(each.labels, tf.int64))
    np.testing.assert_allclose(graph.norm_statistics, loss.norm_statistics, rtol=1e-6)
