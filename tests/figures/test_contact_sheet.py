"""The contact sheet has all maps in the order of the rows."""

from dataclasses import replace

import numpy as np
import pytest

from discern.figures.contact_sheet import contact_sheet
from figures.examples import (
    NAMES,
    blank_panels,
    cloud,
    drawn_points,
    reading_order,
    ring,
    texts_of,
)


@pytest.mark.parametrize("rows", [1, 4, 6])
def test_there_is_a_panel_per_row_in_their_order_and_no_other_is_visible(rows):
    maps = [cloud(seed, 30) for seed in range(rows)]
    titles = [f"row {place}" for place in range(rows)]
    figure = contact_sheet(maps, titles)
    panels = reading_order(figure)
    assert [axes.get_title() for axes in panels[:rows]] == titles
    for axes, panel in zip(panels, maps, strict=False):
        np.testing.assert_array_equal(drawn_points(axes)[0], panel.points)
        assert texts_of(axes.texts) == sorted(map(str, set(panel.labels.tolist())))
    assert blank_panels(figure) == [place >= rows for place in range(len(panels))]


def test_clusters_have_numbers_and_their_names_stand_once_below():
    figure = contact_sheet([ring()] * 4, list("abcd"), NAMES)
    for axes in figure.axes:
        assert texts_of(axes.texts) == [str(label) for label in range(10)]
    (legend,) = figure.legends
    figure.draw_without_rendering()
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert box.y0 >= 0
    assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)


@pytest.mark.parametrize(
    ("divergences", "says"), [((0.5, 0.5), True), ((None, 0.5), True), ((None, None), False)]
)
def test_the_picture_says_what_maps_by_tsne_do_not_show(divergences, says):
    maps = [replace(cloud(), kl_divergence=divergence) for divergence in divergences]
    text = contact_sheet(maps, ["one", "two"]).get_suptitle()
    assert ("sizes of clusters and the gaps between them mean nothing" in text) == says
