"""What is random follows from a seed, a purpose and the step alone."""

import math

import numpy as np
import pytest
import tensorflow as tf

from discern.randomness import Dropout, stream

VALUES = tf.constant(np.random.default_rng(0).normal(size=(200, 300)), tf.float32)

rates = pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])


@rates
def test_dropout_is_a_pure_function_of_seed_and_step(rate):
    dropped = Dropout(rate, seed=3)(VALUES, step=7)
    other = Dropout(rate, seed=3)
    other(VALUES, step=1)  # leaves no trace
    np.testing.assert_array_equal(other(VALUES, step=7), dropped)
    in_a_graph = tf.function(other)(VALUES, step=tf.constant(7, tf.int64))
    np.testing.assert_array_equal(in_a_graph, dropped)


@pytest.mark.parametrize(("seed", "step"), [(4, 7), (3, 8), (7, 3)])
def test_another_seed_or_step_drops_others(seed, step):
    kept = Dropout(0.5, seed=3)(VALUES, step=7).numpy() != 0
    others = Dropout(0.5, seed=seed)(VALUES, step=step).numpy() != 0
    # independent of each other: half of all agree
    assert np.mean(kept == others) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("rate", "step"), [(0.5, None), (0.9, None), (0.0, 7)])
def test_without_a_step_or_with_a_rate_of_0_nothing_is_dropped(rate, step):
    np.testing.assert_array_equal(Dropout(rate, seed=3)(VALUES, step=step), VALUES)


@rates
def test_dropout_zeroes_its_rate_and_scales_the_others_by_the_inverse_of_what_is_kept(rate):
    dropped = Dropout(rate, seed=3)(VALUES, step=7).numpy()
    kept = dropped != 0
    assert np.mean(~kept) == pytest.approx(rate, abs=0.01)
    np.testing.assert_allclose(dropped[kept], VALUES.numpy()[kept] / (1 - rate), rtol=1e-6)


def test_dropout_keeps_the_expectation_of_every_value():
    layer, values, steps, rate = Dropout(0.25, seed=3), VALUES[:3, :5], 200, 0.25
    mean = np.mean([layer(values, step=step) for step in range(steps)], axis=0)
    deviation = np.abs(values) * math.sqrt(rate / (1 - rate) / steps)
    assert np.all(np.abs(mean - values) < 4.5 * deviation)


def test_each_sample_has_its_own_mask():
    masks = Dropout(0.5, seed=3)(tf.ones((50, 30)), step=0).numpy()
    assert len({mask.tobytes() for mask in masks}) == 50


def test_a_stream_is_a_31_bit_function_of_seed_and_name():
    uses = [(seed, name) for seed in range(100) for name in ("conv1", "conv2", "network")]
    streams = [stream(*use) for use in uses]
    assert streams == [stream(*use) for use in uses]
    assert len(set(streams)) == 300
    assert min(streams) >= 0
    assert 2**30 < max(streams) < 2**31
