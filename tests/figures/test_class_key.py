"""The key has each class's number, name and colour, and the figure grows by its lines."""

import pytest
from matplotlib.figure import Figure

from discern.figures.class_key import add_class_key
from discern.figures.palette import class_colours

NAMES = ["zero", "one", "two", "three", "four"]


@pytest.mark.parametrize(("columns", "lines"), [(5, 1), (2, 3)])
def test_a_key_names_every_class_in_its_colour_below_the_panels(columns, lines):
    figure = Figure(figsize=(3, 2), layout="constrained")
    add_class_key(figure, NAMES, columns)
    [key] = figure.legends
    assert [text.get_text() for text in key.get_texts()] == [
        f"{label}  {name}" for label, name in enumerate(NAMES)
    ]
    assert [handle.get_color() for handle in key.legend_handles] == class_colours(5)
    assert figure.get_figheight() == pytest.approx(2.1 + 0.16 * lines)
