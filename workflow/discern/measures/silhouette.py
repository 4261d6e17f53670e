"""Silhouette: how much nearer an image is to its own class than to the nearest other class."""

from __future__ import annotations

import numpy as np

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space
from discern.measures.shared.pairs import Block

measures = in_each_space(
    Measure(
        name="silhouette",
        title="silhouette",
        definition="mean of (b − a) / max(a, b), an image's mean distance a to its own class and b "
        "to the nearest other class, −1 to 1 (Rousseeuw, 1987)",
        better="higher",
        per_image=True,
        place=80,
    )
)


def observer(embeddings: Embeddings) -> Silhouettes:
    """The silhouette of each query among the queries."""
    return Silhouettes(len(embeddings.pairs))


class Silhouettes:
    """Each sample's silhouette (b − a) / max(a, b), float64 (N,), in [−1, 1] (Rousseeuw, 1987).

    a is a sample's mean distance to the others of its class, b that to the nearest other class. The
    silhouette is near 1 deep inside a class, 0 between two classes, and negative if another class
    is nearer. A sample that is alone in its class has 0, and so have all samples if they coincide.
    There must be two classes or more.

    Attributes:
        widths: the silhouettes.
    """

    def __init__(self, count: int) -> None:
        """Prepare to see the distances of ``count`` samples."""
        self.widths = np.zeros(count)

    def see(self, block: Block) -> None:
        """Compute the silhouettes of the block's samples."""
        own = block.distances[:, block.own]
        others = own.shape[1] - 1
        if not others:
            return
        a = np.where(np.isinf(own), 0, own).sum(axis=1, dtype=np.float64) / others
        b = np.min(
            [
                block.distances[:, each].mean(axis=1, dtype=np.float64)
                for each in block.classes
                if each != block.own
            ],
            axis=0,
        )
        self.widths[block.rows] = (b - a) / np.where(a + b > 0, np.maximum(a, b), 1)

    def values(self) -> Values:
        """The silhouette of each sample."""
        return {"silhouette": self.widths}
