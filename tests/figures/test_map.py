"""A map has its title, and the names of its classes where they fit."""

import pytest

from discern.figures.map import map_figure
from discern.figures.palette import class_colours
from discern.maps.map import Map
from figures.examples import NAMES, cloud, part, ring, texts_of

LONG_NAMES = [f"{name}, or something like it" for name in NAMES]


def test_a_map_has_its_title_and_names_stand_on_the_clusters_where_they_fit():
    figure = map_figure(ring(), "a row", NAMES)
    assert figure.axes[0].get_title() == "a row"
    assert texts_of(figure.axes[0].texts) == NAMES
    assert figure.legends == []


@pytest.mark.parametrize(
    ("panel", "names"),
    [(cloud(count=200), NAMES), (ring(), LONG_NAMES)],
    ids=["clusters too near", "names too long"],
)
def test_names_that_would_cover_each_other_stand_below_the_map_with_their_numbers(panel, names):
    crowded = Map(panel.points * (1, 0.1), panel.labels, 0.5)
    without = map_figure(crowded, "a row")
    figure = map_figure(crowded, "a row", names)
    (axes,) = figure.axes
    assert texts_of(axes.texts) == [str(label) for label in range(10)]
    assert {text.get_fontsize() for text in axes.texts} == {10.0}
    assert axes.margins() == without.axes[0].margins()
    (legend,) = figure.legends
    assert texts_of(legend.get_texts()) == [f"{label}  {name}" for label, name in enumerate(names)]
    assert [handle.get_color() for handle in legend.legend_handles] == class_colours(10)
    assert figure.get_figheight() > without.get_figheight()


def test_a_name_that_is_wider_than_the_map_stands_below_it():
    alone = part(ring(), ring().labels == 0)
    figure = map_figure(alone, "a row", ["a name of many words, " * 4, *NAMES[1:]])
    assert texts_of(figure.axes[0].texts) == ["0"]
    assert len(figure.legends) == 1
