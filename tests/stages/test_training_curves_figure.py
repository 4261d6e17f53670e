"""The drawn curves of one training are those of its history."""

from __future__ import annotations

import pytest

from figure_inputs import draw


@pytest.mark.usefixtures("drawable")
def test_the_curves_are_those_of_the_history_and_so_are_their_data(job):
    (losses, _), data = draw(job("training_curves_figure", title="Row, seed 0"))
    assert losses.get_title() == "Row, seed 0"
    lines = [list(line.get_ydata()) for line in losses.get_lines()[:3]]
    assert lines == [[0.9, 0.7, 0.4], [0.8, 0.5, 0.6], [0.5]]
    assert [tuple(line.values()) for line in data] == [
        (1, 0.9, 0.8, 0.001, 0),
        (2, 0.7, 0.5, 0.001, 1),
        (3, 0.4, 0.6, 0.001, 0),
    ]
