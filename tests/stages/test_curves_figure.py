"""The figure of all curves has a panel per trained row, with all its seeds."""

from __future__ import annotations

import pytest

from figure_inputs import ONE, TWO, draw
from samples import PIXELS


@pytest.mark.usefixtures("drawable")
def test_the_seeds_of_a_row_are_in_one_panel_and_a_row_without_a_network_has_none(job):
    panels, data = draw(job("curves_figure", rows=(TWO, PIXELS, ONE)))
    assert [axes.get_title() for axes in panels] == ["Two", "One"]
    lines = [[list(line.get_ydata()) for line in axes.get_lines()] for axes in panels]
    assert lines[0] == [[3.0], [4.0], [4.0], [2.0, 1.0], [2.5, 2.25], [2.25]]
    assert lines[1] == [[0.9, 0.7, 0.4], [0.8, 0.5, 0.6], [0.5]]
    assert list(data[0])[:3] == ["row", "training", "epoch"]
    assert [tuple(line.values()) for line in data] == [
        ("Two", 1, 1, 3.0, 4.0, 0.001, 1),
        ("Two", 2, 1, 2.0, 2.5, 0.001, 0),
        ("Two", 2, 2, 1.0, 2.25, 0.001, 1),
        ("One", 1, 1, 0.9, 0.8, 0.001, 0),
        ("One", 1, 2, 0.7, 0.5, 0.001, 1),
        ("One", 1, 3, 0.4, 0.6, 0.001, 0),
    ]
