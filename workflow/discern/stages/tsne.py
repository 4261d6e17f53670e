"""Rule ``tsne``: the map of one training."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discern.distance import Distance
from discern.maps.settings import TsneSettings
from discern.stages.command import Stage
from discern.stages.options import parameter, reads, writes

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Tsne(Stage):
    """Map the embeddings to two dimensions with t-SNE, on one thread."""

    embeddings: Path = reads("npz: embeddings and labels")
    map: Path = writes("npz: map float64 (N, 2), labels int16 (N,), kl_divergence")
    distance: Distance = parameter("the distance that the loss optimises")
    settings: TsneSettings = parameter("JSON: the configuration's tsne")

    def work(self) -> dict[str, Any]:
        """Write the map and return its KL divergence and number of iterations."""
        import numpy as np

        from discern.data.embeddings import read_embeddings
        from discern.files import write_arrays
        from discern.maps.tsne import make_map
        from discern.measures.shared.distances import in_distance

        embeddings, labels = read_embeddings(self.embeddings)
        points, divergence, done = make_map(in_distance(embeddings, self.distance), self.settings)
        arrays = {"map": points, "labels": labels, "kl_divergence": np.array(divergence)}
        write_arrays(self.map, arrays)
        log.info(
            "tsne: %d points, %d iterations, KL divergence %.4f", len(points), done, divergence
        )
        return {"kl_divergence": divergence, "iterations": done}


if __name__ == "__main__":
    sys.exit(Tsne.main())
