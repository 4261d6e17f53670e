"""The figure of separation shows each row's distances, variances and ratio, best row first."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.markers import MarkerStyle

from discern.errors import Damaged
from discern.figures.separation import (
    Separation,
    Variances,
    in_order,
    separation_figure,
    variances_in,
)
from figures.examples import NAMES, separation, texts_of
from samples import measures_of

ROWS = [separation("wide", 0.25, 0.5), separation("tight", 0.01, 0.03)]


def test_rows_are_ordered_by_their_mean_ratio_and_those_without_one_are_last():
    points = Variances(0.0, 0.0, None, [0.0])
    rows = in_order([Separation("collapsed", ROWS[0].distances, [points] * 2), *ROWS])
    assert [row.title for row in rows] == ["tight", "wide", "collapsed"]
    assert [row.ratio for row in rows] == [pytest.approx(100 / 3), 1.5, None]
    _, variances, _ = separation_figure(rows).axes
    assert texts_of(variances.texts) == ["33.333", "1.500", "–", "ratio"]


def test_both_densities_of_a_row_rise_from_its_line_to_the_same_height():
    distances, _, _ = separation_figure(ROWS).axes
    assert texts_of(distances.get_yticklabels()) == ["wide", "tight"]
    assert distances.yaxis_inverted()
    for number, patch in enumerate(distances.patches):
        top, edges, base = patch.get_data()
        assert base == pytest.approx(number // 2 + 0.4)
        assert base - min(top) == pytest.approx(0.85)
        np.testing.assert_array_equal(edges, [0, 0.5, 1, 1.5])
    same = 0.4 - distances.patches[0].get_data().values
    np.testing.assert_allclose(same / same.max(), [1, 1 / 8, 1 / 8])
    assert texts_of(distances.get_legend().get_texts()) == ["same class", "different classes"]


def test_variances_are_stacked_with_a_dot_per_training():
    _, variances, _ = separation_figure(ROWS).axes
    bars = [(bar.get_x(), bar.get_width()) for bar in variances.patches]
    np.testing.assert_allclose(bars, [(0, 0.375), (0.375, 0.5), (0, 0.02), (0.02, 0.5)])
    dots = [line.get_xdata().tolist() for line in variances.get_lines()]
    assert dots == [[0.25, 0.5], [0.01, 0.03]]
    legend = texts_of(variances.get_legend().get_texts())
    assert sorted(legend) == ["a training", "inter-class", "intra-class"]


def test_each_class_with_images_stands_at_its_own_mean_variance():
    *_, classes = separation_figure(ROWS).axes
    numbers = [line for line in classes.get_lines() if len(line.get_xdata()) == 1]
    places = [(line.get_marker(), line.get_xdata()[0], line.get_ydata()[0]) for line in numbers]
    assert [(name, place) for name, _, place in places] == [
        (f"${label}$", place) for place in (0, 1) for label in (0, 1)
    ]
    np.testing.assert_allclose([x for _, x, _ in places], [0.375, 0.75, 0.02, 0.04])
    assert classes.get_xscale() == "log"
    assert "log scale" in classes.get_xlabel()


def numbers_of(figure, place):
    """The numbers of the row at that place, in points (N, 2)."""
    *_, classes = figure.axes
    lines = [line for line in classes.get_lines() if len(line.get_xdata()) == 1]
    places = [line.get_xydata()[0] for line in lines if abs(line.get_ydata()[0] - place) < 0.5]
    return classes.transData.transform(places) * 72 / figure.dpi


@pytest.mark.parametrize("rows", [8, 24])
def test_no_number_covers_another_where_classes_are_alike(rows):
    # between the largest and the smallest variance a factor of 1.3, on an axis of 27 times
    alike = [Variances(0.1, 0.5, 5.0, 0.4 * 1.3 ** np.linspace(0, 1, 10))]
    apart = [Variances(0.1, 0.5, 5.0, 0.02 * 1.3 ** np.arange(10))]
    variances = [alike, *[apart] * (rows - 1)]
    figure = separation_figure([Separation("row", ROWS[0].distances, each) for each in variances])
    for place in range(rows):
        numbers = numbers_of(figure, place)
        assert len(numbers) == 10
        for across, up in np.abs([x - y for x, y in combinations(numbers, 2)]):
            assert across >= 3.3 or up >= 4.49  # the sizes of a digit


def test_numbers_of_one_variance_use_all_heights_of_their_row():
    point = [Variances(0.1, 0.5, 5.0, [0.1] * 10)]
    apart = [Variances(0.1, 0.5, 5.0, [0.02])]
    rows = [Separation("row", ROWS[0].distances, each) for each in (point, apart)]
    _, counts = np.unique(numbers_of(separation_figure(rows), 0)[:, 1].round(3), return_counts=True)
    assert counts.tolist() in ([2] * 5, [2, 3, 3, 2])


def test_the_number_of_a_class_is_drawn_without_signs_of_mathematics():
    *_, classes = separation_figure(ROWS).axes
    (first, *_) = (line for line in classes.get_lines() if len(line.get_xdata()) == 1)
    drawn = MarkerStyle(first.get_marker()).get_path().get_extents()
    # what is drawn was made when the line was, under the style of figures
    shape = first._marker.get_path().get_extents()
    assert shape.width / shape.height == pytest.approx(drawn.width / drawn.height)
    assert shape.width < shape.height


def test_a_class_without_images_in_one_training_stands_where_the_others_have_it():
    first, second = Variances(0.2, 0.5, 2.5, [0.2]), Variances(0.2, 0.5, 2.5, [None, 0.4])
    row = Separation("unseen classes", ROWS[0].distances, [first, second])
    *_, classes = separation_figure([row]).axes
    numbers = [line for line in classes.get_lines() if len(line.get_xdata()) == 1]
    assert [(n.get_marker(), n.get_xdata()[0]) for n in numbers] == [("$0$", 0.2), ("$1$", 0.4)]


@pytest.mark.parametrize("rows", [1, 8, 35])
def test_a_row_of_many_is_legible_and_inside_the_figure(rows):
    titles = [f"Large margin cosine (variant {place})" for place in range(rows)]
    figure = separation_figure([separation(title, 0.2) for title in titles], NAMES)
    figure.draw_without_rendering()
    assert figure.get_figheight() < 10.2
    labels = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert not any(first.overlaps(second) for first, second in combinations(labels, 2))
    parts = [*labels, *(axes.xaxis.label.get_window_extent() for axes in figure.axes)]
    parts += [axes.get_legend().get_window_extent() for axes in figure.axes[:2]]
    assert all(part.x0 >= 0 and part.x1 <= figure.bbox.x1 for part in parts)
    assert all(part.y0 >= 0 and part.y1 <= figure.bbox.y1 for part in parts)
    legends = [axes.get_legend().get_window_extent() for axes in figure.axes[:2]]
    assert not legends[0].overlaps(legends[1])


def test_the_variances_of_a_measure_file_are_read_as_they_are():
    measures = measures_of(0.9)
    measures["l2_normalised"] |= {"variance_ratio": None, "class_variances": [0.5, None]}
    variances = variances_in(measures, Path())
    assert (variances.ratio, variances.of_classes) == (None, [0.5, None])
    assert variances.intra == measures["l2_normalised"]["intra_class_variance"]
    assert variances.inter == measures["l2_normalised"]["inter_class_variance"]


@pytest.mark.parametrize("entry", [None, 0.5, ["wide"]])
def test_measures_without_variances_of_classes_are_damaged(entry):
    measures = measures_of(0.9)
    measures["l2_normalised"]["class_variances"] = entry
    with pytest.raises(Damaged, match=r"0\.json holds no variances of classes; delete it"):
        variances_in(measures, Path("0.json"))
