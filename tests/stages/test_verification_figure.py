"""The verification curves are those in the measures of all trainings."""

from __future__ import annotations

import pytest

from figure_inputs import CURVES, ONE, TWO, draw


@pytest.mark.usefixtures("drawable")
def test_the_seeds_of_a_row_are_in_one_panel_and_the_data_are_the_curves(job):
    panels, data = draw(job("verification_figure", rows=(ONE, TWO)))
    assert [axes.get_title() for axes in panels] == ["One", "Two"]
    assert [tuple(line.values()) for line in data] == [
        *(("One", 1, *point) for point in CURVES[0]),
        *(("Two", 1, *point) for point in CURVES[3]),
        *(("Two", 2, *point) for point in CURVES[7]),
    ]
    assert list(data[0])[2:] == ["false_acceptance_rate", "true_acceptance_rate"]
