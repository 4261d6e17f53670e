"""A map has a layer of dots and crosses for each class, which its checkbox shows and hides."""

import numpy as np
import pytest
from bokeh.models import BoxSelectTool, ColumnDataSource, HoverTool, Label, PlainText, Span

from discern.figures.palette import class_colours, hex_colour
from discern.maps.map import Map
from discern.page.layers import Layers

LABELS = np.array([0, 0, 2, 2, 2])
PREDICTIONS = np.array([0, 2, 2, 0, 2])
POINTS = np.array([[0.0, 0], [2, 0], [6, 4], [8, 4], [10, 4]])
NAMES = ["zero", "one", "two"]


@pytest.fixture
def layers():
    source = ColumnDataSource({"x7": POINTS[:, 0], "y7": POINTS[:, 1]})
    return Layers(source, LABELS, NAMES, "predicted @prediction{number}")


@pytest.fixture
def plot(layers):
    return layers.plot(7, Map(POINTS, LABELS, kl_divergence=1.0), PREDICTIONS)


def names(plot):
    return [each for each in plot.center if isinstance(each, Label)]


def members(renderer):
    return list(renderer.view.filter.indices)


def test_each_class_that_is_there_has_dots_and_crosses_on_its_mistakes(plot):
    dots, crosses = plot.renderers[:2], plot.renderers[2:]
    assert [members(layer) for layer in dots] == [[0, 1], [2, 3, 4]]
    assert [members(layer) for layer in crosses] == [[1], [3]]
    assert {layer.glyph.marker for layer in crosses} == {"x"}
    assert {(layer.glyph.x, layer.glyph.y) for layer in plot.renderers} == {("x7", "y7")}


def test_a_class_has_the_colour_that_it_has_in_the_figures(plot):
    zero, _, two = map(hex_colour, class_colours(3))
    assert [layer.glyph.fill_color for layer in plot.renderers] == [zero, two, zero, two]


def test_a_checkbox_shows_and_hides_all_of_its_class(layers, plot):
    for (label, box), place in zip(layers.checkboxes().items(), (0, 1), strict=True):
        assert (box.label, box.active) == (NAMES[label], True)
        (links,) = box.js_property_callbacks.values()
        group = links[0].args["other"]
        of_class = [plot.renderers[place], plot.renderers[2 + place], names(plot)[place]]
        assert [layer.group for layer in of_class] == [group] * 3


def test_the_names_stand_at_the_medians(plot):
    places = [(name.text.text, name.x, name.y) for name in names(plot)]
    assert places == [("zero", 1, 0), ("two", 8, 4)]


def test_a_name_is_plain_text_in_which_dollars_are_no_mathematics(plot):
    assert {type(name.text) for name in names(plot)} == {PlainText}


def test_all_points_are_in_a_square_with_a_margin(plot):
    assert (plot.x_range.start, plot.x_range.end) == pytest.approx((5 - 5.2, 5 + 5.2))
    assert (plot.y_range.start, plot.y_range.end) == pytest.approx((2 - 5.2, 2 + 5.2))


def test_only_dots_are_selected_and_pointed_at(plot):
    for kind in (BoxSelectTool, HoverTool):
        (tool,) = plot.select(kind)
        assert tool.renderers == plot.renderers[:2]
    assert plot.select_one(HoverTool).tooltips == "predicted @prediction7"


@pytest.mark.parametrize(("kl_divergence", "axes"), [(1.0, 0), (None, 2)])
def test_an_embedding_in_the_plane_alone_has_axes(layers, kl_divergence, axes):
    plot = layers.plot(7, Map(POINTS, LABELS, kl_divergence), PREDICTIONS)
    assert len(list(plot.select(Span))) == axes
