"""The price of tuning is a line per loss, in the order of the best of all trials."""

from itertools import combinations

import numpy as np
import pytest

from discern.figures.tuning import tuning_figure
from discern.measures.catalogue import named
from figures.examples import lines_of, texts_of

HIGHER, LOWER = named("map_at_r"), named("equal_error_rate")


def test_a_line_shows_the_expected_best_in_per_cent_by_the_number_of_trials():
    (axes,) = tuning_figure({"one": [0.5, 0.75], "two": [0.25, 0.5, 0.625]}, HIGHER).axes
    assert lines_of(axes) == {
        "one": [([1.0, 2.0], [50.0, 75.0])],
        "two": [([1.0, 2.0, 3.0], [25.0, 50.0, 62.5])],
    }
    assert axes.get_xlabel() == "random trials"
    assert axes.get_ylabel() == "expected best MAP@R (%)"


@pytest.mark.parametrize(("headline", "order"), [(HIGHER, ["a", "b"]), (LOWER, ["b", "a"])])
def test_the_loss_with_the_best_of_all_trials_leads_the_key(headline, order):
    (key,) = tuning_figure({"b": [0.8, 0.81], "a": [0.1, 0.9]}, headline).legends
    assert texts_of(key.get_texts()) == order


def test_what_is_missing_to_100_per_cent_is_drawn_logarithmically():
    (axes,) = tuning_figure({"one": [0.8, 0.9, 0.99]}, HIGHER).axes
    heights = axes.transData.transform([(1, percent) for percent in (80, 90, 95, 99, 99.5)])[:, 1]
    # 20 to 10 is a factor as 10 to 5; 5 to 1 is another, and 1 to 0.5 is the first again.
    steps = np.diff(heights) / np.diff(heights)[0]
    np.testing.assert_allclose(steps, [1, 1, np.log(5) / np.log(2), 1])


@pytest.mark.parametrize(("headline", "best"), [(LOWER, 0.1), (HIGHER, 1.0)])
def test_a_measure_that_falls_or_reaches_100_per_cent_has_a_linear_axis(headline, best):
    (axes,) = tuning_figure({"one": [0.5, best]}, headline).axes
    assert axes.get_yscale() == "linear"


def test_twenty_losses_differ_in_their_lines_and_fit_the_key():
    figure = tuning_figure({f"a_loss_with_number_{n}": [n / 20] for n in range(20)}, HIGHER)
    figure.draw_without_rendering()
    (key,) = figure.legends
    boxes = [text.get_window_extent() for text in key.get_texts()]
    assert not any(first.overlaps(second) for first, second in combinations(boxes, 2))
    assert all(box.y0 >= 0 and box.y1 <= figure.bbox.y1 for box in boxes)
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].get_lines()}
    assert len(looks) == 20
