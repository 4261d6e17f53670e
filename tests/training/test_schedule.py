"""Learning rate, best epoch and end are those of Keras' own callbacks, but pure functions."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.training.schedule import LearningRate, Schedule, best_epoch

derandomized = settings(max_examples=100, derandomize=True, deadline=None)

# Few values, so that equal losses, which are no improvement, are common.
histories = st.lists(st.sampled_from([0.1, 0.2, 0.30000000000000004, 0.3, 0.5]), max_size=30)

DEFAULT = LearningRate(initial=0.001, factor=0.5, patience=5, minimum=0.00001)


def rates_of_keras(rate: LearningRate, losses: list[float]) -> list[float]:
    """The learning rate after each epoch, of Keras' callback on a model that has nothing else."""
    callback = tf.keras.callbacks.ReduceLROnPlateau(
        factor=rate.factor, patience=rate.patience, min_delta=0, min_lr=rate.minimum
    )
    optimizer = SimpleNamespace(lr=tf.Variable(rate.initial, dtype=tf.float64))
    callback.set_model(SimpleNamespace(optimizer=optimizer))
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(float(optimizer.lr))
    return rates


def epochs_of_keras(losses: list[float], patience: int) -> int:
    """After how many epochs Keras' callback ends a training with these validation losses."""
    callback = tf.keras.callbacks.EarlyStopping(patience=patience)
    model = SimpleNamespace(stop_training=False)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            return epoch + 1
    return len(losses)


@derandomized
@given(histories, st.integers(1, 6), st.sampled_from([0.1, 0.5, 0.7]), st.floats(0, 0.01))
def test_the_learning_rate_is_that_of_keras_callback(losses, patience, factor, minimum):
    rate = LearningRate(0.01, factor, patience, minimum)
    found = [rate.after(losses[:done]) for done in range(1, len(losses) + 1)]
    assert found == rates_of_keras(rate, losses)


def test_the_first_epochs_learning_rate_is_the_initial_one():
    assert DEFAULT.after([]) == 0.001


def test_a_plateau_of_five_epochs_halves_the_learning_rate_until_the_minimum():
    losses = [0.5] + [0.5] * 50
    expected = [0.001 * 0.5 ** (done // 5) for done in range(35)]
    found = [DEFAULT.after(losses[: 1 + done]) for done in range(50)]
    np.testing.assert_allclose(found[:35], expected, rtol=1e-12)
    assert set(found[35:]) == {0.00001}  # 0.001 / 128 would be less


def test_with_the_factor_one_the_learning_rate_stays():
    assert LearningRate(0.001, 1.0, 1, 0.0).after([0.5] * 20) == 0.001


def test_an_improvement_starts_the_patience_anew():
    losses = [0.5, 0.6, 0.6, 0.6, 0.6, 0.4, 0.4, 0.4, 0.4, 0.4]
    assert DEFAULT.after(losses) == 0.001
    assert DEFAULT.after([*losses, 0.4]) == 0.0005


@derandomized
@given(histories, st.sampled_from([1e-6, 1e-5, 1e-3]), st.sampled_from([0.0, 1e-5, 1e-4]))
def test_a_plateau_never_raises_the_learning_rate(losses, initial, minimum):
    rate = LearningRate(initial, 0.5, 1, minimum)
    assert rate.after(losses) <= initial


@derandomized
@given(histories, st.integers(1, 6), st.integers(1, 40))
def test_a_training_ends_when_keras_early_stopping_would(losses, patience, epochs):
    losses = [*losses, *[1.0] * 40]
    schedule, done = Schedule(DEFAULT, epochs, patience), 0
    while not schedule.is_over(losses[:done]):
        done += 1
    assert done == min(epochs_of_keras(losses, patience), epochs)


@pytest.mark.parametrize("done", range(8))
def test_without_patience_a_training_ends_after_its_last_epoch_alone(done):
    losses = [0.1 * (1 + epoch) for epoch in range(done)]
    assert Schedule(DEFAULT, epochs=6, patience=None).is_over(losses) == (done >= 6)


def test_a_training_whose_epochs_were_lowered_is_over():
    assert Schedule(DEFAULT, epochs=2, patience=None).is_over([0.5, 0.4, 0.3])


@derandomized
@given(histories.filter(len))
def test_the_best_epoch_is_the_first_with_the_lowest_validation_loss(losses):
    assert best_epoch(losses) == losses.index(min(losses)) + 1


def test_before_any_epoch_none_is_the_best():
    assert best_epoch([]) == 0
