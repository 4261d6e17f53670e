"""The page: all results side by side in one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import latex2mathml.converter
import numpy as np
from markupsafe import Markup

from discern.data.class_names import read_names
from discern.data.idx import read_images
from discern.data.image_numbers import image_numbers
from discern.data.split_summary import read_split_summary
from discern.errors import DiscernError
from discern.measures.catalogue import MEASURES, Measure, named
from discern.page import sprites
from discern.page.class_splits import SharedSplit
from discern.page.intervals import interval_plot
from discern.page.maps import LinkedMaps, RowMap, linked_maps, read_row_maps
from discern.page.pictures import address, download
from discern.page.ranges import within_range
from discern.page.sections import Figure, read_figure, section
from discern.page.verdict import cut_short, unbeaten, verdict
from discern.ranking import leaderboard
from discern.ranking.comparisons import Comparisons
from discern.ranking.leaderboard import Line
from discern.results import Part, Version

# The columns of the leaderboard that are shown at first, beside the headline.
_COLUMNS = {
    "map_at_r",
    "equal_error_rate",
    "knn_accuracy",
    "intra_class_variance",
    "inter_class_variance",
    "variance_ratio",
}
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """The content of the page.

    Attributes:
        version: the version whose files it shows.
        lines: the leaderboard's lines, in the configuration's order.
        comparisons: of all rows.
        title: the page's title.
        queries: the part of the data that is evaluated.
        data_set: the name of the data set.
        epochs: the most epochs of a training.
        patience: the epochs after the best that end a training; None if all have the most epochs.
        class_splits: trained and unseen classes; empty if all are trained.
        class_names: a name per class, None for the data set's own labels.
        images: the IDX file that the queries are from, None for a page without images.
    """

    version: Version
    lines: Sequence[Line]
    comparisons: Comparisons
    title: str
    queries: Part
    data_set: str
    epochs: int
    patience: int | None
    class_splits: Sequence[SharedSplit] = ()
    class_names: Sequence[str] | None = None
    images: Path | None = None

    def render(self) -> str:
        """The page, HTML.

        Raises:
            DiscernError: when a file is missing, or files do not belong together.
            Damaged: when a file can't be right.
        """
        version, lines = self.version, self.lines
        names = read_names(version.original_labels, self.class_names)
        headline = named(self.comparisons.headline)
        ranking = leaderboard.in_order(lines, headline)
        csv = leaderboard.as_csv(ranking).encode()
        template = _templates().get_template("page.html.j2")
        return template.render(
            title=self.title,
            queries=self.queries,
            split=self._split,
            images=self._measures["images"],
            neighbours=self._measures["neighbours"],
            names=names,
            class_splits=self.class_splits,
            trained_in=self._trained_in,
            measures=MEASURES,
            headline=headline,
            columns=[m for m in MEASURES if m.name in _COLUMNS or m is headline],
            ranking=ranking,
            verdict=verdict(
                lines, self.comparisons, headline, named("variance_ratio"), self._evidence
            )
            + cut_short(ranking, self.epochs, self.patience),
            several_seeds=any(len(line.measures) > 1 for line in lines),
            unbeaten={measure.name: unbeaten(self.comparisons, measure) for measure in MEASURES},
            differences=interval_plot(ranking, self.comparisons),
            explanation=leaderboard.explanation(lines, headline),
            comparisons=self.comparisons,
            leaderboard_csv=download(csv, "leaderboard.csv"),
            comparisons_json=download(version.comparisons.read_bytes(), "comparisons.json"),
            sections=[section(version, line, names) for line in ranking],
            separation=self._sheet("separation"),
            verification=self._sheet("verification"),
            maps=self._maps(ranking, names),
            sheets=self._sheets(),
        )

    @property
    def _measures(self) -> Any:
        return self.lines[0].measures[0]

    @cached_property
    def _split(self) -> dict[str, Any]:
        return read_split_summary(self.version.split_summary)

    @property
    def _evidence(self) -> str:
        """The data and the trainings that the verdict rests on."""
        trained, evaluated = self._split["train"]["images"], self._measures["images"]
        role = "gallery" if self._trained_in else "training"
        images = f"{trained:,} {role} images and {evaluated:,} {self.queries} images"
        if self.class_splits:
            images = (
                f"trained classes among {trained:,} training images, and {self.queries} images of "
                "classes that were not trained"
            )
        evidence = f"{self.data_set}, {images}"
        rows = [line.row for line in self.lines if line.row.has_network]
        if rows:
            networks = dict.fromkeys(row.network_title for row in rows)
            evidence += f"; network: {' and '.join(networks)}, at most {self.epochs} epochs"
        if self._trained_in:
            evidence += f", trained in {self._trained_in}"
        return evidence

    @property
    def _trained_in(self) -> str:
        """The folder of the version whose networks are evaluated; empty if they are this one's."""
        return next((line.row.trained_in for line in self.lines if line.row.trained_in), "")

    def _sheet(self, kind: str) -> Figure:
        """A figure of all rows."""
        return read_figure(self.version.sheet(kind, "png"), self.version.sheet(kind, "csv"), kind)

    @cached_property
    def _row_maps(self) -> list[RowMap]:
        """The maps in the configuration's order, in which the contact sheet turns them.

        Neighbours are shown as pictures; without these, their numbers would be half of the page.
        """
        rows, has_images = [line.row for line in self.lines], self.images is not None
        return read_row_maps(self.version, rows, self.queries, with_neighbours=has_images)

    @cached_property
    def _indices(self) -> np.ndarray:
        """The mapped images' numbers in their data set (N,)."""
        return image_numbers(self.version, self.queries, self._row_maps[0].map.labels)

    def _maps(self, ranking: Sequence[Line], names: Sequence[str]) -> LinkedMaps | None:
        """The linked maps in the order of the ``ranking``; None if no row has a map."""
        if not self._row_maps:
            return None
        ranked = [line.row for line in ranking]
        row_maps = sorted(self._row_maps, key=lambda row_map: ranked.index(row_map.row))
        return linked_maps(row_maps, self._indices, names, has_sheets=self.images is not None)

    def _sheets(self) -> list[str]:
        """The mapped images in sheets of a hundred; empty for a page without images or maps."""
        if self.images is None or not self._row_maps:
            return []
        images = read_images(self.images)
        if self._indices.max() >= len(images):
            raise DiscernError(
                f"{self.version.split} refers to image {self._indices.max()} of {self.images}, "
                f"which holds {len(images)}; they belong to different data sets"
            )
        return [address("image/webp", sheet) for sheet in sprites.sheets(images[self._indices])]


def mathml(formula: str) -> Markup:
    """One of our LaTeX formulas as MathML, as a display formula."""
    return Markup(latex2mathml.converter.convert(formula, display="block"))  # noqa: S704


def number(measure: Measure, value: float | None) -> str:
    """A value for a table whose head has the unit."""
    return measure.shown(value).removesuffix(" %")


def difference(value: float, measure: Measure) -> str:
    """A difference in a measure with its sign, in percentage points or the measure's unit."""
    text = f"{100 * value:+.2f}" if measure.percent else f"{value:+.3f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "mathml": mathml,
        "number": number,
        "difference": difference,
        "within_range": within_range,
        "better_rows": leaderboard.better_rows,
    }
    return environment
