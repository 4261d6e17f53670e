"""Verification: whether two samples are of the same class, decided by their distance alone.

One threshold serves all classes. Scale does not matter, but norms do: if the native embeddings of
one class differ in norm, verification is better with L2-normalised embeddings.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any

import numpy as np

from discern.measures.shared.distances import distances_of_pairs
from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space

measures = (
    *in_each_space(
        Measure(
            name="equal_error_rate",
            title="equal error rate",
            definition="fraction of same-class pairs rejected at the distance threshold that "
            "accepts the same fraction of different-class pairs, 0 to 1 (NIST FRVT)",
            key=("verification", "equal_error_rate"),
            percent=True,
            better="lower",
            headline=True,
            place=130,
        )
    ),
    *(
        Measure(
            name=f"true_acceptance_at_{rate}",
            title=f"TAR at FAR {rate}",
            definition="fraction of same-class pairs accepted at the distance threshold that "
            f"accepts {in_percent} % of different-class pairs, 0 to 1 (NIST FRVT)",
            key=("verification", "true_acceptance", rate),
            percent=True,
            better="higher",
            place=place,
        )
        for rate, in_percent, place in (
            ("0.01", "1", 140),
            ("0.001", "0.1", 150),
            ("0.0001", "0.01", 160),
        )
    ),
)

# The false acceptance rates at which the true acceptance rate is given.
_RATES = (1e-2, 1e-3, 1e-4)
# The maximum number of points of the saved curve.
_POINTS = 200


def compute(embeddings: Embeddings) -> Values:
    """The rates and the curve of all pairs of queries."""
    verified = verification(embeddings.queries, embeddings.labels, _RATES)
    rates = zip(_RATES, verified.true_acceptance, strict=True)
    return {
        "verification": {
            "equal_error_rate": verified.equal_error_rate,
            "true_acceptance": {f"{rate:g}": value for rate, value in rates},
            "curve": verified.curve.tolist(),
        }
    }


@dataclass(frozen=True)
class Verification:
    """The receiver operating characteristic of accepting pairs up to a distance threshold.

    FAR, the false acceptance rate, is the fraction of different-class pairs that are accepted; TAR,
    the true acceptance rate, is that of same-class pairs. Both are in [0, 1]. (The terms are those
    of Grother et al., Face Recognition Vendor Test, NIST.)

    Attributes:
        equal_error_rate: FAR where it equals 1 − TAR, or the mean of both where they are nearest.
        true_acceptance: TAR at the largest threshold with FAR ≤ each of the requested rates.
        curve: FAR and TAR at increasing thresholds, float64 (points, 2).
    """

    equal_error_rate: float
    true_acceptance: tuple[float, ...]
    curve: np.ndarray


def verification(
    embeddings: np.ndarray, labels: np.ndarray, rates: tuple[float, ...]
) -> Verification:
    """The characteristic of all N (N − 1) / 2 pairs of embeddings (N, D), exactly.

    Memory: 4 bytes per pair, and a few blocks of a distance matrix.

    Raises:
        ValueError: when there are no pairs of the same class or none of different classes.
    """
    blocks = zip(*distances_of_pairs(embeddings, labels), strict=True)
    genuine, impostor = (np.concatenate(part).astype(np.float32) for part in blocks)
    if not len(genuine) or not len(impostor):
        raise ValueError("there are no pairs of the same class, or none of different classes")
    genuine.sort()
    impostor.sort()
    # A threshold accepts all pairs at its distance, so only impostors' distances need be tried.
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
    """TAR at the largest threshold that accepts at most ``count`` impostors; both ascending."""
    if count == len(impostor):
        return 1.0
    # impostor[count] must be rejected, and so must genuine pairs at the same distance.
    return float(np.searchsorted(genuine, impostor[count], side="left") / len(genuine))


def _equal_error_rate(genuine: np.ndarray, impostor: np.ndarray) -> float:
    """The mean of FAR and 1 − TAR at the threshold where they are nearest; both ascending."""

    def rates(bound: Any) -> tuple[float, float]:
        accepted = np.searchsorted(impostor, bound, side="right") / len(impostor)
        missed = 1.0 - np.searchsorted(genuine, bound, side="right") / len(genuine)
        return float(accepted), float(missed)

    def has_crossed(bound: Any) -> bool:
        accepted, missed = rates(bound)
        return accepted >= missed

    # As the threshold grows, FAR rises and 1 − TAR falls, in steps at the distances of pairs.
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
