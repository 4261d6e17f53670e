"""The figure of sizes has a line per row through its means, by the number of training images."""

import pytest

from discern.figures.mean import Mean
from discern.figures.sizes import sizes_figure
from discern.measures.catalogue import named
from figures.examples import lines_of, texts_of

HIGHER, LOWER = named("map_at_r"), named("equal_error_rate")
ROWS = {
    "one": {5400: Mean(0.75, (0.5, 0.875)), 1000: Mean(0.5)},
    "two": {1000: Mean(0.625), 5400: Mean(0.6875)},
}


def test_a_line_goes_through_a_rows_means_from_few_images_to_many():
    (axes,) = sizes_figure(ROWS, HIGHER).axes
    lines = lines_of(axes)
    assert [y for _, y in lines["one"]] == [[50, 75]]
    assert [y for _, y in lines["two"]] == [[62.5, 68.75]]
    for label in ROWS:
        ((x, _),) = lines[label]
        assert x == pytest.approx([1000, 5400], rel=0.01)
    assert (axes.get_xscale(), axes.get_ylabel()) == ("log", "MAP@R (%)")


def test_the_numbers_of_images_stand_at_the_axis():
    figure = sizes_figure(ROWS, HIGHER)
    figure.draw_without_rendering()
    assert texts_of(figure.axes[0].get_xticklabels()) == ["1,000", "5,400"]


def test_bars_reach_from_end_to_end_of_the_interval_at_the_rows_own_place():
    (axes,) = sizes_figure(ROWS, HIGHER).axes
    segments = [bar.get_segments()[0] for bar in axes.collections]
    ends = [segment[:, 1].tolist() for segment in segments]
    assert [50, 87.5] in ends
    places = [segment[0, 0] for segment in segments]
    assert len(set(places)) == 4  # bars of two rows never cover each other


@pytest.mark.parametrize(("headline", "order"), [(HIGHER, ["two", "one"]), (LOWER, ["one", "two"])])
def test_the_best_with_the_fewest_images_leads_the_key(headline, order):
    (key,) = sizes_figure(ROWS, headline).legends
    assert texts_of(key.get_texts()) == order
