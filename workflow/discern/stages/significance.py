"""Rule ``significance``: which rows differ significantly."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from discern.configuration.row import Row
from discern.results import Version
from discern.stages.command import Stage
from discern.stages.options import aside, parameter, reads, writes

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Significance(Stage):
    """Compute the interval of each measure, and test which rows differ significantly.

    A row with several seeds has Student's t interval over the seeds. A row with a single seed has
    the bootstrap interval over the images, if the measure is a mean over images. Pairs of rows are
    tested in the measure that ranks them, by a bootstrap over the same seeds and images for both,
    with Holm's correction. With a single seed, the test compares the trained networks, not their
    losses.
    """

    version: Path = aside("the version's folder, such as results/full")
    rows: tuple[Row, ...] = parameter("JSON: the rows, in their order")
    inputs: tuple[Path, ...] = reads("measures and outcomes of all rows and seeds")
    comparisons: Path = writes("JSON: each row's rank and intervals, and all pairs")
    resamples: int = parameter("how often seeds and images are resampled")
    seed: int = parameter("seed of the resampling")

    def work(self) -> None:
        """Write intervals, ranks and pairs."""
        from discern.ranking.assessment import assess, read_evaluations
        from discern.ranking.comparisons import write_comparisons

        evaluations = read_evaluations(Version(self.version), self.rows)
        comparisons = assess(self.rows, evaluations, self.resamples, self.seed)
        write_comparisons(self.comparisons, comparisons)
        log.info(
            "significance: %d of %d pairs of rows differ significantly",
            sum(pair.is_significant for pair in comparisons.pairs),
            len(comparisons.pairs),
        )

    def modules(self) -> Sequence[str]:
        """The modules of the measures, which the catalogue finds by their names."""
        from discern.measures import catalogue

        return catalogue.modules()


if __name__ == "__main__":
    sys.exit(Significance.main())
