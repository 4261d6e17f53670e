"""Verification: whether two samples are of one class, decided by their distance alone.

One bound serves all classes. Scale does not matter, but native lengths do: where the samples of one
class differ in length, the L2-normalised embeddings are verified better.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any

import numpy as np

from discern.distances import of_pairs

# Points of the curve that is kept.
_POINTS = 200


@dataclass(frozen=True)
class Verification:
    """The receiver operating characteristic of all pairs, which accepts those nearer than a bound.

    FAR, the false acceptance rate, is the part of the pairs of two classes that is accepted; TAR,
    the true acceptance rate, that of the pairs of one class. Both are in [0, 1]. (Grother et al.,
    Face Recognition Vendor Test, NIST, uses the same terms.)

    Attributes:
        equal_error_rate: FAR where it equals 1 − TAR, or the mean of both where they are nearest.
        true_acceptance: TAR at the loosest bound with FAR ≤ each of the rates asked for.
        curve: FAR and TAR of bounds from strict to loose, float64 (points, 2).
    """

    equal_error_rate: float
    true_acceptance: tuple[float, ...]
    curve: np.ndarray


def verification(
    embeddings: np.ndarray, labels: np.ndarray, rates: tuple[float, ...]
) -> Verification:
    """The characteristic of all N (N − 1) / 2 pairs of embeddings (N, D), exactly.

    Takes 4 bytes for each pair, and a few blocks of a distance matrix.

    Raises:
        ValueError: when there are no two samples of one class, or of two.
    """
    blocks = zip(*of_pairs(embeddings, labels), strict=True)
    genuine, impostor = (np.concatenate(part).astype(np.float32) for part in blocks)
    if not len(genuine) or not len(impostor):
        raise ValueError("there are no pairs of one class, or none of two")
    genuine.sort()
    impostor.sort()
    # A bound accepts all pairs at its distance: only the impostors' own distances need be tried.
    allowed = [min(int(rate * len(impostor) + 1e-9), len(impostor)) for rate in rates]
    true_acceptance = tuple(_accepted(genuine, impostor, count) for count in allowed)
    counts = np.unique(
        np.concatenate([[0], np.geomspace(1, len(impostor), _POINTS).round()]).astype(np.int64)
    )
    curve = [(count / len(impostor), _accepted(genuine, impostor, count)) for count in counts]
    return Verification(
        equal_error_rate=_equal_error_rate(genuine, impostor),
        true_acceptance=true_acceptance,
        curve=np.array(curve),
    )


def _accepted(genuine: np.ndarray, impostor: np.ndarray, count: int) -> float:
    """TAR of the loosest bound that accepts no more than ``count`` impostors; both ascending."""
    if count == len(impostor):
        return 1.0
    # the first impostor that may not be accepted, and so none of its genuine equals
    return float(np.searchsorted(genuine, impostor[count], side="left") / len(genuine))


def _equal_error_rate(genuine: np.ndarray, impostor: np.ndarray) -> float:
    """The mean of FAR and 1 − TAR at the bound where they are nearest; both ascending."""

    def rates(bound: Any) -> tuple[float, float]:
        accepted = np.searchsorted(impostor, bound, side="right") / len(impostor)
        missed = 1.0 - np.searchsorted(genuine, bound, side="right") / len(genuine)
        return float(accepted), float(missed)

    def has_crossed(bound: Any) -> bool:
        accepted, missed = rates(bound)
        return accepted >= missed

    # With the bound FAR rises and 1 − TAR falls, in steps at the distances that there are.
    crossed = []
    for distances in (genuine, impostor):
        first = bisect.bisect_left(
            range(len(distances)), True, key=lambda i: has_crossed(distances[i])
        )
        crossed += [distances[first]] if first < len(distances) else []
    bound = min(crossed)
    sides = [rates(np.nextafter(bound, np.float32(-np.inf))), rates(bound)]
    accepted, missed = min(sides, key=lambda pair: abs(pair[0] - pair[1]))
    return (accepted + missed) / 2
