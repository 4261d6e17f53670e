"""A mean is drawn in its measure's unit, with bars as long as its interval."""

import pytest

from discern.figures.mean import Mean, axis_label
from discern.measures.catalogue import named

PERCENT, RATIO = named("map_at_r"), named("variance_ratio")


def test_a_fraction_is_drawn_in_per_cent_and_a_ratio_as_it_is():
    mean = Mean(0.5, (0.25, 0.625))
    assert (mean.shown(PERCENT), mean.bars(PERCENT)) == (50, ([25], [12.5]))
    assert (mean.shown(RATIO), mean.bars(RATIO)) == (0.5, ([0.25], [0.125]))


def test_a_mean_without_an_interval_has_no_bars():
    assert Mean(0.5).bars(PERCENT) == ([0], [0])


@pytest.mark.parametrize(("measure", "label"), [(PERCENT, "MAP@R (%)"), (RATIO, "variance ratio")])
def test_an_axis_says_its_unit(measure, label):
    assert axis_label(measure) == label
