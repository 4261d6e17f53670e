"""The drawn confusion matrix is that of the measures."""

from __future__ import annotations

import pytest

from figure_inputs import draw


@pytest.mark.usefixtures("drawable")
def test_the_confusions_are_those_of_the_measures(job):
    (axes, _), data = draw(job("confusions_figure", class_names=tuple("abcdefghij")))
    assert axes.get_title() == "A row: 8 of 128 wrong"
    assert "7 nearest" in axes.get_xlabel()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert [tuple(line.values()) for line in data] == [
        ("a", "a", 30),
        ("a", "b", 2),
        ("a", "c", 0),
        ("b", "a", 0),
        ("b", "b", 40),
        ("b", "c", 5),
        ("c", "a", 1),
        ("c", "b", 0),
        ("c", "c", 50),
    ]
    assert list(data[0]) == ["true_class", "predicted_class", "images"]
