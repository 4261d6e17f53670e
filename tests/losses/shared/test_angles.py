"""Margins that are added to an angle, computed from its cosine."""

import math

import numpy as np
import pytest
import tensorflow as tf

import oracle_cosines
from discern.losses.shared.angles import turned, with_added_angle

ANGLES = np.linspace(0.05, math.pi - 0.05, 40)
MARGINS = np.linspace(0.0, 1.5, 40)


def slope(function, at):
    at = tf.constant(at, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(at)
        result = function(at)
    return tape.gradient(result, at)


@pytest.mark.parametrize("by", [-3.0, -0.4, 0.0, 0.4, 1.5])
def test_a_turned_angle_has_the_cosine_of_the_sum(by):
    result = turned(tf.constant(np.cos(ANGLES), tf.float32), by)
    np.testing.assert_allclose(result, np.cos(ANGLES + by), atol=1e-5)


def test_each_sample_may_have_a_margin_of_its_own():
    result = with_added_angle(
        tf.constant(np.cos(ANGLES), tf.float32), tf.constant(MARGINS[::-1], tf.float32)
    )
    pairs = zip(ANGLES, MARGINS[::-1], strict=True)
    expected = [oracle_cosines.cos_of_angle_with_margin(*pair) for pair in pairs]
    assert any(sum(pair) > math.pi for pair in zip(ANGLES, MARGINS, strict=True))
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_the_slope_over_the_margin_is_that_of_either_part():
    # −sin(θ + m), and beyond π −sin m − m cos m
    for theta, margin in ((1.0, 0.5), (2.9, 0.8)):
        cosine = tf.constant([math.cos(theta)], tf.float32)
        result = slope(lambda margins, cosine=cosine: with_added_angle(cosine, margins), [margin])
        beyond = -math.sin(margin) - margin * math.cos(margin)
        expected = -math.sin(theta + margin) if theta + margin < math.pi else beyond
        np.testing.assert_allclose(result, [expected], rtol=1e-4)


@pytest.mark.parametrize("cosine", [-1.0, 0.0, 1.0])
def test_the_slope_over_the_cosine_is_finite_at_0_and_pi(cosine):
    for function in (turned, with_added_angle):
        assert np.all(np.isfinite(slope(lambda c, f=function: f(c, tf.constant([0.5])), [cosine])))
