"""The losses of pairs and triplets as their papers write them: float64, loops.

See :mod:`oracle` for the conventions. Where a paper chooses samples or weighs them, and no
gradient flows through that, the choice is a function of its own and its result an argument of the
loss, so that finite differences see it fixed.

Embeddings x (B, D), labels y (B,).
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from oracle import cosine, log_sum, mean, softplus_of_sum


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """‖a − b‖."""
    return math.sqrt(float((a - b) @ (a - b)))


def positives(y: np.ndarray, i: int) -> list[int]:
    """P(i): the other samples of the class of sample i."""
    return [j for j in range(len(y)) if j != i and y[j] == y[i]]


def negatives(y: np.ndarray, i: int) -> list[int]:
    """N(i): the samples of other classes than sample i's."""
    return [j for j in range(len(y)) if y[j] != y[i]]


def with_both(y: np.ndarray) -> list[int]:
    """The samples with a positive and a negative."""
    return [i for i in range(len(y)) if positives(y, i) and negatives(y, i)]


def mine_semihard(x: np.ndarray, y: np.ndarray) -> list[tuple[int, int, int]]:
    """arXiv:1503.03832, section 3.2: the anchor, positive and negative of every positive pair.

    The negative is the nearest one that is farther than the positive; if none is, the farthest.
    """
    mined = []
    for a, p in itertools.permutations(range(len(x)), 2):
        d = [float((x[a] - other) @ (x[a] - other)) for other in x]
        negatives = [n for n in range(len(x)) if y[n] != y[a]]
        if y[p] == y[a] and negatives:
            farther = [n for n in negatives if d[n] > d[p]]
            n = min(farther, key=lambda n: d[n]) if farther else max(negatives, key=lambda n: d[n])
            mined.append((a, p, n))
    return mined


def triplet_mean(x: np.ndarray, triplets: list[tuple[int, int, int]], margin: float) -> float:
    """arXiv:1503.03832, eq. 3: the mean of [‖a − p‖² − ‖a − n‖² + α]₊."""
    costs = []
    for a, p, n in triplets:
        near, far = x[a] - x[p], x[a] - x[n]
        costs.append(max(float(near @ near) - float(far @ far) + margin, 0.0))
    return mean(costs)


def semihard_triplet(x: np.ndarray, y: np.ndarray, margin: float) -> float:
    """The mean over the mined triplets."""
    return triplet_mean(x, mine_semihard(x, y), margin)


def centre_hinge(x: np.ndarray, y: np.ndarray, radius: float) -> float:
    """Zhang, Xin and Feng, 2017: the mean over anchors of [‖x − c‖² − β]₊, c the class's mean."""
    centres = {label: x[y == label].mean(axis=0) for label in set(y.tolist())}
    offsets = [row - centres[label] for row, label in zip(x, y.tolist(), strict=True)]
    return mean([max(float(offset @ offset) - radius, 0.0) for offset in offsets])


def contrastive(x: np.ndarray, y: np.ndarray, margin: float, pairs: str) -> float:
    """Hadsell et al., 2006, eq. 4: ½ d² of a similar, ½ [m − d]₊² of a dissimilar pair.

    Balanced pairs of both kinds are averaged apart.
    """
    similar, dissimilar = [], []
    for i in range(len(x)):
        for j in range(i):
            d = distance(x[i], x[j])
            if y[i] == y[j]:
                similar.append(d**2 / 2)
            else:
                dissimilar.append(max(margin - d, 0.0) ** 2 / 2)
    if pairs == "pooled":
        return mean(similar + dissimilar)
    return mean(similar) + mean(dissimilar)


def batch_hard_triplet(x: np.ndarray, y: np.ndarray) -> float:
    """arXiv:1703.07737, eq. 5, the soft margin in the hinge's place; distances are not squared."""
    costs = []
    for a in with_both(y):
        farthest = max(distance(x[a], x[p]) for p in positives(y, a))
        nearest = min(distance(x[a], x[n]) for n in negatives(y, a))
        costs.append(softplus_of_sum([farthest - nearest]))
    return mean(costs)


def lifted_structure(x: np.ndarray, y: np.ndarray, margin: float) -> float:
    """arXiv:1511.06452, eq. 4: half the mean of [J]₊² over the pairs i < j of one class."""
    costs = []
    for i, j in itertools.combinations(range(len(x)), 2):
        if y[i] == y[j] and negatives(y, i):
            exponents = [margin - distance(x[i], x[k]) for k in negatives(y, i)]
            exponents += [margin - distance(x[j], x[k]) for k in negatives(y, j)]
            costs.append(max(distance(x[i], x[j]) + log_sum(exponents), 0.0) ** 2)
    return mean(costs) / 2


def n_pairs(x: np.ndarray, y: np.ndarray, regularisation: float) -> float:
    """Sohn, 2016, eq. 7, every ordered positive pair against all negatives of its anchor.

    The regulariser is λ/2 · mean of ‖x‖².
    """
    costs = []
    for a in with_both(y):
        for p in positives(y, a):
            exponents = [float(x[a] @ x[n]) - float(x[a] @ x[p]) for n in negatives(y, a)]
            costs.append(softplus_of_sum(exponents))
    return mean(costs) + regularisation / 2 * mean([float(row @ row) for row in x])


Mined = dict[int, tuple[list[int], list[int]]]


def mine_multi_similarity(x: np.ndarray, y: np.ndarray, epsilon: float) -> Mined:
    """arXiv:1904.06627, eq. 13 and 14: of each anchor the positives and the negatives kept."""
    mined = {}
    for i in with_both(y):
        least = min(cosine(x[i], x[p]) for p in positives(y, i))
        most = max(cosine(x[i], x[n]) for n in negatives(y, i))
        near = [p for p in positives(y, i) if cosine(x[i], x[p]) < most + epsilon]
        far = [n for n in negatives(y, i) if cosine(x[i], x[n]) > least - epsilon]
        mined[i] = (near, far)
    return mined


def multi_similarity(x: np.ndarray, mined: Mined, alpha: float, beta: float, base: float) -> float:
    """arXiv:1904.06627, eq. 15, λ: base; divided by all samples, the anchors without a pair too."""
    total = 0.0
    for i, (near, far) in mined.items():
        total += softplus_of_sum([-alpha * (cosine(x[i], x[p]) - base) for p in near]) / alpha
        total += softplus_of_sum([beta * (cosine(x[i], x[n]) - base) for n in far]) / beta
    return total / len(x)


def circle_weights(x: np.ndarray, y: np.ndarray, margin: float) -> np.ndarray:
    """arXiv:2002.10857, eq. 5 and 8: α_p = [1 + m − s_p]₊ and α_n = [s_n + m]₊, (B, B)."""
    weights = np.zeros((len(x), len(x)))
    for i, j in itertools.permutations(range(len(x)), 2):
        s = cosine(x[i], x[j])
        weights[i, j] = max(1 + margin - s if y[i] == y[j] else s + margin, 0.0)
    return weights


def circle(x: np.ndarray, y: np.ndarray, weights: np.ndarray, margin: float, scale: float) -> float:
    """arXiv:2002.10857, eq. 6 of every anchor, with Δ_p = 1 − m and Δ_n = m; the two sums apart."""
    costs = []
    for i in with_both(y):
        pulled = [
            -scale * weights[i, p] * (cosine(x[i], x[p]) - (1 - margin)) for p in positives(y, i)
        ]
        pushed = [scale * weights[i, n] * (cosine(x[i], x[n]) - margin) for n in negatives(y, i)]
        costs.append(softplus_of_sum([log_sum(pulled) + log_sum(pushed)]))
    return mean(costs)


def supervised_contrastive(x: np.ndarray, y: np.ndarray, temperature: float) -> float:
    """arXiv:2004.11362, eq. 2 (L_out), averaged over the anchors with a positive."""
    costs = []
    for i in range(len(x)):
        scores = {a: cosine(x[i], x[a]) / temperature for a in range(len(x)) if a != i}
        if positives(y, i):
            total = log_sum(list(scores.values()))
            costs.append(mean([total - scores[p] for p in positives(y, i)]))
    return mean(costs)
