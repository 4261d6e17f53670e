"""A panel shows every point of its map, each class with its colour and its number."""

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.figures.contact_sheet import contact_sheet
from discern.figures.formats import save
from discern.figures.map import map_figure
from discern.figures.map_panel import count_classes
from discern.figures.palette import class_colours
from discern.maps.map import Map
from figures.examples import cloud, drawn_points, part, texts_of

few = settings(max_examples=10, derandomize=True, deadline=None)


@few
@given(st.integers(0, 1000), st.integers(1, 12))
def test_each_classs_number_stands_at_its_median(seed, classes):
    panel = cloud(seed, 45, classes)
    (axes,) = map_figure(panel, "a row").axes
    assert texts_of(axes.texts) == [str(label) for label in range(classes)]
    for label, text in enumerate(axes.texts):
        x, y = map(statistics.median, panel.points[panel.labels == label].T)
        assert text.get_position() == pytest.approx((x, y))
    assert {(text.get_ha(), text.get_va()) for text in axes.texts} == {("center", "center")}


@pytest.mark.parametrize("classes", [3, 10, 13])
def test_points_have_their_place_and_their_classs_colour_even_where_a_class_is_missing(classes):
    first, second = (cloud(seed, 4 * classes, classes) for seed in range(2))
    maps = [first, part(second, second.labels != 1)]
    axes = [map_figure(each, "a row").axes[0] for each in maps]
    axes += contact_sheet(maps, ["one", "two"]).axes
    expected = np.array(class_colours(classes))
    for place, panel in zip(axes, maps * 2, strict=True):
        points, colours = drawn_points(place)
        np.testing.assert_array_equal(points, panel.points)
        np.testing.assert_allclose(colours, expected[panel.labels])
        assert texts_of(place.texts) == [str(label) for label in np.unique(panel.labels)]


def test_classes_are_counted_by_the_highest_label_and_by_the_names():
    maps = [cloud(classes=3), cloud(classes=13)]
    assert count_classes(maps, None) == 13
    assert count_classes(maps, ["a name"] * 26) == 26


@pytest.mark.parametrize(
    "draw",
    [
        lambda: map_figure(cloud(), "a row"),
        lambda: contact_sheet([cloud(seed) for seed in range(5)], list("abcde")),
    ],
    ids=["map", "contact sheet"],
)
def test_both_directions_have_the_same_scale_and_no_point_is_cut_off(draw):
    figure = draw()
    figure.draw_without_rendering()
    for axes in figure.axes:
        origin, right, up = axes.transData.transform([(0, 0), (1, 0), (0, 1)])
        assert right[0] - origin[0] == pytest.approx(up[1] - origin[1], rel=1e-6)
        points, _ = drawn_points(axes)
        for values, (low, high) in zip(points.T, (axes.get_xlim(), axes.get_ylim()), strict=True):
            assert low < values.min() <= values.max() < high


@pytest.mark.parametrize("count", [60, 1000, 10_000])
def test_points_that_are_many_cover_a_quarter_of_the_panel_and_those_that_are_few_stay_small(count):
    (axes,) = map_figure(cloud(count=count), "a row").axes
    (size,) = axes.collections[0].get_sizes()
    assert size == pytest.approx(min(8.0, 0.25 * (3.5 * 72) ** 2 / count))


@pytest.mark.parametrize("draw", [map_figure, lambda panel, title: contact_sheet([panel], [title])])
def test_the_embedding_itself_has_axes_and_lines_through_the_origin_and_a_map_has_none(draw):
    panel = cloud()
    (axes,) = draw(panel, "a row").axes
    assert not axes.axison
    assert list(axes.lines) == []
    (axes,) = draw(Map(panel.points, panel.labels), "a row").axes
    assert axes.axison
    across, upright = (np.asarray(line.get_xydata()) for line in axes.lines)
    np.testing.assert_array_equal(across[:, 1], 0)
    np.testing.assert_array_equal(upright[:, 0], 0)


def test_ten_thousand_points_are_no_shapes_of_a_vector_file(tmp_path):
    lengths = []
    for count in (20, 10_000):
        save(map_figure(cloud(count=count), "a row"), tmp_path / "map.svg", 50)
        text = (tmp_path / "map.svg").read_text()
        assert text.count("<image") == 1
        lengths.append(text.count("<path") + text.count("<use"))
    assert lengths[0] == lengths[1] > 0
