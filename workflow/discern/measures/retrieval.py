"""Retrieval: how many of a sample's nearest neighbours are of its own class.

Definitions of Musgrave et al., A Metric Learning Reality Check, ECCV, 2020 (arXiv:2003.08505,
section 3.2). Every sample is a query against all others (leave-one-out), in Euclidean distance; at
equal distance samples of other classes count as nearer, so that coinciding classes are not rated by
the order of the samples. Only the order of distances matters, so embeddings of any scale can be
compared, native or L2-normalised.
"""

from __future__ import annotations

import numpy as np

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space
from discern.measures.shared.pairs import Block

measures = (
    Measure(
        name="precision_at_1",
        title="precision at 1",
        definition="fraction of the images whose nearest other image has their class, 0 to 1 "
        "(arXiv:2003.08505)",
        percent=True,
        better="higher",
        per_image=True,
        place=50,
    ),
    Measure(
        name="r_precision",
        title="R-precision",
        definition="fraction of an image's R nearest others that have its class, R the number of "
        "others of its class, 0 to 1 (arXiv:2003.08505)",
        percent=True,
        better="higher",
        per_image=True,
        place=60,
    ),
    *in_each_space(
        Measure(
            name="map_at_r",
            title="MAP@R",
            definition="mean average precision at R: as R-precision, but nearer places count more, "
            "0 to 1 (arXiv:2003.08505)",
            percent=True,
            better="higher",
            per_image=True,
            headline=True,
            place=1,
        )
    ),
)


def observer(embeddings: Embeddings) -> Retrieval:
    """The retrieval measures of each query among the other queries."""
    return Retrieval(len(embeddings.pairs))


class Retrieval:
    """Retrieval measures per query, float64 (N,) in [0, 1]; NaN if it is alone in its class.

    A measure is the mean over the other queries.

    Attributes:
        precision_at_1: whether the nearest other sample has the query's class, 0 or 1.
        r_precision: the fraction of the R nearest that have the query's class, R the number of
            others of its class.
        map_at_r: the mean average precision at R, (1/R) Σ_{i ≤ R} P(i) rel(i) with P(i) the
            precision among the i nearest and rel(i) whether the i-th is of the query's class.
    """

    def __init__(self, count: int) -> None:
        """Prepare to see the distances of ``count`` queries."""
        self.precision_at_1, self.r_precision, self.map_at_r = np.full((3, count), np.nan)

    def see(self, block: Block) -> None:
        """Rank the others of the class of each of the block's queries."""
        # The bits of floats ≥ 0 are in the order of the floats, and sorted faster.
        bits = block.distances.view(np.int32)
        # The last is the query itself.
        own = np.sort(bits[:, block.own], axis=1)[:, :-1]
        if not own.size:
            return
        at = np.arange(1, own.shape[1] + 1)
        ranks = at + np.stack(
            [*map(_nearer_rivals, own, bits[:, : block.own.start], bits[:, block.own.stop :])]
        )
        within = ranks <= own.shape[1]
        self.precision_at_1[block.rows] = ranks[:, 0] == 1
        self.r_precision[block.rows] = within.mean(axis=1)
        self.map_at_r[block.rows] = (at / ranks * within).mean(axis=1)

    def values(self) -> Values:
        """What each query contributes, by the names of the measures."""
        return vars(self).copy()


def _nearer_rivals(own: np.ndarray, lower: np.ndarray, higher: np.ndarray) -> np.ndarray:
    """How many samples of other classes are as near as each of R of the query's own class, (R,).

    Counts above R may be too small. ``own`` (R,) is ascending.
    """
    rivals = np.concatenate([each[each <= own[-1]] for each in (lower, higher)])
    if len(rivals) > len(own):
        rivals.partition(len(own) - 1)
        rivals = rivals[: len(own)]
    rivals.sort()
    return np.searchsorted(rivals, own, side="right")
