"""Figures show every point, panel and curve where it belongs, and are the same bytes each time."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from discern import plots
from discern.history import COLUMNS, History
from discern.losses.catalogue import records

few = settings(max_examples=10, derandomize=True, deadline=None)

FORMATS = ["png", "svg", "pdf"]
TITLES = [record.title for record in records().values()]


def chart(seed=0, count=60, classes=10):
    """A map's points, wider than high, and their labels: each class is there."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % classes).astype(np.uint8)
    points = random.normal(size=(classes, 2))[labels] * (9, 3) + random.normal(size=(count, 2))
    return plots.Map(points, labels)


def only(shown, chosen):
    """The points of a map that are ``chosen``."""
    return plots.Map(shown.points[chosen], shown.labels[chosen])


def history(losses, validation_losses):
    rows = enumerate(zip(losses, validation_losses, strict=True), start=1)
    return History([dict(zip(COLUMNS, (n, *pair, 0.001, 1.0), strict=True)) for n, pair in rows])


FALLING = history([3, 2, 1, 0.9], [3.1, 2.2, 1.9, 2.0])
CURVE = np.array([[0, 0.1], [0.001, 0.5], [0.1, 0.9], [1, 1]])
NAMES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Boot",
]


def drawn_points(axes):
    """What a map's axes show: where and in what colour each point is drawn, in that order."""
    (scatter,) = axes.collections
    colours = scatter.get_facecolors()
    assert len(colours) == len(scatter.get_offsets())
    return np.asarray(scatter.get_offsets()), colours[:, :3]


def reading_order(figure):
    """A figure's axes from left to right and from top to bottom."""
    figure.draw_without_rendering()

    def place(axes):
        box = axes.get_position()
        return (-round(box.y1, 2), box.x0)

    return sorted(figure.axes, key=place)


def pixels_of(figure):
    """For each of a figure's axes, in reading order, the pixels of its place, its title above."""
    canvas = FigureCanvasAgg(figure)
    panels = reading_order(figure)
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())[::-1, :, :3]  # from the bottom up, as boxes are
    found = []
    for axes in panels:
        x0, y0, x1, y1 = axes.bbox.extents.astype(int)
        found.append(picture[y0 : y1 + 20, x0:x1])
    return found


def is_blank(pixels):
    assert pixels.size
    return bool((pixels == 255).all())


# colours


@pytest.mark.parametrize("classes", [3, 10, 13])
def test_a_class_has_the_same_colour_in_map_and_gallery(classes):
    maps = [chart(seed, 4 * classes, classes) for seed in range(2)]
    axes = [plots.map_figure(each, "a row").axes[0] for each in maps]
    axes += plots.gallery_figure(maps, ["one", "two"]).axes
    expected = np.array(plots.class_colours(classes))
    for panel, shown in zip(axes, maps * 2, strict=True):
        found, colours = drawn_points(panel)
        np.testing.assert_array_equal(found, shown.points)
        np.testing.assert_allclose(colours, expected[shown.labels])


def test_a_class_keeps_its_colour_where_another_is_missing():
    shown = chart()
    _, all_ten = drawn_points(plots.map_figure(shown, "ten").axes[0])
    here = (shown.labels != 3) & (shown.labels != 9)
    _, eight = drawn_points(plots.map_figure(only(shown, here), "eight").axes[0])
    np.testing.assert_array_equal(eight, all_ten[here])


# map


@few
@given(st.integers(0, 1000), st.integers(1, 12))
def test_the_map_shows_every_point_in_the_data_sets_order(seed, classes):
    shown = chart(seed, 40, classes)
    (axes,) = plots.map_figure(shown, "a row").axes
    found, _ = drawn_points(axes)
    np.testing.assert_array_equal(found, shown.points)


@few
@given(st.integers(0, 1000), st.integers(1, 12))
def test_each_classs_number_stands_at_its_median(seed, classes):
    shown = chart(seed, 45, classes)
    points, labels = shown.points, shown.labels
    (axes,) = plots.map_figure(shown, "a row").axes
    expected = {}
    for label in set(labels.tolist()):
        members = [point for point, kind in zip(points, labels, strict=True) if kind == label]
        x, y = (sorted(axis) for axis in zip(*members, strict=True))
        middle = slice((len(x) - 1) // 2, len(x) // 2 + 1)
        expected[str(label)] = (np.mean(x[middle]), np.mean(y[middle]))
    found = {text.get_text(): text.get_position() for text in axes.texts}
    assert len(axes.texts) == len(found) == len(expected)
    assert found == {label: pytest.approx(place) for label, place in expected.items()}
    assert {(text.get_ha(), text.get_va()) for text in axes.texts} == {("center", "center")}


def test_a_class_that_no_point_has_gets_no_number():
    shown = chart()
    (axes,) = plots.map_figure(only(shown, shown.labels != 4), "a row").axes
    assert sorted(text.get_text() for text in axes.texts) == list("012356789")


def assert_equal_scales(axes):
    """One unit is as many pixels in x as in y, and all points are in sight."""
    origin, right, up = axes.transData.transform([(0, 0), (1, 0), (0, 1)])
    assert right[0] - origin[0] == pytest.approx(up[1] - origin[1], rel=1e-6)
    points, _ = drawn_points(axes)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert left < points[:, 0].min() <= points[:, 0].max() < right
    assert low < points[:, 1].min() <= points[:, 1].max() < high


def test_both_directions_of_a_map_have_the_same_scale():
    figure = plots.map_figure(chart(), "a row")
    figure.draw_without_rendering()
    assert_equal_scales(figure.axes[0])
    gallery = plots.gallery_figure([chart(seed) for seed in range(5)], list("abcde"))
    gallery.draw_without_rendering()
    for axes in gallery.axes[:5]:
        assert_equal_scales(axes)


def test_a_map_has_its_title_and_no_axes_as_its_units_mean_nothing():
    (axes,) = plots.map_figure(chart(), "Semi-hard triplet").axes
    assert axes.get_title() == "Semi-hard triplet"
    assert not axes.axison


def test_an_embedding_is_drawn_with_its_axes_and_lines_through_the_origin():
    shown = replace(chart(), is_embedding=True)
    for figure in (plots.map_figure(shown, "a row"), plots.gallery_figure([shown], ["a row"])):
        axes = figure.axes[0]
        assert axes.axison
        across, upright = (np.asarray(line.get_xydata()) for line in axes.lines)
        np.testing.assert_array_equal(across[:, 1], 0)
        np.testing.assert_array_equal(upright[:, 0], 0)


# gallery


@pytest.mark.parametrize("rows", [1, 4, 6])
def test_the_gallery_has_a_panel_per_row_in_their_order_and_no_other_in_sight(rows):
    maps = [chart(seed, 30) for seed in range(rows)]
    titles = [f"row {place}" for place in range(rows)]
    figure = plots.gallery_figure(maps, titles)
    panels = reading_order(figure)
    assert [axes.get_title() for axes in panels[:rows]] == titles
    for axes, shown in zip(panels, maps, strict=False):
        np.testing.assert_array_equal(drawn_points(axes)[0], shown.points)
        numbers = sorted(text.get_text() for text in axes.texts)
        assert numbers == sorted(map(str, set(shown.labels.tolist())))
    assert [is_blank(pixels) for pixels in pixels_of(figure)] == [
        place >= rows for place in range(len(panels))
    ]


@pytest.mark.parametrize(
    ("rows", "shape"),
    [
        *((1, (1, 1)), (3, (1, 3)), (4, (1, 4)), (5, (1, 5)), (6, (2, 3)), (8, (2, 4))),
        *((9, (3, 3)), (12, (3, 4)), (15, (3, 5)), (17, (4, 5)), (18, (4, 5))),
    ],
)
def test_the_gallery_leaves_few_places_empty(rows, shape):
    grid = plots.gallery_figure([chart()] * rows, ["a row"] * rows).axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == shape


def sheet(kind, rows):
    """A sheet of that kind with so many rows."""
    titles = (TITLES * 2)[:rows]
    numbered = [f"{title} ({place})" for place, title in enumerate(titles)]
    if kind == "gallery":
        return plots.gallery_figure([chart()] * rows, titles)
    if kind == "curves":
        return plots.curves_figure({title: [FALLING] for title in numbered})
    return plots.verification_figure({title: [CURVE] for title in numbered})


@pytest.mark.parametrize("rows", [1, 2, 5, 12, 18])
@pytest.mark.parametrize("kind", ["gallery", "curves", "verification"])
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


def test_all_text_is_legible_at_the_size_in_which_it_is_printed():
    for name, figure in figures().items():
        figure.draw_without_rendering()
        texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
        assert texts, name
        assert {text.get_fontsize() for text in texts} <= {7.0, 8.0, 10.0}, name
        assert figure.get_figwidth() in (3.5, 7.0, 7.2), name


# curves


def curves_of(axes):
    """Lines of an axes by their name: x and y of each."""
    found = {}
    for line in axes.get_lines():
        x, y = (np.asarray(values, float).tolist() for values in line.get_data())
        found.setdefault(line.get_label(), []).append((x, y))
    return found


@few
@given(st.lists(st.lists(st.floats(0.01, 9), min_size=1, max_size=8), min_size=1, max_size=3))
def test_the_curves_mark_the_first_epoch_with_the_lowest_validation_loss(runs):
    histories = [history([2.0 * loss for loss in run], run) for run in runs]
    (axes,) = plots.curves_figure({"a row": histories}).axes
    found = curves_of(axes)
    epochs = [[float(n + 1) for n in range(len(run))] for run in runs]
    assert found == {
        "training": [(e, [2.0 * v for v in run]) for e, run in zip(epochs, runs, strict=True)],
        "validation": list(zip(epochs, runs, strict=True)),
        "selected": [([run.index(min(run)) + 1.0], [min(run)]) for run in runs],
    }


def test_the_selected_epoch_is_a_dot_in_the_colour_of_the_validation_loss():
    (axes,) = plots.curves_figure({"a row": [FALLING]}).axes
    training, validation, selected = axes.get_lines()
    assert (selected.get_marker(), selected.get_color()) == ("o", validation.get_color())
    assert (training.get_marker(), validation.get_marker()) == ("None", "None")
    assert training.get_color() != validation.get_color()


@pytest.mark.parametrize("rows", [1, 4, 6])
def test_the_curves_have_a_panel_per_row_in_their_order_and_no_other_in_sight(rows):
    histories = {f"row {place}": [history([place + 1], [place + 2])] for place in range(rows)}
    figure = plots.curves_figure(histories)
    panels = reading_order(figure)
    assert [axes.get_title() for axes in panels[:rows]] == list(histories)
    for place, axes in enumerate(panels[:rows]):
        assert curves_of(axes)["training"] == [([1.0], [place + 1.0])]
        assert curves_of(axes)["validation"] == [([1.0], [place + 2.0])]
    assert [is_blank(pixels) for pixels in pixels_of(figure)] == [
        place >= rows for place in range(len(panels))
    ]


def test_losses_are_drawn_on_a_logarithmic_scale_and_epochs_are_whole_numbers():
    figure = plots.curves_figure({"one": [FALLING], "two": [history([1, 2], [1, 2])]})
    figure.draw_without_rendering()
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("epoch", "loss")
    for axes in figure.axes:
        assert axes.get_yscale() == "log"
        assert all(tick == round(tick) for tick in axes.get_xticks())
        low, high = axes.get_ylim()
        assert [text for y, text in _ticks(axes) if low <= y <= high]


def _ticks(axes):
    texts = [label.get_text() for label in axes.get_yticklabels()]
    found = list(zip(axes.get_yticks().tolist(), texts, strict=True))
    assert all(text == f"{tick:g}" for tick, text in found)  # 0.5, not 5 × 10⁻¹
    return found


def test_the_legend_explains_each_kind_of_line_once_however_many_seeds_there_are():
    figure = plots.curves_figure({"one": [FALLING] * 3, "two": [FALLING]})
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["training", "validation", "selected"]
    assert [axes.get_legend() for axes in figure.axes] == [None, None]


# distances


@few
@given(st.integers(0, 1000), st.integers(1, 30))
def test_the_area_of_each_kind_of_pairs_is_one(seed, bins):
    random = np.random.default_rng(seed)
    edges = np.cumsum(random.uniform(0.1, 1, bins + 1))  # bins of unequal width
    same, different = random.integers(1, 50, bins), random.integers(1, 900, bins)
    (axes,) = plots.distances_figure(same, different, edges, "a row", "Euclidean").axes
    for patch, counts in zip(axes.patches, (same, different), strict=True):
        values, found, _ = patch.get_data()
        np.testing.assert_array_equal(found, edges)
        areas = [value * (b - a) for value, a, b in zip(values, edges, edges[1:], strict=False)]
        assert areas == pytest.approx([count / sum(counts.tolist()) for count in counts])


def test_the_two_kinds_of_pairs_are_told_apart_and_the_distance_is_named():
    edges = np.array([0.0, 1.0, 2.0])
    figure = plots.distances_figure(np.array([3, 1]), np.array([1, 3]), edges, "A row", "cosine")
    (axes,) = figure.axes
    same, different = axes.patches
    assert same.get_facecolor() != different.get_facecolor()
    assert (same.get_label(), different.get_label()) == ("same class", "two classes")
    assert len(axes.get_legend().get_texts()) == 2
    assert "A row" in (axes.get_title(), axes.get_title(loc="left"))
    assert axes.get_xlabel() == "cosine distance"


@pytest.mark.parametrize("title", TITLES)
def test_the_legend_of_the_distances_covers_neither_the_title_nor_the_bars(title):
    counts, edges = np.ones(20, int), np.linspace(0, 2, 21)  # bars as high as they get everywhere
    figure = plots.distances_figure(counts, counts, edges, title, "Euclidean")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    legend = axes.get_legend()  # what is seen of it: its frame is not
    parts = [part.get_window_extent() for part in legend.get_texts() + legend.legend_handles]
    assert len(parts) == 4
    titles = [text for text in axes.get_children() if getattr(text, "get_text", str)() == title]
    assert len(titles) == 1
    assert not any(part.overlaps(titles[0].get_window_extent()) for part in parts)
    for patch in axes.patches:
        heights, lower, _ = patch.get_data()
        for left, right, height in zip(lower, lower[1:], heights, strict=False):
            bar = Bbox(axes.transData.transform([(left, 0), (right, height)]))
            assert not any(part.overlaps(bar) for part in parts)


# confusions

CONFUSED = np.array([[970, 3, 0], [0, 900, 12], [1, 0, 800]])


def numbers_in(axes):
    """The numbers that stand in the cells, by row and column, with their colour."""
    places = {text.get_position(): text for text in axes.texts}
    return {(y, x): (int(text.get_text()), text.get_color()) for (x, y), text in places.items()}


def test_the_confusions_show_each_count_but_zeros_in_the_row_of_the_true_class():
    (axes,) = plots.confusions_figure(CONFUSED, "A row", 5).axes
    expected = {place: count for place, count in np.ndenumerate(CONFUSED) if count}
    assert {place: count for place, (count, _) in numbers_in(axes).items()} == expected
    assert axes.yaxis_inverted()  # the first class above, as in a table
    assert axes.get_ylabel() == "true class"
    assert axes.get_xlabel() == "class by vote of the 5 nearest neighbours"
    assert axes.get_title() == "A row: 16 of 2686 wrong"


def test_mistakes_are_the_darker_the_more_there_are_and_what_is_right_has_no_colour():
    (axes,) = plots.confusions_figure(CONFUSED, "A row", 5).axes
    (image,) = axes.images
    shades = image.to_rgba(image.get_array())[..., :3].mean(axis=-1)
    assert shades[1, 2] < shades[0, 1] < shades[2, 0] < shades[0, 2]  # 12, 3, 1 and no images
    assert len(np.unique(np.diag(shades))) == 1
    assert shades[0, 0] > 0.9
    colours = {place: colour for place, (_, colour) in numbers_in(axes).items()}
    assert colours[1, 2] == "white"
    assert colours[0, 1] == "black"
    assert colours[0, 0] == colours[1, 1] not in ("white", "black")


def test_confusions_without_a_mistake_are_drawn_too():
    (axes,) = plots.confusions_figure(np.diag([4, 5]), "A row", 5).axes
    assert axes.get_title() == "A row: 0 of 9 wrong"
    assert sorted(count for count, _ in numbers_in(axes).values()) == [4, 5]


def test_classes_that_no_image_has_and_none_is_taken_for_are_left_out():
    counts = np.zeros((6, 6), int)
    counts[2, 2], counts[2, 5], counts[5, 5] = 7, 1, 8
    (axes,) = plots.confusions_figure(counts, "A row", 5).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["2", "5"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["2", "5"]
    assert {place: n for place, (n, _) in numbers_in(axes).items()} == {
        **{(0, 0): 7, (0, 1): 1, (1, 1): 8}
    }


def test_the_confusions_of_many_classes_have_a_colour_bar_instead_of_numbers():
    counts = np.full((26, 26), 3) + np.eye(26, dtype=int) * 50
    axes, bar = plots.confusions_figure(counts, "A row", 5).axes
    assert not axes.texts
    assert bar.get_ylabel() == "images"


def test_the_names_of_classes_stand_beside_their_confusions():
    figure = plots.confusions_figure(np.eye(10, dtype=int) * 900, "A row", 5, NAMES)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == NAMES
    assert [label.get_text() for label in axes.get_xticklabels()] == NAMES
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert min(box.x0 for box in boxes) > 0


# names of classes


def apart(classes=10):
    """A map whose classes lie far apart, on a circle."""
    angles = np.arange(classes) * 2 * np.pi / classes
    labels = np.arange(20 * classes) % classes
    scatter = np.random.default_rng(0).normal(size=(len(labels), 2))
    return plots.Map(
        np.stack([np.cos(angles), np.sin(angles)], axis=1)[labels] * 90 + scatter, labels
    )


def test_names_stand_on_the_clusters_of_a_map_where_they_fit():
    figure = plots.map_figure(apart(), "a row", NAMES)
    assert [text.get_text() for text in figure.axes[0].texts] == NAMES
    assert figure.legends == []


@pytest.mark.parametrize(
    ("shown", "names"),
    [(chart(count=200), NAMES), (apart(), [f"{name}, or something like it" for name in NAMES])],
    ids=["clusters too near", "names too long"],
)
def test_names_that_would_cover_each_other_stand_below_the_map_with_their_numbers(shown, names):
    crowded = plots.Map(shown.points * (1, 0.1), shown.labels)
    figure = plots.map_figure(crowded, "a row", names)
    assert [text.get_text() for text in figure.axes[0].texts] == [str(n) for n in range(10)]
    (legend,) = figure.legends
    found = [text.get_text() for text in legend.get_texts()]
    assert found == [f"{label}  {name}" for label, name in enumerate(names)]
    colours = [handle.get_color() for handle in legend.legend_handles]
    assert colours == plots.class_colours(10)


def test_a_name_that_is_wider_than_the_map_stands_below_it():
    alone = only(apart(), apart().labels == 0)
    figure = plots.map_figure(alone, "a row", ["a name of many words, " * 4, *NAMES[1:]])
    assert [text.get_text() for text in figure.axes[0].texts] == ["0"]
    assert len(figure.legends) == 1


def test_the_gallery_has_numbers_on_the_clusters_and_their_names_once_below():
    figure = plots.gallery_figure([apart()] * 4, list("abcd"), NAMES)
    for axes in figure.axes:
        assert [text.get_text() for text in axes.texts] == [str(n) for n in range(10)]
    (legend,) = figure.legends
    figure.draw_without_rendering()
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert box.y0 >= 0
    assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)


# one training


def test_a_trainings_curves_show_losses_above_and_the_learning_rate_below():
    run = history([3, 2, 1], [2.5, 2.0, 2.2])
    run.rows[2]["learning_rate"] = 0.0005
    losses, rates = plots.training_curves_figure(run, "A row, seed 3").axes
    assert losses.get_title() == "A row, seed 3"
    found = curves_of(losses)
    epochs = [1.0, 2.0, 3.0]
    assert found["training"] == [(epochs, [3.0, 2.0, 1.0])]
    assert found["validation"] == [(epochs, [2.5, 2.0, 2.2])]
    assert found["selected"] == [([2.0], [2.0])]
    assert ([1.0, 2.0, 3.0], [0.001, 0.001, 0.0005]) in next(iter(curves_of(rates).values()))
    assert losses.get_shared_x_axes().joined(losses, rates)
    assert rates.get_xlabel() == "epoch"


# verification


def test_each_row_is_dark_in_its_own_panel_before_all_others():
    low, high = CURVE * (1, 0.5), CURVE
    figure = plots.verification_figure({"low": [low, low * (1, 0.9)], "high": [high]})
    assert [axes.get_title() for axes in figure.axes] == ["low", "high"]
    for axes, runs in zip(figure.axes, ([low, low * (1, 0.9)], [high]), strict=True):
        assert axes.get_xscale() == "log"
        lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
        assert len(lines) == 3 + len(runs)  # bounds that accept none have no place on the axis
        dark = [line.get_xydata() for line in lines if line.get_color() == lines[-1].get_color()]
        for line, run in zip(dark, runs, strict=True):
            np.testing.assert_array_equal(line, run[1:])
    assert figure.get_supxlabel() == "false acceptance rate"
    assert figure.get_supylabel() == "true acceptance rate"


# save


def figures():
    """One of each kind."""
    random = np.random.default_rng(0)
    counts = random.integers(1, 90, (2, 20))
    edges = np.linspace(0, 2, 21)
    return {
        "map": plots.map_figure(chart(), "Large margin ‖x‖ − α"),
        "gallery": plots.gallery_figure([chart(1), chart(2)], ["one", "two"]),
        "curves": plots.curves_figure({"one": [FALLING, FALLING], "two": [FALLING]}),
        "distances": plots.distances_figure(*counts, edges, "a row", "Euclidean"),
        "confusions": plots.confusions_figure(counts[:, :2], "a row", 5, ["one", "two"]),
        "training_curves": plots.training_curves_figure(FALLING, "a row"),
        "verification": plots.verification_figure({"one": [CURVE, CURVE], "two": [CURVE]}),
        "named": plots.gallery_figure([chart()], ["a row"], NAMES),
    }


def save_all(folder):
    """One of each kind in each format, below ``folder``."""
    for name, figure in figures().items():
        for kind in FORMATS:
            plots.save(figure, folder / f"{name}.{kind}", 60)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The folder of all figures."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SOURCE_DATE_EPOCH", raising=False)  # which would hide the clock
        save_all(folder)
    return folder


def contents(folder):
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    assert len(found) == 24
    return found


def assert_same(found, expected):
    """The names of files that differ, rather than a page of their bytes."""
    assert [name for name in expected if found[name] != expected[name]] == []


def test_saving_again_gives_the_same_bytes(saved, tmp_path):
    save_all(tmp_path)
    assert_same(contents(tmp_path), contents(saved))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_the_same_whichever_other_formats_are_asked_for(saved, tmp_path, kind):
    for name, figure in figures().items():
        plots.save(figure, tmp_path / f"{name}.{kind}", 60)
    alone = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(alone) == sorted(f"{name}.{kind}" for name in figures())
    assert_same(contents(saved) | alone, contents(saved))


def test_another_process_gives_the_same_bytes_whatever_its_environment(saved, tmp_path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 4\nfont.size: 20\n")
    (tmp_path / "made").mkdir()
    program = (
        "import sys; sys.path[:0] = [sys.argv.pop(1)]\n"
        "import pathlib; import test_plots as t\n"
        "t.save_all(pathlib.Path('made'))"
    )
    environment = os.environ | {
        "PYTHONPATH": str(Path(plots.__file__).parents[2]),
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": "86400",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "MPLBACKEND": "svg",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert_same(contents(tmp_path / "made"), contents(saved))


def png_chunks(content):
    """Type and content of each chunk of a PNG file."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, []
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        found.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += length + 12
    return found


def test_files_are_of_the_format_of_their_name_and_hold_no_date(saved):
    for name, content in contents(saved).items():
        if name.endswith(".png"):
            kinds = {kind for kind, _ in png_chunks(content)}
            assert kinds == {b"IHDR", b"pHYs", b"IDAT", b"IEND"}, name
        elif name.endswith(".svg"):
            assert content.startswith(b"<?xml"), name
            assert b"</svg>" in content, name
            assert b"date" not in content, name
        else:
            assert content.startswith(b"%PDF-"), name
            assert b"/Producer" in content, name  # where a date would stand beside it
            assert b"Date" not in content, name


@pytest.mark.parametrize("resolution", [50, 120])
def test_the_resolution_is_in_dots_per_inch(tmp_path, resolution):
    figure = plots.map_figure(chart(), "a row")
    plots.save(figure, tmp_path / "map.png", resolution)
    (_, header), *_ = png_chunks((tmp_path / "map.png").read_bytes())
    size = struct.unpack(">II", header[:8])
    assert size == tuple(round(resolution * inches) for inches in figure.get_size_inches())


def test_ten_thousand_points_are_no_shapes_of_a_vector_file(tmp_path):
    few_points = plots.map_figure(chart(count=20), "a row")
    many_points = plots.map_figure(chart(count=10_000), "a row")
    lengths = []
    for figure in (few_points, many_points):
        plots.save(figure, tmp_path / "map.svg", 50)
        text = (tmp_path / "map.svg").read_text()
        assert text.count("<image") == 1
        lengths.append(text.count("<path") + text.count("<use"))
    assert lengths[0] == lengths[1] > 0


def test_figures_leave_matplotlibs_settings_as_they_were(tmp_path):
    theirs = {"font.size": 20, "figure.facecolor": "red", "svg.hashsalt": "theirs"}
    with mpl.rc_context(theirs):
        before = dict(mpl.rcParams)
        for name, figure in figures().items():
            plots.save(figure, tmp_path / f"{name}.png", 40)
        assert dict(mpl.rcParams) == before


def test_what_can_not_be_saved_leaves_nothing(tmp_path):
    figure = plots.map_figure(chart(), "a row")
    figure.axes[0].set_title(r"a $\broken$ formula")
    with pytest.raises(ValueError, match="broken"):
        plots.save(figure, tmp_path / "map.png", 50)
    assert list(tmp_path.iterdir()) == []
