"""Rule ``map_figure``: the map of one training."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from discern.stages.figure import Table, TrainingFigure
from discern.stages.options import parameter, reads

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class MapFigure(TrainingFigure):
    """Draw the map of one training's embeddings."""

    source: Path = reads("npz: a t-SNE map, or embeddings of two dimensions")
    labels: Path = reads("JSON: the data set's own label of each class")
    class_names: tuple[str, ...] | None = parameter(
        "JSON: a name per class; null: its label", default=None
    )

    def draw(self) -> tuple[Figure, Table]:
        """The map, and a line per image."""
        from discern.data.class_names import names_unless_numbers
        from discern.figures.class_names import class_column
        from discern.figures.map import map_figure
        from discern.maps.map import read_map

        panel = read_map(self.source)
        names = names_unless_numbers(self.labels, self.class_names)
        classes = class_column(panel.labels, names)
        x, y = panel.points.T
        rows = zip(range(len(classes)), classes, x, y, strict=True)
        return (
            map_figure(panel, self.title, names),
            (("image", "class", "x", "y"), rows),
        )


if __name__ == "__main__":
    sys.exit(MapFigure.main())
