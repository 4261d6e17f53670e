"""Rule ``confusions_figure``: the confusion matrix of one training's k-NN classifier."""

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
class ConfusionsFigure(TrainingFigure):
    """Draw the confusion matrix of the k-NN classifier."""

    source: Path = reads("JSON: the measures")
    labels: Path = reads("JSON: the data set's own label of each class")
    class_names: tuple[str, ...] | None = parameter(
        "JSON: a name per class; null: its label", default=None
    )

    def draw(self) -> tuple[Figure, Table]:
        """The confusion matrix, and a line per pair of classes."""
        import numpy as np

        from discern.data.class_names import names_unless_numbers
        from discern.figures.class_names import class_column
        from discern.figures.confusions import confusions_figure, confusions_in
        from discern.measures.catalogue import read_measures

        measures = read_measures(self.source)
        counts = confusions_in(measures, self.source)
        names = names_unless_numbers(self.labels, self.class_names)
        classes = class_column(range(len(counts)), names)
        neighbours = measures["neighbours"]
        rows = (
            (classes[true], classes[predicted], count)
            for (true, predicted), count in np.ndenumerate(counts)
        )
        return (
            confusions_figure(counts, self.title, neighbours, names),
            (("true_class", "predicted_class", "images"), rows),
        )


if __name__ == "__main__":
    sys.exit(ConfusionsFigure.main())
