"""Several class weights for each class: its centres."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from discern.losses.shared.base import unit
from discern.losses.shared.pairs import distances, mean_over, positive_and_negative


def cosines_to_centres(embeddings: tf.Tensor, centres: Sequence[tf.Tensor]) -> tf.Tensor:
    """The cosines (B, K, C) between embeddings (B, D) and each class's K centres, K · (D, C)."""
    directions = tf.concat([unit(each, axis=0) for each in centres], axis=1)
    cosines = tf.matmul(unit(embeddings, axis=1), directions)
    return tf.reshape(cosines, [-1, len(centres), centres[0].shape[1]])


def mean_direction(centres: Sequence[tf.Tensor]) -> tf.Tensor:
    """The mean of each class's unit centres, (D, C)."""
    return tf.add_n([unit(each, axis=0) for each in centres]) / len(centres)


def mean_distance(centres: Sequence[tf.Tensor]) -> tf.Tensor:
    """The mean distance between two unit centres of a class, a scalar; 0 for one centre."""
    directions = tf.concat([unit(each, axis=0) for each in centres], axis=1)
    classes = tf.tile(tf.range(centres[0].shape[1], dtype=tf.int64), [len(centres)])
    same_class, _ = positive_and_negative(classes)
    return mean_over(distances(tf.transpose(directions)), same_class)
