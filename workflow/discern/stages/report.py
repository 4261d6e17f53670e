"""Rule ``report``: the leaderboard, and a page of all results."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from discern.configuration.row import Row
from discern.page.class_splits import SharedSplit
from discern.results import Version
from discern.stages.all_rows import AllRowsStage
from discern.stages.options import parameter, reads, writes


@dataclass(frozen=True, kw_only=True)
class Report(AllRowsStage):
    """Write the leaderboard and a page that opens from disk.

    The page is one file: formulas are MathML, and it contains its pictures, data and the libraries
    that draw the maps and sort the tables. It loads nothing.
    """

    rows: tuple[Row, ...] = parameter("JSON: the rows, in the configuration's order")
    inputs: tuple[Path, ...] = reads("all files of the version that the page shows")
    images: Path | None = reads(
        "IDX: the images that the queries are from; none for a page without images", default=None
    )
    csv: Path = writes("the leaderboard, with every digit")
    markdown: Path = writes("the leaderboard, rounded")
    page: Path = writes("the page, HTML")
    title: str = parameter("title of the page")
    queries: Literal["test", "validation"] = parameter("the part of the data that is evaluated")
    data_set: str = parameter("the name of the data set")
    epochs: int = parameter("the most epochs of a training")
    patience: int | None = parameter(
        "epochs after the best that end a training; none: all have the most epochs", default=None
    )
    class_splits: tuple[SharedSplit, ...] = parameter(
        "JSON: trained and unseen classes, and the seeds that share them; none where all are "
        "trained",
        default=(),
    )
    class_names: tuple[str, ...] | None = parameter(
        "JSON: a name per class; null: the data set's own label", default=None
    )

    def work(self) -> None:
        """Write leaderboard and page."""
        from discern.files import write_text
        from discern.measures.catalogue import named
        from discern.page.page import Page
        from discern.provenance.agreement import refuse_misstated
        from discern.ranking.comparisons import read_comparisons
        from discern.ranking.leaderboard import as_csv, as_markdown, in_order, read_lines

        version = Version(self.version)
        refuse_misstated(version, self.rows)
        comparisons = read_comparisons(version, [row.label for row in self.rows])
        lines = read_lines(version, self.rows, comparisons)
        page = Page(
            version=version,
            lines=lines,
            comparisons=comparisons,
            title=self.title,
            queries=self.queries,
            data_set=self.data_set,
            epochs=self.epochs,
            patience=self.patience,
            class_splits=self.class_splits,
            class_names=self.class_names,
            images=self.images,
        ).render()
        headline = named(comparisons.headline)
        write_text(self.csv, as_csv(in_order(lines, headline)))
        write_text(self.markdown, as_markdown(lines, headline))
        write_text(self.page, page)

    def modules(self) -> Sequence[str]:
        """The modules of the measures, which the catalogue finds by their names."""
        from discern.measures import catalogue

        return catalogue.modules()


if __name__ == "__main__":
    sys.exit(Report.main())
