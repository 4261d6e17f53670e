"""A measure leads to its value and says how it is shown."""

import pytest

from discern.measures.shared.measure import Measure, in_each_space

PART = Measure("part", "a part", "0 to 1", percent=True)
NUMBER = Measure("number", "a number", "from 0")


@pytest.mark.parametrize(
    ("basis", "key", "path"),
    [
        ("own_distance", (), ("m",)),
        ("own_distance", ("a", "b"), ("a", "b")),
        ("classifier", (), ("m",)),
        ("novelty", (), ("m",)),
        ("native", (), ("native", "m")),
        ("l2_normalised", ("a",), ("l2_normalised", "a")),
        ("map", ("a", "b"), ("map", "a", "b")),
    ],
)
def test_the_path_leads_through_the_section_of_the_basis_to_the_key(basis, key, path):
    measure = Measure("m", "", "", basis=basis, key=key)
    assert measure.path == path
    measures = 3
    for part in reversed(path):
        measures = {part: measures}
    assert measure.value(measures) == 3.0
    assert isinstance(measure.value(measures), float)


@pytest.mark.parametrize(
    ("measure", "value", "shown"),
    [
        (PART, 0.98765, "98.77 %"),
        (PART, 1.0, "100.00 %"),
        (PART, 0.0, "0.00 %"),
        (NUMBER, -0.25, "-0.250"),
        (NUMBER, 12.34567, "12.346"),
        (NUMBER, 0.0, "0.000"),
        (PART, None, "–"),
        (NUMBER, None, "–"),
    ],
)
def test_parts_of_a_whole_are_shown_in_per_cent_and_others_with_three_digits(measure, value, shown):
    assert measure.shown(value) == shown


@pytest.mark.parametrize(
    ("measure", "value", "interval", "over", "shown"),
    [
        (PART, 0.98765, (0.98665, 0.98865), "seeds", "98.77 ± 0.10 %"),
        # one over images may be symmetric by coincidence
        (PART, 0.98765, (0.98665, 0.98865), "images", "98.77 [98.67, 98.87] %"),
        (PART, 0.98765, (0.985, 0.98901), "images", "98.77 [98.50, 98.90] %"),
        (NUMBER, 0.5, (0.25, 0.75), "seeds", "0.500 ± 0.250"),
        (NUMBER, -0.5, (-0.6, -0.45), "images", "-0.500 [-0.600, -0.450]"),
        (PART, 1.0, (1.0, 1.0), "seeds", "100.00 ± 0.00 %"),
        (PART, None, None, None, "–"),
    ],
)
def test_an_interval_over_seeds_is_shown_by_its_half_width_and_another_by_its_ends(
    measure, value, interval, over, shown
):
    assert measure.shown(value, interval, over) == shown


@pytest.mark.parametrize("per_image", [True, False])
def test_a_measure_in_each_space_keeps_what_images_contribute_where_rows_are_compared(per_image):
    settings = {"percent": True, "per_image": per_image, "headline": True, "place": 7}
    measure = Measure("m", "M", "0 to 1", **settings)
    common, own, native = in_each_space(measure)
    assert (common.name, common.title, common.path) == ("m", "M", ("l2_normalised", "m"))
    assert (own.name, own.title, own.path) == ("own_m", "M, own distance", ("m",))
    assert (native.name, native.path) == ("native_m", ("native", "m"))
    assert native.title == "M, Euclidean distance"
    for each in (common, own, native):
        assert (each.percent, each.better) == (measure.percent, measure.better)
        assert each.headline == (each is common)
        assert each.per_image == (per_image and each is not native)
    assert common.place < own.place < native.place
