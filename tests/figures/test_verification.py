"""The verification curves of a row stand out in its panel."""

from pathlib import Path

import numpy as np
import pytest

from discern.errors import Damaged
from discern.figures.verification import curve_in, verification_figure
from figures.examples import CURVE


def test_each_row_is_dark_in_its_own_panel_before_all_others():
    low, lower = CURVE * (1, 0.5), CURVE * (1, 0.4)
    figure = verification_figure({"low": [low, lower], "high": [CURVE]})
    assert [axes.get_title() for axes in figure.axes] == ["low", "high"]
    for axes, runs in zip(figure.axes, ([low, lower], [CURVE]), strict=True):
        assert axes.get_xscale() == "log"
        lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
        assert len(lines) == 3 + len(runs)  # bounds that accept none have no place on the axis
        dark = [line.get_xydata() for line in lines if line.get_color() == lines[-1].get_color()]
        for line, run in zip(dark, runs, strict=True):
            np.testing.assert_array_equal(line, run[1:])
    assert figure.get_supxlabel() == "false acceptance rate"
    assert figure.get_supylabel() == "true acceptance rate"


@pytest.mark.parametrize(("rate", "start"), [(0.001, 0.001), (1e-9, 1e-6)])
def test_the_axis_starts_at_the_strictest_rate_but_not_below_a_millionth(rate, start):
    figure = verification_figure({"a row": [np.array([[rate, 0.5], [1, 1]])], "loose": [CURVE[2:]]})
    assert [axes.get_xlim() for axes in figure.axes] == [(start, 1)] * 2


def test_the_curve_of_a_measure_file_is_read_as_it_is():
    measures = {"verification": {"curve": CURVE.tolist()}}
    np.testing.assert_array_equal(curve_in(measures, Path()), CURVE)


@pytest.mark.parametrize(
    "curve", [None, [], [1, 2], [[1, 2, 3]], [[0, 0.5]], [["low", 1]], [[1, 1], [1]]]
)
def test_measures_without_a_curve_are_damaged(curve):
    for measures in ({"verification": {"curve": curve}}, {"verification": curve}, {}):
        with pytest.raises(Damaged, match=r"0\.json holds no verification curve; delete it"):
            curve_in(measures, Path("0.json"))
