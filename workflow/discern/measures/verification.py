"""Verification: whether two samples are of the same class, decided by their distance alone.

One threshold serves all classes. Scale does not matter, but norms do: if the native embeddings of
one class differ in norm, verification is better with L2-normalised embeddings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space
from discern.measures.shared.pairs import Block, Pairs
from discern.measures.shared.ranks import BINS, STEPS, count_bins, count_steps, lower_edge

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
            per_image=True,
            headline=True,
            place=3,
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
# The digits after the point of the saved curve, which is only drawn; all others are a third of a
# measure file.
_DIGITS = 10
# The maximum number of points of the saved curve.
_POINTS = 200
# The densities of pairs at the threshold are those between the thresholds where one of the error
# rates is this fraction below the equal error rate. Between 0.02 and 0.1 the standard error of
# the rate differs by less than 8 %, and that with images far away from all others.
_WINDOW = 0.05


@dataclass(frozen=True)
class Verification:
    """The receiver operating characteristic of accepting pairs up to a distance threshold.

    FAR, the false acceptance rate, is the fraction of different-class pairs that are accepted; TAR,
    the true acceptance rate, is that of same-class pairs, and FRR, the false rejection rate, is
    1 − TAR. All are in [0, 1]. (The terms are those of Grother et al., Face Recognition Vendor
    Test, NIST.)

    Attributes:
        equal_error_rate: FAR where it equals FRR, or the mean of both where they are nearest.
        contributions: what each sample contributes to the equal error rate, float64 (N,).
        true_acceptance: TAR at the largest threshold with FAR ≤ each of the requested rates.
        curve: FAR and TAR at increasing thresholds, float64 (points, 2).
    """

    equal_error_rate: float
    contributions: np.ndarray
    true_acceptance: tuple[float, ...]
    curve: np.ndarray


def observer(embeddings: Embeddings) -> Verifier:
    """The rates and the curve of all pairs of queries."""
    return Verifier(embeddings.pairs)


class Verifier:
    """Counts all pairs by distance, first in bins, then exactly around the thresholds."""

    def __init__(self, pairs: Pairs) -> None:
        """Prepare to count ``pairs``.

        Raises:
            ValueError: when there are no pairs of the same class or none of different classes.
        """
        self._pairs = pairs
        sizes = np.unique(pairs.labels, return_counts=True)[1]
        same = int(np.sum(sizes * (sizes - 1) // 2))
        # how many pairs are of the same class, and of different classes
        self._totals = np.array([same, len(pairs) * (len(pairs) - 1) // 2 - same])
        if not self._totals.all():
            raise ValueError("there are no pairs of the same class, or none of different classes")
        self._counts = np.zeros((2, BINS), np.int64)
        self._lock = Lock()

    def see(self, block: Block) -> None:
        """Count the pairs of a block in bins."""
        for row, distances in zip(self._counts, block.pairs(), strict=True):
            counts = count_bins(distances)
            with self._lock:
                row[: len(counts)] += counts

    def values(self) -> Values:
        """The measures by their keys."""
        verified = self.verification(_RATES)
        rates = zip(_RATES, verified.true_acceptance, strict=True)
        return {
            "verification": {
                "equal_error_rate": verified.contributions,
                "true_acceptance": {f"{rate:g}": value for rate, value in rates},
                "curve": verified.curve.round(_DIGITS).tolist(),
            }
        }

    def verification(self, rates: Sequence[float]) -> Verification:
        """The characteristic of all N (N − 1) / 2 pairs, exactly.

        Every sum over pairs is of integers, so that neither blocks nor threads matter.
        """
        different = int(self._totals[1])
        curve = np.geomspace(1, different, _POINTS).round()
        curve = np.unique(np.concatenate([[0], curve])).astype(np.int64)
        allowed = [min(int(rate * different + 1e-9), different) for rate in rates]
        counts = np.array([*curve, *allowed])

        accepted = np.pad(np.cumsum(self._counts, axis=1), ((0, 0), (1, 0)))
        far, frr = self._errors(accepted)
        crossing = int(np.argmax(far >= frr)) - 1
        # the bins of the different-class pairs that are the first to be too many
        first_rejected = counts[counts < different]
        bins = np.searchsorted(accepted[1], first_rejected, side="right") - 1
        bins = np.unique([crossing, *bins])
        nearest = min(crossing, crossing + 1, key=lambda edge: abs(far[edge] - frr[edge]))
        around = _Around(self._pairs, bins, lower_edge(nearest))
        self._pairs.walk(around.see)

        steps = accepted[:, bins, None] + np.cumsum(around.steps, axis=2)
        places = np.repeat(bins + 1, STEPS)
        accepted = np.insert(accepted, places, steps.reshape(2, -1), axis=1)
        last = np.searchsorted(accepted[1], counts, side="right") - 1
        true_acceptance = accepted[0, last] / self._totals[0]
        far, frr = self._errors(accepted)
        rate, weight = _equal_error_rate(far, frr)
        return Verification(
            equal_error_rate=rate,
            contributions=around.contributions(self._totals, rate, weight),
            true_acceptance=tuple(true_acceptance[len(curve) :].tolist()),
            curve=np.column_stack([curve / different, true_acceptance[: len(curve)]]),
        )

    def _errors(self, accepted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """FAR and FRR, each (K,), by how many pairs of both kinds are accepted, (2, K)."""
        same, different = accepted / self._totals[:, None]
        return different, 1.0 - same


class _Around:
    """The second pass: exact counts in some bins, and each sample's errors at a threshold.

    Attributes:
        steps: the pairs of both kinds at each step of each bin, int64 (2, bins, STEPS).
    """

    def __init__(self, pairs: Pairs, bins: np.ndarray, threshold: np.float32) -> None:
        self.steps = np.zeros((2, len(bins), STEPS), np.int64)
        self._bins, self._threshold = bins, threshold
        # rejected same-class pairs and accepted different-class pairs of each sample
        self._errors = np.zeros((2, len(pairs)))
        _, own, sizes = np.unique(pairs.labels, return_inverse=True, return_counts=True)
        self._partners = np.stack([sizes[own] - 1, len(pairs) - sizes[own]])
        self._lock = Lock()

    def see(self, block: Block) -> None:
        for total, distances in zip(self.steps, block.pairs(), strict=True):
            steps = count_steps(distances, self._bins)
            with self._lock:
                total += steps
        accepted = block.distances < self._threshold
        of_own = np.count_nonzero(accepted[:, block.own], axis=1)
        self._errors[0, block.rows] = self._partners[0, block.rows] - of_own
        self._errors[1, block.rows] = np.count_nonzero(accepted, axis=1) - of_own

    def contributions(self, totals: np.ndarray, rate: float, weight: float) -> np.ndarray:
        """What each sample contributes to the equal error rate, float64 (N,), of mean ``rate``.

        It is the rate plus N times its derivative by the sample's weight, where a pair has the
        product of its samples' weights: the infinitesimal jackknife (Efron, The Jackknife, the
        Bootstrap and Other Resampling Plans, 1982, chapter 6). For the means over pairs that FAR
        and FRR are, this is Hájek's projection, as DeLong et al. (Biometrics, 1988) use it for the
        area under the curve. So the mean over resampled samples varies as the equal error rate
        of the resampled pairs does.

        With errors e_i among the m_i pairs of sample i, of a rate F = Σ e_i / Σ m_i, ∂F/∂w_i =
        (e_i − F m_i) / (Σ m_i / 2). Where FAR and FRR cross, with densities g of same-class and f
        of different-class pairs, the threshold moves by dt = (dFRR − dFAR) / (f + g), and the rate
        by dFAR + f dt = (g dFAR + f dFRR) / (f + g).

        Args:
            totals: the number of pairs of the same class and of different classes.
            rate: the equal error rate.
            weight: f / (f + g).
        """
        rates = self._errors.sum(axis=1, keepdims=True) / 2 / totals[:, None]
        frr, far = (self._errors - rates * self._partners) / totals[:, None]
        influence = len(frr) * ((1 - weight) * far + weight * frr)
        centred: np.ndarray = influence - influence.mean() + rate
        return centred


def _equal_error_rate(far: np.ndarray, frr: np.ndarray) -> tuple[float, float]:
    """The equal error rate, and by how much of the sum of both rates' changes FAR changes there.

    Both rates are given at increasing thresholds, (K,). The change is that between the thresholds
    where one of them is below the equal error rate by the fraction ``_WINDOW``.
    """
    crossed = int(np.argmax(far >= frr))
    nearest = min(crossed - 1, crossed, key=lambda k: abs(far[k] - frr[k]))
    rate = float(far[nearest] + frr[nearest]) / 2
    lowest = (1 - _WINDOW) * rate
    first = min(int(np.searchsorted(far, lowest)), crossed - 1)
    last = max(int(np.flatnonzero(frr >= lowest)[-1]), crossed)
    rises, falls = far[last] - far[first], frr[first] - frr[last]
    return rate, float(rises / (rises + falls))
