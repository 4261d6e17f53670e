"""The value and the gradients of a loss, and whether they are those of a plain reference."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import oracle
from batches import CLASSES, DIM, Batch, batch
from discern import losses
from discern.losses.shared.base import Loss


def make(name: str, *, seed: int = 0, **parameters: float | int | str) -> Loss:
    """The loss called ``name`` for the classes and the width of :mod:`batches`."""
    return losses.create(name, classes=CLASSES, embedding_dim=DIM, seed=seed, **parameters)


def with_class_weights(name: str, weights: object, **parameters: float | int | str) -> Loss:
    """The loss called ``name`` for the classes and the width of these class weights (D, C)."""
    matrix = np.array(weights, np.float32)
    width, classes = matrix.shape
    loss = losses.create(name, classes=classes, embedding_dim=width, **parameters)
    loss.class_weights.assign(matrix)
    return loss


def with_random_weights(loss: Loss, seed: int = 0) -> Loss:
    """``loss`` with all its weights, biases and centres too, drawn from a normal distribution."""
    random = np.random.default_rng(seed)
    for weight in loss.weights:
        weight.assign(random.normal(size=weight.shape))
    return loss


def value(loss: Loss, batch: Batch, step: int | None = None) -> float:
    """The loss of ``batch``."""
    return float(loss(tf.constant(batch.embeddings), tf.constant(batch.labels), step=step))


def cost(loss: Loss, embeddings: object, labels: object) -> float:
    """The loss of a few samples written down by hand."""
    return value(loss, batch(embeddings, labels))


def value_and_gradients(
    loss: Loss, batch: Batch, step: int | None = None
) -> tuple[float, list[np.ndarray]]:
    """The loss of ``batch``; its gradients for the embeddings and then for each own weight."""
    embeddings = tf.constant(batch.embeddings)
    sources = [embeddings, *loss.trainable_weights]
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        result = loss(embeddings, tf.constant(batch.labels), step=step)
    return float(result), [gradient.numpy() for gradient in tape.gradient(result, sources)]


def assert_agrees(
    loss: Loss,
    reference: oracle.Function,
    batch: Batch,
    step: int | None = None,
    together: bool = False,
    rtol: float = 2e-5,
    gradient_atol: float = 1e-7,
) -> None:
    """Value and gradients of ``loss`` are those of reference(embeddings, *trained weights).

    Gradients are compared along one random direction for each row of embeddings and weights. The
    value may differ by ``rtol`` of itself and a slope by 2e-4 of the gradient's largest,
    ``gradient_atol``, and what the reference's own rounding makes of a finite difference. With
    ``together`` samples that coincide are moved together and the sum of their gradients counts.
    """
    embeddings = batch.embeddings.astype(np.float64)
    places, place = embeddings, np.arange(len(embeddings))
    if together:
        places, place = np.unique(embeddings, axis=0, return_inverse=True)
        place = place.reshape(-1)

    def function(places: np.ndarray, *weights: np.ndarray) -> float:
        return reference(places[place], *weights)

    variables = [places, *(weight.numpy().astype(np.float64) for weight in loss.trainable_weights)]
    names = ["embeddings", *(weight.name for weight in loss.trainable_weights)]
    expected = function(*variables)
    result, (gradient, *own) = value_and_gradients(loss, batch, step)
    np.testing.assert_allclose(result, expected, rtol=rtol, atol=1e-7, err_msg="value")
    summed = np.zeros_like(places)
    np.add.at(summed, place, gradient)
    for of, gradient in enumerate([summed, *own]):
        directions = np.random.default_rng(of).normal(size=gradient.shape)
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        slopes = oracle.slopes(function, variables, of, directions)
        along = (gradient * directions).reshape(len(gradient), -1).sum(axis=1)
        rounding = 1e-15 * abs(expected) / oracle.step_size(variables[of])
        tolerance = 2e-4 * np.max(np.abs(gradient)) + gradient_atol + rounding
        message = f"gradient for {names[of]}"
        np.testing.assert_allclose(along, slopes, rtol=0, atol=tolerance, err_msg=message)
