"""The value and the gradients of a loss, and whether they are those of a plain reference."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import oracle
from batches import CLASSES, DIM, Batch
from discern import losses
from discern.losses.base import Loss


def make(name: str, *, seed: int = 0, **parameters: float | int | str) -> Loss:
    """The loss called ``name`` for the classes and the width of :mod:`batches`."""
    return losses.create(name, classes=CLASSES, embedding_dim=DIM, seed=seed, **parameters)


def with_random_weights(loss: Loss, seed: int = 0) -> Loss:
    """``loss`` with all its weights, biases too, drawn from a normal distribution."""
    random = np.random.default_rng(seed)
    for weight in loss.trainable_weights:
        weight.assign(random.normal(size=weight.shape))
    return loss


def value(loss: Loss, batch: Batch, step: int | None = None) -> float:
    """The loss of ``batch``."""
    return float(loss(tf.constant(batch.embeddings), tf.constant(batch.labels), step=step))


def value_and_gradients(
    loss: Loss, batch: Batch, step: int | None = None
) -> tuple[float, list[np.ndarray]]:
    """The loss of ``batch``; its gradients for the embeddings and then for each own weight."""
    embeddings = tf.constant(batch.embeddings)
    sources = [embeddings, *loss.trainable_weights]
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        found = loss(embeddings, tf.constant(batch.labels), step=step)
    return float(found), [gradient.numpy() for gradient in tape.gradient(found, sources)]


def assert_agrees(
    loss: Loss,
    reference: oracle.Function,
    batch: Batch,
    step: int | None = None,
    rtol: float = 2e-5,
    gradient_atol: float = 1e-7,
) -> None:
    """Value and gradients of ``loss`` are those of reference(embeddings, labels, *weights).

    The value may differ by ``rtol`` of itself and a gradient by 2e-4 of its largest entry,
    ``gradient_atol``, and what the reference's own rounding makes of a finite difference.
    """

    def function(embeddings: np.ndarray, *weights: np.ndarray) -> float:
        return reference(embeddings, batch.labels, *weights)

    variables = [batch.embeddings, *(weight.numpy() for weight in loss.trainable_weights)]
    variables = [variable.astype(np.float64) for variable in variables]
    expected = function(*variables)
    found, gradients = value_and_gradients(loss, batch, step)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-7, err_msg="value")
    for of, (gradient, variable) in enumerate(zip(gradients, variables, strict=True)):
        numerical = oracle.numerical_gradient(function, variables, of)
        rounding = 1e-15 * abs(expected) / oracle.step_size(variable)
        tolerance = 2e-4 * np.max(np.abs(numerical)) + gradient_atol + rounding
        name = "embeddings" if of == 0 else loss.trainable_weights[of - 1].name
        message = f"gradient for {name}"
        np.testing.assert_allclose(gradient, numerical, rtol=0, atol=tolerance, err_msg=message)
