"""The losses as their papers write them: float64, loops, nothing shared with the code under test.

Here are those of a classifier, and slopes by finite differences; :mod:`oracle_pairs` has those of
pairs and triplets of samples.

Conventions where a paper says nothing: a norm below 1e-6 counts as 1e-6; a positive pair whose
anchor has no negative in the batch does not count; the mean of nothing is 0.

Embeddings x (B, D), labels y (B,), class weights w (D, C), biases b (C,).
"""

from __future__ import annotations

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


def log_sum(exponents: list[float]) -> float:
    """Log Σ e^z, the largest z taken out of the sum."""
    largest = max(exponents)
    return largest + math.log(sum(math.exp(z - largest) for z in exponents))


def softplus_of_sum(exponents: list[float]) -> float:
    """log(1 + Σ e^z), 0 without exponents."""
    return log_sum([0.0, *exponents])


def negative_log_probability(scores: list[float], label: int) -> float:
    """−log(e^s_y / Σ e^s_j)."""
    return log_sum(scores) - scores[label]


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """a·b / (‖a‖ ‖b‖)."""
    return float(a @ b) / (norm(a) * norm(b))


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """The angle between a and b, in [0, π]."""
    return math.acos(min(max(cosine(a, b), -1.0), 1.0))


def softmax(x: np.ndarray, y: np.ndarray, w: np.ndarray, b: np.ndarray) -> float:
    """Bridle, 1990: the mean of −log of the own class's probability."""
    costs = []
    for row, label in zip(x, y, strict=True):
        scores = [float(row @ w[:, j] + b[j]) for j in range(w.shape[1])]
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def cosface(x: np.ndarray, y: np.ndarray, w: np.ndarray, scale: float, margin: float) -> float:
    """arXiv:1801.09414, eq. 4."""
    costs = []
    for row, label in zip(x, y, strict=True):
        cosines = [cosine(row, column) for column in w.T]
        scores = [scale * (c - (margin if j == label else 0)) for j, c in enumerate(cosines)]
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def arcface(x: np.ndarray, y: np.ndarray, w: np.ndarray, scale: float, margin: float) -> float:
    """arXiv:1801.07698, eq. 3, with cos θ − m sin m where θ + m > π."""
    costs = []
    for row, label in zip(x, y, strict=True):
        scores = [scale * cosine(row, column) for column in w.T]
        theta = angle(row, w[:, label])
        if theta + margin <= math.pi:
            scores[label] = scale * math.cos(theta + margin)
        else:
            scores[label] = scale * (math.cos(theta) - margin * math.sin(margin))
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def psi(theta: float, m: int) -> float:
    """arXiv:1704.08063, eq. 7: (−1)^k cos(mθ) − 2k for θ in [kπ/m, (k+1)π/m], k in 0 … m−1."""
    k = min(math.floor(m * theta / math.pi), m - 1)
    return (-1) ** k * math.cos(m * theta) - 2 * k


def annealed_psi(theta: float, m: int, annealed: float) -> float:
    """(λ cos θ + ψ(θ)) / (1 + λ); λ: annealed."""
    return (annealed * math.cos(theta) + psi(theta, m)) / (1 + annealed)


def sphereface(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, margin: int, lambda_minimum: float
) -> float:
    """arXiv:1704.08063, eq. 7, the own score ‖x‖ (λ cos θ + ψ(θ)) / (1 + λ); λ at its end."""
    costs = []
    for row, label in zip(x, y, strict=True):
        scores = [norm(row) * cosine(row, column) for column in w.T]
        scores[label] = norm(row) * annealed_psi(angle(row, w[:, label]), margin, lambda_minimum)
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def large_margin_softmax(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, margin: int, lambda_minimum: float
) -> float:
    """arXiv:1612.02295, eq. 4, the own score ‖W_y‖ ‖x‖ (λ cos θ + ψ(θ)) / (1 + λ); λ at its end."""
    costs = []
    for row, label in zip(x, y, strict=True):
        scores = [float(row @ column) for column in w.T]
        own = w[:, label]
        scores[label] = (
            norm(own) * norm(row) * annealed_psi(angle(row, own), margin, lambda_minimum)
        )
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def pull(x: np.ndarray, y: np.ndarray, centres: np.ndarray) -> float:
    """Wen et al., 2016, eq. 5 without the softmax, averaged: ½ ‖x − c_y‖²; centres (C, D)."""
    squared = [float((row - centres[j]) @ (row - centres[j])) for row, j in zip(x, y, strict=True)]
    return mean(squared) / 2


def moved_centres(centres: np.ndarray, x: np.ndarray, y: np.ndarray, rate: float) -> np.ndarray:
    """Wen et al., 2016, eq. 4: c_j − α Σ_{y = j} (c_j − x) / (1 + n_j)."""
    moved = centres.copy()
    for j, before in enumerate(centres):
        differences = np.zeros_like(before)
        count = 0
        for row, label in zip(x, y, strict=True):
            if label == j:
                differences += before - row
                count += 1
        moved[j] = before - rate * differences / (1 + count)
    return moved


def proxy_anchor(x: np.ndarray, y: np.ndarray, w: np.ndarray, scale: float, margin: float) -> float:
    """arXiv:2003.13911, eq. 4: the proxies are the columns of w, P⁺ those with a sample."""
    pulled, pushed = [], []
    for j, proxy in enumerate(w.T):
        own = [cosine(row, proxy) for row, label in zip(x, y, strict=True) if label == j]
        others = [cosine(row, proxy) for row, label in zip(x, y, strict=True) if label != j]
        if own:
            pulled.append(softplus_of_sum([-scale * (c - margin) for c in own]))
        pushed.append(softplus_of_sum([scale * (c + margin) for c in others]))
    return mean(pulled) + mean(pushed)


def step_size(variable: np.ndarray) -> float:
    """The step of finite differences: 1e-4 of the values' size, at most 1e-5, at least 1e-10."""
    return 1e-4 * float(np.clip(np.max(np.linalg.norm(variable, axis=-1)), 1e-6, 0.1))


def slopes(
    function: Function, variables: list[np.ndarray], of: int, directions: np.ndarray
) -> np.ndarray:
    """How function(*variables) changes with each row of the ``of``-th along its direction.

    By central differences; a vector's rows are its entries, and all directions are near length 1.
    """
    slopes = np.zeros(len(variables[of]))
    step = step_size(variables[of])
    for row in range(len(slopes)):
        sides = []
        for sign in (1, -1):
            moved = [variable.copy() for variable in variables]
            moved[of][row] += sign * step * directions[row]
            sides.append(function(*moved))
        slopes[row] = (sides[0] - sides[1]) / (2 * step)
    return slopes
