"""Large-margin softmax."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import oracle
from agreement import assert_agrees, make, value, with_random_weights
from batches import BATCHES, CLASSES, DIM, RANDOM, batch, few_examples, random_batch, seeds
from discern import losses

NAME = "large_margin_softmax"
AUTHORS_FOR_MNIST = {"lambda_gamma": 2.5e-5, "lambda_power": 35.0, "lambda_minimum": 0.0}
MARGINS = range(1, 7)


def reference(margin, annealed):
    return lambda x, y, w: oracle.large_margin_softmax(x, y, w, margin, annealed)


@pytest.mark.parametrize(("margin", "annealed"), [(4, 5.0), (3, 0.0)])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_those_of_the_paper(batch, margin, annealed):
    loss = with_random_weights(make(NAME, margin=margin, lambda_minimum=annealed))
    assert_agrees(loss, reference(margin, annealed), batch)


@pytest.mark.parametrize("weights", ["along the axes", "random"])
@pytest.mark.parametrize("sign", [1, -1], ids=["0", "pi"])
@pytest.mark.parametrize("margin", MARGINS)
def test_they_are_at_an_angle_of_exactly(margin, sign, weights):
    loss = with_random_weights(make(NAME, margin=margin, lambda_minimum=0.5))
    if weights == "along the axes":
        loss.class_weights.assign(np.eye(DIM, CLASSES) * [2.0, 1.0, 0.5, 3.0])
    labels = np.arange(CLASSES)
    at = batch(1.5 * sign * loss.class_weights.numpy().T[labels], labels)
    assert_agrees(loss, reference(margin, 0.5), at)


@pytest.mark.parametrize("step", [0, 100, 10_000, 100_000])
@pytest.mark.parametrize("batch", RANDOM.values(), ids=RANDOM)
def test_while_training_they_have_the_lambda_of_the_step(batch, step):
    annealed = 1000 * (1 + 2.5e-5 * step) ** -35
    loss = with_random_weights(make(NAME, **AUTHORS_FOR_MNIST))
    assert_agrees(loss, reference(4, annealed), batch, step=step)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W = diag(2, 3), m = 2, λ = 1, both of class 0, t = ¼ ln 3.
    # x = (0, t), θ = ½π: ψ = (−1)¹ cos π − 2 = −1, own score 2 t (0 − 1) / 2 = −t, the other's 3 t,
    # probability 1 / (1 + e^{4t}) = ¼
    # x = (−t, 0), θ = π: ψ = (−1)¹ cos 2π − 2 = −3, own score 2 t (−1 − 3) / 2 = −4 t, the
    # other's 0, probability 1 / (1 + e^{4t}) = ¼
    loss = losses.create(NAME, classes=2, embedding_dim=2, margin=2, lambda_minimum=1.0)
    loss.class_weights.assign([[2, 0], [0, 3]])
    t = 1 / 4 * math.log(3)
    for embedding in ([0, t], [-t, 0]):
        assert value(loss, batch([embedding], [0])) == pytest.approx(math.log(4), rel=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 1000.0),
        (40_000, 1000 / 2**35),  # 1 + 2.5e-5 · 40 000 = 2
        (4_000, 1000 / 1.1**35),
    ],
)
def test_lambda_falls_as_in_the_authors_settings_for_mnist(step, expected):
    loss = make(NAME, **AUTHORS_FOR_MNIST)
    assert float(loss.annealing(step)) == pytest.approx(expected, rel=2e-5)
    assert float(loss.annealing(tf.constant(step, tf.int64))) == float(loss.annealing(step))


def test_by_default_lambda_falls_as_that_of_the_same_authors_a_softmax():
    ours, theirs = make(NAME), make("sphereface")
    for step in (0, 1, 100, 1657, 1659, None):  # 1000 / (1 + 0.12 · 1658) = 5
        assert float(ours.annealing(step)) == float(theirs.annealing(step))
    assert float(ours.annealing(1657)) > 5
    assert float(ours.annealing(1659)) == 5


def test_lambda_falls_with_its_power_and_not_below_its_minimum():
    # 100 / (1 + ½ step)²
    loss = make(NAME, lambda_base=100.0, lambda_gamma=0.5, lambda_power=2.0, lambda_minimum=3.0)
    found = [float(loss.annealing(step)) for step in (0, 2, 8, 9, 10, 1000)]
    assert found == pytest.approx([100, 25, 4, 400 / 121, 3, 3], rel=1e-6)


@pytest.mark.parametrize("minimum", [0.0, 5.0, 12.0])
def test_evaluation_has_the_final_lambda(minimum):
    loss = make(NAME, lambda_base=10.0, lambda_minimum=minimum)
    assert float(loss.annealing(None)) == minimum
    assert float(loss.annealing(10**9)) == pytest.approx(minimum, abs=1e-6)


@pytest.mark.parametrize("never", ["lambda_gamma", "lambda_power"])
@pytest.mark.parametrize(("minimum", "expected"), [(5.0, 50.0), (60.0, 60.0)])
def test_a_lambda_that_never_falls_is_that_of_evaluation_too(never, minimum, expected):
    loss = make(NAME, lambda_base=50.0, lambda_minimum=minimum, **{never: 0.0})
    assert float(loss.annealing(10**6)) == expected
    assert float(loss.annealing(None)) == expected


def test_the_loss_of_evaluation_is_that_of_the_last_step_and_not_of_the_first():
    loss, batch = with_random_weights(make(NAME)), random_batch(0)
    assert value(loss, batch) == pytest.approx(value(loss, batch, step=10**6), rel=1e-6)
    assert value(loss, batch) > 1.01 * value(loss, batch, step=0)


@few_examples
@given(seeds, st.sampled_from([None, 0, 7]))
def test_for_m_1_it_is_the_softmax_without_bias(seed, step):
    batch = random_batch(seed)
    loss = with_random_weights(make(NAME, margin=1), seed)
    w = loss.class_weights.numpy().astype(np.float64)
    expected = oracle.softmax(batch.embeddings.astype(float), batch.labels, w, np.zeros(CLASSES))
    assert value(loss, batch, step) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@few_examples
@given(seeds)
def test_a_large_lambda_makes_it_the_softmax_without_bias(seed):
    batch = random_batch(seed)
    loss = with_random_weights(make(NAME, lambda_minimum=1e7), seed)
    w = loss.class_weights.numpy().astype(np.float64)
    expected = oracle.softmax(batch.embeddings.astype(float), batch.labels, w, np.zeros(CLASSES))
    assert value(loss, batch) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@few_examples
@given(seeds)
def test_on_unit_class_weights_it_is_sphereface(seed):
    batch = random_batch(seed)
    found = []
    for name in (NAME, "sphereface"):
        loss = with_random_weights(make(name, margin=4, lambda_minimum=0.5), seed)
        loss.class_weights.assign(loss.class_weights / np.linalg.norm(loss.class_weights, axis=0))
        found.append(value(loss, batch))
    assert found[0] == pytest.approx(found[1], rel=1e-4)


@few_examples
@given(seeds, st.floats(0.1, 10))
def test_class_weights_and_embeddings_may_trade_their_scale(seed, factor):
    loss, batch = with_random_weights(make(NAME), seed), random_batch(seed)
    before = value(loss, batch)
    loss.class_weights.assign(loss.class_weights * factor)
    assert value(loss, batch.times(1 / factor)) == pytest.approx(before, rel=1e-4)
    assert value(loss, batch.times(2 / factor)) != pytest.approx(before, rel=1e-3)


@few_examples
@given(seeds)
def test_a_larger_margin_costs_more(seed):
    batch = random_batch(seed)
    found = [
        value(with_random_weights(make(NAME, margin=margin), seed), batch) for margin in MARGINS
    ]
    assert found == sorted(found)
    assert len(set(found)) == len(MARGINS)


def test_the_logits_are_the_inner_products_without_margin_or_bias():
    loss = with_random_weights(make(NAME))
    x, w = random_batch(0).embeddings, loss.class_weights.numpy()
    np.testing.assert_allclose(loss.logits(x), x @ w, rtol=1e-4, atol=1e-5)
    assert len(loss.weights) == 1
