"""Class means."""

from __future__ import annotations

import numpy as np


def class_means(embeddings: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labels that occur, ascending (C,), and the mean of each class, float64 (C, D).

    Args:
        embeddings: floating (N, D).
        labels: integer (N,).
    """
    classes = np.unique(labels)
    means = [embeddings[labels == label].mean(axis=0, dtype=np.float64) for label in classes]
    return classes, np.stack(means)


def centred_class_means(embeddings: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The class means minus the mean of the class means, float64 (C, D), in the order of labels."""
    _, means = class_means(embeddings, labels)
    centred: np.ndarray = means - means.mean(axis=0)
    return centred
