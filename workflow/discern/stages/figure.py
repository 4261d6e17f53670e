"""What all stages that draw share: a figure in several formats, and its data as CSV."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discern.configuration.row import Row
from discern.errors import DiscernError
from discern.results import Version
from discern.stages.all_rows import AllRowsStage
from discern.stages.command import Stage
from discern.stages.options import parameter, reads, writes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A figure's data: header and rows.
Table = tuple[Sequence[str], Iterable[Sequence[Any]]]


@dataclass(frozen=True, kw_only=True)
class DrawnStage(Stage, ABC):
    """A stage that draws one figure."""

    figures: tuple[Path, ...] = writes("a file per format: .png, .svg or .pdf")
    data: Path = writes("CSV: what the figure shows")
    resolution: int = parameter("dots per inch", default=300)

    @abstractmethod
    def draw(self) -> tuple[Figure, Table]:
        """The figure, and its data."""

    def work(self) -> None:
        """Write the figure and its data; a wrong option is refused before anything is drawn."""
        from discern.figures.formats import FORMATS, save
        from discern.figures.table import as_csv
        from discern.files import write_text

        if self.resolution < 1:
            raise DiscernError(f"--resolution is {self.resolution} dots per inch; raise it")
        for path in self.figures:
            if path.suffix not in FORMATS:
                endings = " or ".join(FORMATS)
                raise DiscernError(f"{path}: the name of a figure must end in {endings}; rename it")
        figure, table = self.draw()
        for path in self.figures:
            save(figure, path, self.resolution)
        write_text(self.data, as_csv(*table))


@dataclass(frozen=True, kw_only=True)
class TrainingFigure(DrawnStage):
    """A figure of one training."""

    source: Path = reads("what the figure is drawn from")
    title: str = parameter("title above the figure")


@dataclass(frozen=True, kw_only=True)
class SheetFigure(AllRowsStage, DrawnStage):
    """A figure of all rows."""

    rows: tuple[Row, ...] = parameter("JSON: the rows, in the order in which they are drawn")
    inputs: tuple[Path, ...] = reads("the files of the version that the figure is drawn from")

    @property
    def files(self) -> Version:
        """The files of the version."""
        return Version(self.version)
