"""The scale of embeddings: what a margin of a distance has to be compared with."""

from __future__ import annotations

import numpy as np

from discern.distance import Distance


def between_classes(embeddings: np.ndarray, labels: np.ndarray, distance: Distance) -> float:
    """The mean squared Euclidean distance between embeddings of different classes.

    No pair is formed. Of embeddings x about their common mean, a class has n_c, with the sums
    S_c = Σ x and Q_c = Σ ‖x‖². As Σ S_c = 0, the ordered pairs' distances add up to
    2 (Σ n_c · Σ Q_c − Σ n_c Q_c + Σ ‖S_c‖²).

    Args:
        embeddings: float (N, D).
        labels: integer (N,).
        distance: ``cosine`` normalises embeddings to length 1 first, so that the distance is
            2 − 2 cos.

    Returns:
        The mean over all such pairs; 0 if all embeddings are of one class.
    """
    values = embeddings.astype(np.float64)
    if distance == "cosine":
        norms = np.linalg.norm(values, axis=1, keepdims=True)
        values = np.divide(values, norms, out=np.zeros_like(values), where=norms > 0)
    values -= values.mean(axis=0)
    classes = [values[labels == label] for label in np.unique(labels)]
    counts = np.array([len(members) for members in classes])
    squares = np.array([np.sum(members**2) for members in classes])
    sums = np.array([members.sum(axis=0) for members in classes])
    pairs = counts.sum() ** 2 - np.sum(counts**2)
    total = counts.sum() * squares.sum() - counts @ squares + np.sum(sums**2)
    return 2.0 * float(total) / float(pairs) if pairs else 0.0
