"""The verification of all rows is one panel of detection error trade-offs."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from discern.errors import Damaged
from discern.figures.verification import Curve, curve_in, verification_figure
from figures.examples import CURVE, TITLES, texts_of

WORSE = Curve(0.25, np.array([[0.25, 0.25], [0.5, 0.125]]))


def drawn_lines(axes):
    """The curves as rates, without the diagonal: in percent as the axes show them."""
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) > 1]
    return [norm.cdf(line.get_xydata()) for line in lines[:-1]]


def test_every_training_is_a_line_where_neither_rate_is_0_or_1():
    (axes,) = verification_figure({"worse": [WORSE], "better": [CURVE, CURVE]}).axes
    lines = drawn_lines(axes)
    assert len(lines) == 3
    for line, curve in zip(
        lines, (CURVE.points[1:3], CURVE.points[1:3], WORSE.points), strict=True
    ):
        np.testing.assert_allclose(line, curve)


def test_the_equal_error_rate_is_a_dot_on_the_diagonal_of_equal_axes():
    (axes,) = verification_figure({"worse": [WORSE], "better": [CURVE]}).axes
    dots = [line.get_xydata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    np.testing.assert_allclose(norm.cdf(dots), [[0.1, 0.1], [0.25, 0.25]])
    assert axes.get_xlim() == axes.get_ylim() == tuple(axes.get_lines()[-1].get_xdata())
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    assert all(label.get_text() == f"{100 * norm.cdf(tick):g} %" for tick, label in ticks)
    assert texts_of(axes.get_xticklabels()) == texts_of(axes.get_yticklabels())
    assert axes.get_xlabel() == "false acceptance rate (normal deviates)"
    assert axes.get_ylabel() == "false rejection rate (normal deviates)"


def test_the_key_names_each_row_with_its_mean_rate_the_best_first():
    figure = verification_figure({"worse": [WORSE], "better": [CURVE, WORSE]})
    (key,) = figure.legends
    assert texts_of(key.get_texts()) == ["17.50 %  better", "25.00 %  worse"]
    assert key.get_title().get_text() == "equal error rate (dot) and row"
    (axes,) = figure.axes
    for handle, line in zip(key.legend_handles, (axes.lines[0], axes.lines[5]), strict=True):
        assert handle.get_color() == pytest.approx(line.get_color())
        assert handle.get_linestyle() == line.get_linestyle()


@pytest.mark.parametrize("rows", [1, 8, 35])
def test_the_key_of_many_rows_is_inside_the_figure_and_its_lines_differ(rows):
    titles = [f"{(TITLES * 3)[place]} (variant {place})" for place in range(rows)]
    figure = verification_figure({title: [CURVE] for title in titles})
    figure.draw_without_rendering()
    (key,) = figure.legends
    boxes = [text.get_window_extent() for text in key.get_texts()]
    assert all(box.y0 >= 0 and box.y1 <= figure.bbox.y1 for box in boxes)
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)
    assert not any(first.overlaps(second) for first, second in combinations(boxes, 2))
    assert not key.get_window_extent().overlaps(figure.axes[0].get_window_extent())
    looks = {(tuple(line.get_color()), line.get_linestyle()) for line in key.legend_handles}
    assert len(looks) == rows


def test_rows_without_or_with_nothing_but_errors_are_drawn_too():
    points = np.array([[0.0, 0.0], [1.0, 0.0]])
    (axes,) = verification_figure({"perfect": [Curve(0.0, points)]}).axes
    assert not [line for line in axes.get_lines() if line.get_marker() == "o"]


def test_the_curve_of_a_measure_file_is_that_of_normalised_embeddings():
    verification = {"curve": [[0, 0.25], [1, 1]], "equal_error_rate": 0.125}
    curve = curve_in({"l2_normalised": {"verification": verification}}, Path())
    np.testing.assert_array_equal(curve.points, [[0, 0.75], [1, 0]])
    assert curve.equal_error_rate == 0.125


@pytest.mark.parametrize("curve", [None, [], [1, 2], [[1, 2, 3]], [["low", 1]], [[1, 1], [1]]])
def test_measures_without_a_curve_are_damaged(curve):
    verification = {"curve": curve, "equal_error_rate": 0.1}
    for normalised in ({"verification": verification}, {"verification": curve}, {}):
        with pytest.raises(Damaged, match=r"0\.json holds no verification curve; delete it"):
            curve_in({"l2_normalised": normalised}, Path("0.json"))
