"""The newer losses on cosines to class weights as their papers write them: float64 and loops.

Conventions and names as in :mod:`oracle`. Several class weights w (D, C) are a class's centres.
"""

from __future__ import annotations

import math

import numpy as np

from oracle import angle, cosine, mean, negative_log_probability, norm, softplus_of_sum


def normface(x: np.ndarray, y: np.ndarray, w: np.ndarray, scale: float) -> float:
    """arXiv:1704.06369: the softmax of s cos θ."""
    costs = []
    for row, label in zip(x, y, strict=True):
        scores = [scale * cosine(row, column) for column in w.T]
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def proxy_nca(x: np.ndarray, y: np.ndarray, w: np.ndarray, temperature: float) -> float:
    """arXiv:2004.01113: the softmax of −d/T, d the squared distance of the unit vectors."""
    costs = []
    for row, label in zip(x, y, strict=True):
        apart = [row / norm(row) - column / norm(column) for column in w.T]
        scores = [-float(vector @ vector) / temperature for vector in apart]
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def soft_similarity(cosines: list[float], temperature: float) -> float:
    """arXiv:1909.05235: Σ e^(c/γ) c / Σ e^(c/γ) over the cosines to a class's centres."""
    largest = max(cosines)
    weights = [math.exp((c - largest) / temperature) for c in cosines]
    return sum(weight * c for weight, c in zip(weights, cosines, strict=True)) / sum(weights)


def soft_triple(
    x: np.ndarray,
    y: np.ndarray,
    *w: np.ndarray,
    scale: float,
    margin: float,
    centres: int,
    temperature: float,
    weight: float,
) -> float:
    """arXiv:1909.05235: the softmax of λ(S − δ), and τ Σ_j Σ_{k<l} ‖w_jk − w_jl‖ / CK(K − 1)."""
    classes = w[0].shape[1]
    costs = []
    for row, label in zip(x, y, strict=True):
        scores = []
        for j in range(classes):
            cosines = [cosine(row, w[k][:, j]) for k in range(centres)]
            similarity = soft_similarity(cosines, temperature)
            scores.append(scale * (similarity - (margin if j == label else 0)))
        costs.append(negative_log_probability(scores, label))
    apart = 0.0
    for j in range(classes):
        for k in range(centres):
            for other in range(k):
                one, two = w[k][:, j], w[other][:, j]
                apart += max(np.linalg.norm(one / norm(one) - two / norm(two)), 1e-6)
    pairs = classes * centres * (centres - 1)
    return mean(costs) + (weight * apart / pairs if pairs else 0.0)


def cos_of_angle_with_margin(theta: float, margin: float) -> float:
    """cos(θ + m), and cos θ − m sin m where θ + m > π."""
    if theta + margin <= math.pi:
        return math.cos(theta + margin)
    return math.cos(theta) - margin * math.sin(margin)


def sub_centre_arcface(
    x: np.ndarray, y: np.ndarray, *w: np.ndarray, scale: float, margin: float, centres: int
) -> float:
    """Deng et al., ECCV 2020: ArcFace with θ the smallest of the angles to a class's centres."""
    costs = []
    for row, label in zip(x, y, strict=True):
        angles = [min(angle(row, w[k][:, j]) for k in range(centres)) for j in range(w[0].shape[1])]
        scores = [scale * math.cos(theta) for theta in angles]
        scores[label] = scale * cos_of_angle_with_margin(angles[label], margin)
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def magface(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    scale: float,
    margin_minimum: float,
    margin_maximum: float,
    norm_minimum: float,
    norm_ratio: float,
    weight: float,
) -> float:
    """arXiv:2103.06627: ArcFace with m(a), and λ (1/a + a/u_a²), a within l_a … u_a."""
    norm_maximum = norm_ratio * norm_minimum
    costs = []
    for row, label in zip(x, y, strict=True):
        a = min(max(norm(row), norm_minimum), norm_maximum)
        slope = (margin_maximum - margin_minimum) / (norm_maximum - norm_minimum)
        margin = slope * (a - norm_minimum) + margin_minimum
        scores = [scale * cosine(row, column) for column in w.T]
        scores[label] = scale * cos_of_angle_with_margin(angle(row, w[:, label]), margin)
        pull = 1 / a + a / norm_maximum**2
        costs.append(negative_log_probability(scores, label) + weight * pull)
    return mean(costs)


def qualities(norms: list[float], mu: float, sigma: float, concentration: float) -> list[float]:
    """arXiv:2204.00964: (‖x‖ − μ) / (σ/h) within −1 … 1; σ at least 1e-3."""
    apart = [concentration * (length - mu) / max(sigma, 1e-3) for length in norms]
    return [min(max(q, -1.0), 1.0) for q in apart]


def adaface(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, quality: list[float], scale: float, margin: float
) -> float:
    """arXiv:2204.00964: the own score s (cos(θ + g_angle) − g_add), θ + g_angle within 0 … π."""
    costs = []
    for row, label, q in zip(x, y, quality, strict=True):
        scores = [scale * cosine(row, column) for column in w.T]
        g_angle, g_add = -margin * q, margin * q + margin
        theta = min(max(angle(row, w[:, label]) + g_angle, 0.0), math.pi)
        scores[label] = scale * (math.cos(theta) - g_add)
        costs.append(negative_log_probability(scores, label))
    return mean(costs)


def sphereface2(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    scale: float,
    margin: float,
    balance: float,
    exponent: float,
) -> float:
    """arXiv:2108.01513: a binary logistic cost for every class, g(z) = 2 ((z + 1) / 2)^t − 1."""
    costs = []
    for row, label in zip(x, y, strict=True):
        for j, column in enumerate(w.T):
            g = 2 * ((cosine(row, column) + 1) / 2) ** exponent - 1
            if j == label:
                cost = softplus_of_sum([-scale * (g - margin) - b[0]])
                costs.append(balance / scale * cost)
            else:
                cost = softplus_of_sum([scale * (g + margin) + b[0]])
                costs.append((1 - balance) / scale * cost)
    return sum(costs) / len(y)
