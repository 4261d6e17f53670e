"""Rule ``contact_sheet``: the maps of all rows, side by side."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from discern.stages.figure import SheetFigure, Table
from discern.stages.options import parameter

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class ContactSheet(SheetFigure):
    """Draw the map of each row's first seed; t-SNE maps are aligned by Procrustes analysis."""

    queries: Literal["test", "validation"] = parameter(
        "the part whose embeddings are drawn if they have two dimensions", default="test"
    )
    class_names: tuple[str, ...] | None = parameter(
        "JSON: a name per class; null: the data set's own label", default=None
    )

    def draw(self) -> tuple[Figure, Table]:
        """A panel per row, and a line per image."""
        from discern.data.class_names import names_unless_numbers
        from discern.figures.class_names import class_column
        from discern.figures.contact_sheet import contact_sheet
        from discern.maps.side_by_side import first_map_files, read_side_by_side

        maps = read_side_by_side(first_map_files(self.files, self.rows, self.queries))
        names = names_unless_numbers(self.files.original_labels, self.class_names)
        classes = class_column(maps[0].labels, names)
        titles = [row.title for row in self.rows]
        header = ["image", "class", *(f"{title}: {axis}" for title in titles for axis in "xy")]
        columns = [column for panel in maps for column in panel.points.T]
        rows = zip(range(len(classes)), classes, *columns, strict=True)
        return contact_sheet(maps, titles, names), (header, rows)


if __name__ == "__main__":
    sys.exit(ContactSheet.main())
