"""The service of our losses and of TensorFlow Addons', compiled by tf.function as in training."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from stopwatch import CLASSES, EMBEDDING_DIM, MARGIN, Run, serve

from discern import losses
from discern.training.determinism import configure

with warnings.catch_warnings():
    warnings.filterwarnings("ignore")  # it announces that it is no longer developed
    import tensorflow_addons as tfa

THREADS = 2


def _all_pairs(labels: tf.Tensor, embeddings: tf.Tensor) -> tf.Tensor:
    """Contrastive loss over all pairs: Addons has the pair's loss and the distances."""
    same = tf.cast(labels[:, None] == labels[None, :], tf.float32)
    distances = tfa.losses.metric_learning.pairwise_distance(embeddings)
    return tf.reduce_mean(tfa.losses.contrastive_loss(same, distances))


ADDONS: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "triplet_semihard_loss": lambda labels, embeddings: tfa.losses.triplet_semihard_loss(
        labels, embeddings, margin=MARGIN, distance_metric="squared-L2"
    ),
    "triplet_hard_loss": lambda labels, embeddings: tfa.losses.triplet_hard_loss(
        labels, embeddings, margin=MARGIN
    ),
    "contrastive_loss": _all_pairs,
    "lifted_struct_loss": tfa.losses.lifted_struct_loss,
    "npairs_loss": lambda labels, embeddings: tfa.losses.npairs_loss(
        labels, tf.matmul(embeddings, embeddings, transpose_b=True)
    ),
}


def prepare(name: str, embeddings: np.ndarray, labels: np.ndarray) -> Run:
    """The loss ``name``, ours or Addons', and its gradient, traced for this batch."""
    configure(THREADS)
    owner, _, function = name.partition(".")
    step = tf.constant(0)
    weights: list[tf.Variable] = []
    if owner == "discern":
        loss = losses.create(function, classes=CLASSES, embedding_dim=EMBEDDING_DIM)
        loss(tf.constant(embeddings[:2]), tf.constant([0, 1]))  # makes its weights
        weights = loss.trainable_weights

        def value_of(embeddings: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            return loss(embeddings, labels, step=step)
    else:

        def value_of(embeddings: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            return ADDONS[function](labels, embeddings)

    @tf.function(reduce_retracing=True)
    def both(embeddings: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            tape.watch(embeddings)
            value = value_of(embeddings, labels)
        return value, tape.gradient(value, [embeddings, *weights])

    inputs = tf.constant(embeddings), tf.constant(labels)
    both.get_concrete_function(*inputs)

    def run() -> float:
        value, _ = both(*inputs)
        return float(value)

    return run


if __name__ == "__main__":
    serve(prepare)
