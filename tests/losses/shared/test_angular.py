"""What A-Softmax and L-Softmax share: ψ, its annealing, and the angles at which it is delicate."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import oracle
from agreement import assert_agrees, make, value, with_random_weights
from batches import CLASSES, DIM, batch, few_examples, random_batch, seeds
from discern.losses.shared.angular import psi
from references import REFERENCES

MARGINS = range(1, 7)
ANGLES = np.linspace(0, math.pi, 3001)

both = pytest.mark.parametrize("name", ["sphereface", "large_margin_softmax"])
every_margin = pytest.mark.parametrize("margin", MARGINS)


def psi_of(angles, margin):
    return psi(tf.constant(np.cos(angles), tf.float32), margin).numpy().astype(np.float64)


def assert_is_the_papers(name, loss, batch, margin, annealed, step=None):
    reference = REFERENCES[name].at(loss, batch, margin=margin, lambda_minimum=annealed)
    assert_agrees(loss, reference, batch, step=step)


@pytest.mark.parametrize("margin", [*MARGINS, 7, 8])
def test_psi_is_that_of_the_paper(margin):
    expected = [oracle.psi(theta, margin) for theta in ANGLES]
    np.testing.assert_allclose(psi_of(ANGLES, margin), expected, rtol=0, atol=3e-5)


@every_margin
def test_psi_falls_without_a_jump_from_1_to_1_minus_2m(margin):
    values, rounding = psi_of(ANGLES, margin), 2e-5
    assert values[0] == 1
    assert values[-1] == 1 - 2 * margin
    steps = np.diff(values)
    assert steps.max() <= rounding
    assert steps.min() >= -margin * (ANGLES[1] - ANGLES[0]) - rounding  # |dψ/dθ| ≤ m


@every_margin
def test_psi_is_exact_where_k_changes(margin):
    # at θ = kπ/m the paper's two branches meet in 1 − 2k
    borders = np.arange(margin + 1) * math.pi / margin
    np.testing.assert_allclose(psi_of(borders, margin), 1.0 - 2 * np.arange(margin + 1), atol=1e-6)


@every_margin
def test_the_slope_of_psi_is_finite_and_never_negative(margin):
    # dψ/d cos θ = |m sin mθ / sin θ|: no gradient flows through k; m² at θ = 0 and π
    angles = np.linspace(0, math.pi, 202)  # none is a multiple of π/m but the first and the last
    cosines = tf.constant(np.cos(angles), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(cosines)
        values = psi(cosines, margin)
    slope = tape.gradient(values, cosines).numpy()
    inner = angles[1:-1]
    expected = np.abs(margin * np.sin(margin * inner) / np.sin(inner))
    np.testing.assert_allclose(slope[1:-1], expected, rtol=1e-3, atol=2e-3)
    np.testing.assert_allclose(slope[[0, -1]], margin**2, rtol=1e-6)


@both
@pytest.mark.parametrize("weights", ["along the axes", "random"])
@every_margin
def test_value_and_gradients_are_those_of_the_paper_at_angles_of_exactly_0_and_pi(
    name, margin, weights
):
    loss = with_random_weights(make(name, margin=margin, lambda_minimum=0.5))
    if weights == "along the axes":
        loss.class_weights.assign(np.eye(DIM, CLASSES) * [2.0, 1.0, 0.5, 3.0])
    labels = np.arange(CLASSES)
    for sign in (1, -1):
        at = batch(1.5 * sign * loss.class_weights.numpy().T[labels], labels)
        assert_is_the_papers(name, loss, at, margin, 0.5)


# The authors' settings: of A-Softmax, both losses' defaults, and of L-Softmax for MNIST.
ANNEALED = {
    "sphereface": ({}, lambda step: max(5.0, 1000 / (1 + 0.12 * step))),
    "large_margin_softmax": (
        {"lambda_gamma": 2.5e-5, "lambda_power": 35.0, "lambda_minimum": 0.0},
        lambda step: 1000 * (1 + 2.5e-5 * step) ** -35,
    ),
}


@both
@pytest.mark.parametrize("step", [0, 10, 1000, 100_000])
def test_while_training_the_loss_has_the_lambda_of_the_step(name, step):
    parameters, annealed = ANNEALED[name]
    loss = with_random_weights(make(name, **parameters))
    assert_is_the_papers(name, loss, random_batch(0), 4, annealed(step), step)


@both
@pytest.mark.parametrize("step", [0, 1, 100, 1657, 1659, 4000, 40_000, 10**6])
def test_lambda_falls_as_in_the_authors_settings(name, step):
    parameters, annealed = ANNEALED[name]
    loss = make(name, **parameters)
    assert float(loss.annealing(step)) == pytest.approx(annealed(step), rel=2e-5)
    assert float(loss.annealing(tf.constant(step, tf.int64))) == float(loss.annealing(step))


@both
def test_lambda_never_rises_and_never_falls_below_its_minimum(name):
    loss = make(name, lambda_base=100.0, lambda_gamma=0.5, lambda_minimum=3.0)
    values = [float(loss.annealing(step)) for step in range(0, 200, 3)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 100
    assert min(values) == values[-1] == 3


@both
@pytest.mark.parametrize("minimum", [0.0, 5.0, 12.0])
def test_evaluation_has_the_final_lambda(name, minimum):
    loss = make(name, lambda_base=10.0, lambda_minimum=minimum)
    assert float(loss.annealing(None)) == minimum
    assert float(loss.annealing(10**9)) == pytest.approx(minimum, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "never"),
    [
        ("sphereface", "lambda_gamma"),
        ("large_margin_softmax", "lambda_gamma"),
        ("large_margin_softmax", "lambda_power"),
    ],
)
@pytest.mark.parametrize(("minimum", "expected"), [(5.0, 50.0), (60.0, 60.0)])
def test_a_lambda_that_never_falls_is_that_of_evaluation_too(name, never, minimum, expected):
    loss = make(name, lambda_base=50.0, lambda_minimum=minimum, **{never: 0.0})
    assert float(loss.annealing(10**6)) == expected
    assert float(loss.annealing(None)) == expected


@both
def test_the_loss_of_evaluation_is_that_of_the_last_step_and_not_of_the_first(name):
    loss, batch = with_random_weights(make(name)), random_batch(0)
    assert value(loss, batch) == pytest.approx(value(loss, batch, step=10**6), rel=1e-6)
    assert value(loss, batch) > 1.01 * value(loss, batch, step=0)


@both
@pytest.mark.parametrize("vanishing", [{"margin": 1}, {"lambda_minimum": 1e7}])
@few_examples
@given(seeds, st.sampled_from([None, 7]))
def test_without_margin_or_with_a_large_lambda_it_is_a_softmax_without_bias(
    name, vanishing, seed, step
):
    batch = random_batch(seed)
    loss = with_random_weights(make(name, **vanishing), seed)
    w = loss.class_weights.numpy().astype(np.float64)
    w = oracle.normalised(w.T).T if name == "sphereface" else w
    expected = oracle.softmax(batch.embeddings.astype(float), batch.labels, w, np.zeros(CLASSES))
    assert value(loss, batch, step) == pytest.approx(expected, rel=1e-4, abs=1e-5)
