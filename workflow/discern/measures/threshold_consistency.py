"""Threshold inconsistency: how differently one distance threshold works for each class.

Zhang et al., Threshold-Consistent Margin Loss for Open-World Deep Metric Learning, ICLR, 2024
(arXiv:2307.04047), who call it the operating-point-inconsistency score, OPIS.
"""

from __future__ import annotations

from threading import Lock

import numpy as np

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure
from discern.measures.shared.pairs import Block

measures = (
    Measure(
        name="threshold_inconsistency",
        title="threshold inconsistency",
        definition="variance over classes of the F-score of sensitivity and specificity, mean over "
        "thresholds of FAR 0.1 to 10 %, L2-normalised, 0 to 0.25 (arXiv:2307.04047)",
        basis="l2_normalised",
        better="lower",
        place=770,
    ),
)

# The false acceptance rates, over all pairs, between which thresholds are used.
_RANGE = (1e-3, 1e-1)
# The bits of a distance that are not counted: bins are at most 1 / 128 wide, relative to distances.
_UNUSED = 16
_BINS = 0x7F80_0000 >> _UNUSED


def observer(embeddings: Embeddings) -> ThresholdConsistency:
    """The threshold inconsistency of the queries."""
    return ThresholdConsistency(embeddings.labels)


class ThresholdConsistency:
    """Counts the pairs of each class by distance."""

    def __init__(self, labels: np.ndarray) -> None:
        """Prepare to count the pairs of samples with ``labels`` (N,)."""
        self._sizes = np.unique(labels, return_counts=True)[1]
        # with samples of the same class, and of others
        self._counts = np.zeros((2, len(self._sizes), _BINS), np.int64)
        self._lock = Lock()

    def see(self, block: Block) -> None:
        """Count the pairs of the block's samples."""
        bins = block.distances.view(np.uint32) >> _UNUSED
        # In the bin after the last are samples with themselves.
        both = np.bincount(bins.ravel(), minlength=_BINS + 1)[:_BINS]
        same = np.bincount(bins[:, block.own].ravel(), minlength=_BINS + 1)[:_BINS]
        with self._lock:
            self._counts[:, block.classes.index(block.own)] += same, both - same

    def values(self) -> Values:
        """The measure by its name."""
        return {"threshold_inconsistency": self.inconsistency()}

    def inconsistency(self) -> float:
        """OPIS, Σ_i ∫ (U_i(d) − Ū(d))² dd / (C (d_max − d_min)), in [0, ¼] for C classes (eq. 2).

        U_i is the harmonic mean of sensitivity and specificity of accepting pairs of class i up to
        the distance d, Ū the mean over classes. The range of d is our choice, as the paper leaves
        it to the application: from the FAR ``_RANGE``. Classes of one sample do not count.
        """
        counted = self._sizes > 1
        accepted = np.cumsum(self._counts, axis=2)
        different = accepted[1].sum(axis=0)
        first, last = np.searchsorted(different, np.array(_RANGE) * different[-1])
        used = slice(first, last + 1)
        sensitivity, rejected = (each[counted, used] / each[counted, -1:] for each in accepted)
        specificity = 1 - rejected
        total = sensitivity + specificity
        utility = 2 * sensitivity * specificity / np.where(total > 0, total, 1)
        edges = (np.arange(_BINS + 1, dtype=np.uint32) << _UNUSED).view(np.float32)
        widths = np.diff(edges[first : last + 2].astype(np.float64))
        return float(np.average(utility.var(axis=0), weights=widths))
