"""A-Softmax."""

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
from discern.losses.angular import psi

NAME = "sphereface"
MARGINS = range(1, 7)


def reference(margin, annealed):
    return lambda x, y, w: oracle.sphereface(x, y, w, margin, annealed)


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


@pytest.mark.parametrize("step", [0, 10, 1000, 100_000])
@pytest.mark.parametrize("batch", RANDOM.values(), ids=RANDOM)
def test_while_training_they_have_the_lambda_of_the_step(batch, step):
    # the authors' settings: base 1000, gamma 0.12, not below 5
    annealed = max(5.0, 1000 / (1 + 0.12 * step))
    assert_agrees(with_random_weights(make(NAME)), reference(4, annealed), batch, step=step)


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # W along the axes, m = 2, λ = 1, both of class 0.
    # θ = ½π, ‖x‖ = ⅔ ln 3: ψ = (−1)¹ cos π − 2 = −1, own score ‖x‖ (0 − 1) / 2 = −⅓ ln 3, the
    # other's ‖x‖ cos 0 = ⅔ ln 3, probability 1 / (1 + e^{ln 3}) = ¼
    # θ = π, ‖x‖ = ½ ln 3: ψ = (−1)¹ cos 2π − 2 = −3, own score ‖x‖ (−1 − 3) / 2 = −ln 3, the
    # other's ‖x‖ cos ½π = 0, probability 1 / (1 + e^{ln 3}) = ¼
    loss = losses.create(NAME, classes=2, embedding_dim=2, margin=2, lambda_minimum=1.0)
    loss.class_weights.assign([[2, 0], [0, 3]])
    third, half = 2 / 3 * math.log(3), 1 / 2 * math.log(3)
    for embedding in ([0, third], [-half, 0]):
        found = value(loss, batch([embedding], [0]))
        assert found == pytest.approx(math.log(4), rel=1e-6)


ANGLES = np.linspace(0, math.pi, 3001)


def psi_of(angles, margin):
    return psi(tf.constant(np.cos(angles), tf.float32), margin).numpy().astype(np.float64)


@pytest.mark.parametrize("margin", [*MARGINS, 7, 8])
def test_psi_is_that_of_the_paper(margin):
    expected = [oracle.psi(theta, margin) for theta in ANGLES]
    np.testing.assert_allclose(psi_of(ANGLES, margin), expected, rtol=0, atol=3e-5)


@pytest.mark.parametrize("margin", MARGINS)
def test_psi_falls_without_a_jump_from_1_to_1_minus_2m(margin):
    found = psi_of(ANGLES, margin)
    assert found[0] == 1
    assert found[-1] == 1 - 2 * margin
    steps = np.diff(found)
    rounding = 2e-5
    assert steps.max() <= rounding
    assert steps.min() >= -margin * (ANGLES[1] - ANGLES[0]) - rounding  # |dψ/dθ| ≤ m


@pytest.mark.parametrize("margin", MARGINS)
def test_psi_is_exact_where_k_changes(margin):
    # at θ = kπ/m the paper's two branches meet in 1 − 2k
    borders = np.arange(margin + 1) * math.pi / margin
    np.testing.assert_allclose(psi_of(borders, margin), 1.0 - 2 * np.arange(margin + 1), atol=1e-6)


def test_psi_for_4_is_made_of_the_polynomial_of_the_cosine():
    c = np.cos(ANGLES)
    k = np.minimum(np.floor(4 * ANGLES / math.pi), 3)
    expected = (-1) ** k * (8 * c**4 - 8 * c**2 + 1) - 2 * k
    np.testing.assert_allclose(psi_of(ANGLES, 4), expected, rtol=0, atol=1e-5)


def test_psi_for_1_is_the_cosine():
    np.testing.assert_allclose(psi_of(ANGLES, 1), np.cos(ANGLES), rtol=0, atol=1e-7)


@pytest.mark.parametrize("margin", MARGINS)
def test_the_slope_of_psi_is_finite_and_never_negative(margin):
    # dψ/d cos θ = |m sin mθ / sin θ|: no gradient flows through k; m² at θ = 0 and π
    angles = np.linspace(0, math.pi, 202)  # none is a multiple of π/m but the first and the last
    cosines = tf.constant(np.cos(angles), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(cosines)
        found = psi(cosines, margin)
    slope = tape.gradient(found, cosines).numpy()
    inner = angles[1:-1]
    expected = np.abs(margin * np.sin(margin * inner) / np.sin(inner))
    np.testing.assert_allclose(slope[1:-1], expected, rtol=1e-3, atol=2e-3)
    np.testing.assert_allclose(slope[[0, -1]], margin**2, rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 1000.0),
        (1, 1000 / 1.12),
        (100, 1000 / 13),
        (1658, 1000 / 199.96),
        (1659, 5.0),
        (10**6, 5.0),
    ],
)
def test_lambda_falls_as_in_the_authors_settings(step, expected):
    loss = make(NAME)
    assert float(loss.annealing(step)) == pytest.approx(expected, rel=1e-6)
    assert float(loss.annealing(tf.constant(step, tf.int64))) == float(loss.annealing(step))


def test_lambda_never_rises_and_never_falls_below_its_minimum():
    loss = make(NAME, lambda_base=100.0, lambda_gamma=0.5, lambda_minimum=3.0)
    found = [float(loss.annealing(step)) for step in range(0, 200, 3)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 100
    assert min(found) == found[-1] == 3


@pytest.mark.parametrize("minimum", [0.0, 5.0, 12.0])
def test_evaluation_has_the_final_lambda(minimum):
    loss = make(NAME, lambda_base=10.0, lambda_minimum=minimum)
    assert float(loss.annealing(None)) == minimum
    assert float(loss.annealing(10**9)) == pytest.approx(minimum, abs=1e-6)


def test_a_lambda_that_never_falls_is_that_of_evaluation_too():
    loss = make(NAME, lambda_base=50.0, lambda_gamma=0.0, lambda_minimum=5.0)
    assert float(loss.annealing(10**6)) == 50
    assert float(loss.annealing(None)) == 50


def test_the_loss_of_evaluation_is_that_of_the_last_step_and_not_of_the_first():
    loss, batch = with_random_weights(make(NAME)), random_batch(0)
    assert value(loss, batch) == pytest.approx(value(loss, batch, step=10**6), rel=1e-6)
    assert value(loss, batch) > 1.01 * value(loss, batch, step=0)


@few_examples
@given(seeds, st.sampled_from([None, 0, 7]))
def test_for_m_1_it_is_the_softmax_on_unit_class_weights(seed, step):
    batch = random_batch(seed)
    loss = with_random_weights(make(NAME, margin=1), seed)
    w = oracle.normalised(loss.class_weights.numpy().T.astype(np.float64)).T
    expected = oracle.softmax(batch.embeddings.astype(float), batch.labels, w, np.zeros(CLASSES))
    assert value(loss, batch, step) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@few_examples
@given(seeds)
def test_the_class_weights_scales_do_not_matter_but_the_embeddings_do(seed):
    loss, batch = with_random_weights(make(NAME), seed), random_batch(seed)
    before = value(loss, batch)
    assert value(loss, batch.times(2)) != pytest.approx(before, rel=1e-3)
    scales = np.random.default_rng(seed).uniform(0.01, 100, CLASSES)
    loss.class_weights.assign(loss.class_weights * scales)
    assert value(loss, batch) == pytest.approx(before, rel=1e-4)


@few_examples
@given(seeds)
def test_a_larger_margin_costs_more(seed):
    batch = random_batch(seed)
    found = [
        value(with_random_weights(make(NAME, margin=margin, lambda_minimum=0.0), seed), batch)
        for margin in MARGINS
    ]
    assert found == sorted(found)
    assert len(set(found)) == len(MARGINS)


def test_the_logits_are_the_projections_on_unit_class_weights_without_margin():
    loss = with_random_weights(make(NAME))
    x, w = random_batch(0).embeddings, loss.class_weights.numpy()
    expected = x @ (w / np.linalg.norm(w, axis=0))
    np.testing.assert_allclose(loss.logits(x), expected, rtol=1e-4, atol=1e-5)
