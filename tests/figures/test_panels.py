"""The panels of a sheet are equal, legible and fit on a page."""

from itertools import combinations

import numpy as np
import pytest

from discern.figures.panels import panels
from figures.examples import sheet


@pytest.mark.parametrize(
    ("proportion", "shapes"),
    [
        (1.0, {1: (1, 1), 3: (1, 3), 4: (1, 4), 5: (1, 5), 6: (2, 3), 8: (2, 4), 9: (3, 3)}),
        (1.0, {12: (3, 4), 15: (3, 5), 17: (4, 5), 18: (4, 5)}),
        (0.75, {12: (3, 4)}),
    ],
)
def test_few_places_are_left_empty_and_few_lines_are_used(proportion, shapes):
    for rows, shape in shapes.items():
        _, places = panels(rows, proportion)
        assert len(places) == rows
        grid = places[0].get_gridspec()
        assert (grid.nrows, grid.ncols) == shape


@pytest.mark.parametrize("rows", [1, 2, 5, 12, 18])
@pytest.mark.parametrize("kind", ["contact_sheet", "curves"])
def test_the_panels_of_a_sheet_are_of_equal_size_and_fit_a_page(kind, rows):
    figure = sheet(kind, rows)
    figure.draw_without_rendering()
    sizes = np.array([axes.get_position().size for axes in figure.axes[:rows]])
    assert (np.ptp(sizes, axis=0) < 1e-3).all()
    width, height = figure.get_size_inches()
    assert width in (3.5, 7.0, 7.2)
    assert height < 9.7
    boxes = [axes.title.get_window_extent() for axes in figure.axes[:rows]]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert all(box.y1 <= figure.bbox.y1 for box in boxes)
    assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
