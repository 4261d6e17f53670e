"""Pairs of samples in a batch: distances, similarities, masks of pairs and sums over them."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import EPSILON, unit

# The logarithm of an empty sum: far below any other, but finite, so that gradients are finite.
_LOG_OF_NOTHING = -1e30


def squared_distances(embeddings: tf.Tensor) -> tf.Tensor:
    """Squared Euclidean distances (B, B) between all pairs of embeddings (B, D).

    Computed as ‖a‖² + ‖b‖² − 2 a·b in memory O(B²), clipped at zero, with an exact zero diagonal.
    The first embedding is subtracted from all of them: distances and gradients stay the same, and
    embeddings far from the origin lose fewer digits to rounding.
    """
    embeddings -= tf.stop_gradient(embeddings[:1])
    norms = tf.reduce_sum(tf.square(embeddings), axis=1)
    products = tf.matmul(embeddings, embeddings, transpose_b=True)
    squared = tf.maximum(norms[:, None] + norms[None, :] - 2.0 * products, 0.0)
    return tf.linalg.set_diag(squared, tf.zeros_like(norms))


def in_distance(embeddings: tf.Tensor, distance: str) -> tf.Tensor:
    """The embeddings whose Euclidean distances the loss uses.

    For ``"cosine"`` they are L2-normalised (squared Euclidean distance is then 2 − 2 cos), for
    ``"euclidean"`` they are unchanged.
    """
    return unit(embeddings, axis=1) if distance == "cosine" else embeddings


def distances(embeddings: tf.Tensor) -> tf.Tensor:
    """Euclidean distances (B, B) between all pairs; at least 1e-6: √ has no finite slope at 0."""
    return tf.sqrt(tf.maximum(squared_distances(embeddings), EPSILON))


def cosines(embeddings: tf.Tensor) -> tf.Tensor:
    """Cosine similarities (B, B) between all pairs of embeddings (B, D)."""
    directions = unit(embeddings, axis=1)
    return tf.matmul(directions, directions, transpose_b=True)


def positive_and_negative(labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The masks (B, B) of positive pairs, two samples of one class, and of negative pairs."""
    same = labels[:, None] == labels[None, :]
    others = tf.zeros(tf.shape(labels)[0], tf.bool)
    return tf.linalg.set_diag(same, others), ~same


def with_both(positive: tf.Tensor, negative: tf.Tensor) -> tf.Tensor:
    """The mask (B,) of anchors that have a positive and a negative sample in the batch."""
    return tf.reduce_any(positive, axis=1) & tf.reduce_any(negative, axis=1)


def mean_over(values: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """The mean of ``values`` where ``chosen``, booleans of the same shape; 0 if none is."""
    count = tf.reduce_sum(tf.cast(chosen, tf.float32))
    return tf.math.divide_no_nan(tf.reduce_sum(tf.where(chosen, values, 0.0)), count)


def log_sum_exp(values: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Log Σ exp(values) over the ``chosen`` entries of each row, (rows,); −1e30 if none is.

    Its softplus is log(1 + Σ exp(values)).
    """
    return tf.reduce_logsumexp(tf.where(chosen, values, _LOG_OF_NOTHING), axis=1)
