"""Rule ``significance``: which rows differ significantly."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from discern.configuration.row import Row
from discern.results import Version
from discern.stages.all_rows import AllRowsStage
from discern.stages.options import parameter, reads, writes

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Significance(AllRowsStage):
    """Compute the intervals of each measure, and test which rows differ significantly.

    Every measure of a row with several seeds has Student's t interval for other seeds on the same
    images. A measure that is a mean over images also has an interval for other images. Pairs of
    rows are tested for both questions in each measure of short tables, on the same seeds and
    images, with Holm's correction for all tested pairs in that measure. Rows with a single seed are
    not tested.
    """

    rows: tuple[Row, ...] = parameter("JSON: the rows, in their order")
    inputs: tuple[Path, ...] = reads(
        "measures and outcomes of all rows and seeds, and split and labels of the images"
    )
    comparisons: Path = writes("JSON: each row's intervals, and all pairs")
    mistakes: Path = writes("CSV: which images are misclassified by which rows and seeds")
    queries: Literal["test", "validation"] = parameter("the part of the data that is evaluated")
    headline: str = parameter("the name of the measure that orders the rows")
    tested: tuple[tuple[str, ...], ...] | None = parameter(
        "JSON: the labels of the pairs to be tested, in the order of the rows; null: all",
        default=None,
    )
    labels: str = parameter("SHA-256 of the images' labels, for which wrong ones may be known")

    def work(self) -> None:
        """Write intervals, pairs and mistakes."""
        from discern.data.image_numbers import image_numbers
        from discern.data.label_errors import wrong_labels
        from discern.files import write_text
        from discern.measures.catalogue import named
        from discern.ranking import mistakes
        from discern.ranking.assessment import assess, read_evaluations
        from discern.ranking.comparisons import write_comparisons

        version = Version(self.version)
        evaluations = read_evaluations(version, self.rows)
        headline = named(self.headline)
        comparisons = assess(self.rows, evaluations, headline, self.tested)
        outcomes = [[each.outcomes for each in of_row] for of_row in evaluations]
        indices = image_numbers(version, self.queries, outcomes[0][0].labels)
        wrong = wrong_labels(self.labels)
        table = mistakes.as_csv(self.rows, outcomes, indices, wrong)
        write_comparisons(self.comparisons, comparisons)
        write_text(self.mistakes, table)
        pairs = comparisons.pairs[headline.name]
        log.info(
            "significance: %d of %d pairs of rows differ significantly in %s",
            sum(pair.over_images.is_significant for pair in pairs),
            len(pairs),
            headline.title,
        )

    def modules(self) -> Sequence[str]:
        """The modules of the measures, which the catalogue finds by their names."""
        from discern.measures import catalogue

        return catalogue.modules()


if __name__ == "__main__":
    sys.exit(Significance.main())
