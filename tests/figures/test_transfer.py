"""The figure of transfer has a dot per row: separation of seen classes, retrieval of others."""

import pytest

from discern.figures.mean import Mean
from discern.figures.transfer import transfer_figure
from discern.measures.catalogue import named
from figures.examples import texts_of

RATIO, HEADLINE, LOWER = named("variance_ratio"), named("map_at_r"), named("equal_error_rate")
ROWS = {
    "one": (Mean(4.0, (3.0, 5.0)), Mean(0.5, (0.25, 0.75))),
    "two": (Mean(2.0), Mean(0.625)),
}


def test_a_dot_lies_at_a_rows_separation_and_headline_measure():
    figure = transfer_figure([("seen → unseen", ROWS)], RATIO, HEADLINE)
    (axes,) = figure.axes
    dots = {bars.get_label(): bars.lines[0].get_xydata().tolist() for bars in axes.containers}
    assert dots == {"one": [[4, 50]], "two": [[2, 62.5]]}
    assert figure.get_supxlabel() == "variance ratio of trained classes (logarithmic)"
    assert figure.get_supylabel() == "MAP@R (%), classes never trained"


def test_bars_reach_from_end_to_end_of_both_intervals():
    (axes,) = transfer_figure([("seen → unseen", ROWS)], RATIO, HEADLINE).axes
    bars = {each.get_label(): each for each in axes.containers}["one"]
    across, up = (collection.get_segments()[0].tolist() for collection in bars.lines[2])
    assert across == [[3, 50], [5, 50]]
    assert up == [[4, 25], [4, 75]]


@pytest.mark.parametrize(
    ("headline", "order"), [(HEADLINE, ["two", "one"]), (LOWER, ["one", "two"])]
)
def test_the_best_on_unseen_classes_leads_the_key(headline, order):
    (key,) = transfer_figure([("seen → unseen", ROWS)], RATIO, headline).legends
    assert texts_of(key.get_texts()) == order


def test_rows_differ_in_their_markers():
    rows = {f"row {n}": (Mean(1.0 + n), Mean(0.5)) for n in range(7)}
    (axes,) = transfer_figure([("seen → unseen", rows)], RATIO, HEADLINE).axes
    assert len({bars.lines[0].get_marker() for bars in axes.containers}) == 7


def test_a_row_has_the_same_look_in_every_panel_and_one_entry_in_the_key():
    three = dict(reversed(ROWS.items())) | {"three": (Mean(1.0), Mean(0.5))}
    panels = [("a", ROWS), ("b", three), ("b", ROWS)]
    figure = transfer_figure(panels, RATIO, HEADLINE)
    looks = [
        {each.get_label(): (each.lines[0].get_color(), each.lines[0].get_marker()) for each in bars}
        for bars in (axes.containers for axes in figure.axes)
    ]
    assert looks[0].items() < looks[1].items()
    (key,) = figure.legends
    assert texts_of(key.get_texts()) == ["two", "one", "three"]
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "b"]
