"""The losses as their papers write them: float64, loops, nothing shared with the code under test.

Conventions where a paper says nothing: a norm below 1e-6 counts as 1e-6; a positive pair whose
anchor has no negative in the batch does not count; the mean of nothing is 0.

Embeddings x (B, D), labels y (B,), class weights w (D, C), biases b (C,).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

Function = Callable[..., float]


def mean(values: list[float]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def norm(vector: np.ndarray) -> float:
    """‖vector‖, at least 1e-6."""
    return max(math.sqrt(float(vector @ vector)), 1e-6)


def normalised(x: np.ndarray) -> np.ndarray:
    """Every row divided by its norm."""
    return np.stack([row / norm(row) for row in x])


def negative_log_probability(scores: list[float], label: int) -> float:
    """−log(e^s_y / Σ e^s_j), the largest score taken out of the sum."""
    largest = max(scores)
    total = sum(math.exp(score - largest) for score in scores)
    return largest + math.log(total) - scores[label]


def softmax(x: np.ndarray, y: np.ndarray, w: np.ndarray, b: np.ndarray) -> float:
    """Bridle, 1990: the mean of −log of the own class's probability."""
    found = []
    for row, label in zip(x, y, strict=True):
        scores = [float(row @ w[:, j] + b[j]) for j in range(w.shape[1])]
        found.append(negative_log_probability(scores, label))
    return mean(found)


def cosface(x: np.ndarray, y: np.ndarray, w: np.ndarray, scale: float, margin: float) -> float:
    """arXiv:1801.09414, eq. 4."""
    found = []
    for row, label in zip(x, y, strict=True):
        cosines = [float(row @ column) / (norm(row) * norm(column)) for column in w.T]
        scores = [scale * (c - (margin if j == label else 0)) for j, c in enumerate(cosines)]
        found.append(negative_log_probability(scores, label))
    return mean(found)


def psi(theta: float, m: int) -> float:
    """arXiv:1704.08063, eq. 7: (−1)^k cos(mθ) − 2k for θ in [kπ/m, (k+1)π/m], k in 0 … m−1."""
    k = min(math.floor(m * theta / math.pi), m - 1)
    return (-1) ** k * math.cos(m * theta) - 2 * k


def sphereface(x: np.ndarray, y: np.ndarray, w: np.ndarray, m: int, annealed: float) -> float:
    """arXiv:1704.08063, eq. 7, with (λ cos θ + ψ(θ)) / (1 + λ) for the own class; λ: annealed."""
    found = []
    for row, label in zip(x, y, strict=True):
        scores = []
        for j, column in enumerate(w.T):
            cosine = float(row @ column) / (norm(row) * norm(column))
            if j == label:
                theta = math.acos(min(max(cosine, -1.0), 1.0))
                cosine = (annealed * math.cos(theta) + psi(theta, m)) / (1 + annealed)
            scores.append(norm(row) * cosine)
        found.append(negative_log_probability(scores, label))
    return mean(found)


def mine_semihard(x: np.ndarray, y: np.ndarray) -> list[tuple[int, int, int]]:
    """arXiv:1503.03832, section 3.2: the anchor, positive and negative of every positive pair.

    The negative is the nearest one that is farther than the positive; if none is, the farthest.
    """
    found = []
    for a, p in itertools.permutations(range(len(x)), 2):
        d = [float((x[a] - other) @ (x[a] - other)) for other in x]
        negatives = [n for n in range(len(x)) if y[n] != y[a]]
        if y[p] == y[a] and negatives:
            farther = [n for n in negatives if d[n] > d[p]]
            n = min(farther, key=lambda n: d[n]) if farther else max(negatives, key=lambda n: d[n])
            found.append((a, p, n))
    return found


def triplet_mean(x: np.ndarray, triplets: list[tuple[int, int, int]], margin: float) -> float:
    """arXiv:1503.03832, eq. 3: the mean of [‖a − p‖² − ‖a − n‖² + α]₊."""
    found = []
    for a, p, n in triplets:
        near, far = x[a] - x[p], x[a] - x[n]
        found.append(max(float(near @ near) - float(far @ far) + margin, 0.0))
    return mean(found)


def semihard_triplet(x: np.ndarray, y: np.ndarray, margin: float) -> float:
    """The mean over the mined triplets."""
    return triplet_mean(x, mine_semihard(x, y), margin)


def centre_hinge(x: np.ndarray, y: np.ndarray, radius: float) -> float:
    """IEEE 8272723: the mean over the anchors of [‖x − c‖² − β]₊, c their class's mean."""
    centres = {label: x[y == label].mean(axis=0) for label in set(y.tolist())}
    offsets = [row - centres[label] for row, label in zip(x, y.tolist(), strict=True)]
    return mean([max(float(offset @ offset) - radius, 0.0) for offset in offsets])


def contrastive(x: np.ndarray, y: np.ndarray, margin: float) -> float:
    """Hadsell et al., 2006, eq. 4: ½ d² of a similar, ½ [m − d]₊² of a dissimilar pair.

    Both kinds are averaged apart.
    """
    similar, dissimilar = [], []
    for i in range(len(x)):
        for j in range(i):
            d = math.sqrt(float((x[i] - x[j]) @ (x[i] - x[j])))
            if y[i] == y[j]:
                similar.append(d**2 / 2)
            else:
                dissimilar.append(max(margin - d, 0.0) ** 2 / 2)
    return mean(similar) + mean(dissimilar)


def step_size(variable: np.ndarray) -> float:
    """The step of finite differences: 1e-4 of the values' size, at most 1e-5, at least 1e-10."""
    return 1e-4 * float(np.clip(np.max(np.linalg.norm(variable, axis=-1)), 1e-6, 0.1))


def numerical_gradient(function: Function, variables: list[np.ndarray], of: int) -> np.ndarray:
    """The gradient of function(*variables) with respect to the ``of``-th by central differences."""
    gradient = np.zeros_like(variables[of])
    step = step_size(variables[of])
    for at in np.ndindex(gradient.shape):
        sides = []
        for sign in (1, -1):
            moved = [variable.copy() for variable in variables]
            moved[of][at] += sign * step
            sides.append(function(*moved))
        gradient[at] = (sides[0] - sides[1]) / (2 * step)
    return gradient
