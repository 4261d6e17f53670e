"""The colours of classes survive grey-scale printing and colour-vision deficiencies."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from discern.figures.palette import class_colours, hex_colour

# Machado, Oliveira and Fernandes, IEEE TVCG, 2009, table 1, severity 1: linear RGB as it is seen.
SEEN_WITH = {
    "normal vision": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# IEC 61966-2-1: linear RGB to XYZ
XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def lab(colour, vision):
    """L*, a* and b* (CIE 1976) of an sRGB colour as it is seen with a ``vision``."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    seen = np.clip(np.array(SEEN_WITH[vision]) @ linear, 0, 1)
    ratios = (np.array(XYZ) @ seen) / (np.array(XYZ) @ np.ones(3))
    x, y, z = (
        r ** (1 / 3) if r > (6 / 29) ** 3 else r / (3 * (6 / 29) ** 2) + 4 / 29 for r in ratios
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def lightness(label):
    return lab(class_colours(10)[label], "normal vision")[0]


def test_ten_classes_differ_in_lightness():
    steps = sorted(lightness(label) for label in range(10))
    assert min(np.diff(steps)) > 5
    assert 30 < steps[0] < steps[-1] < 80  # seen on white and on black


@pytest.mark.parametrize(
    "pair", [(4, 9), (3, 5), (3, 8), (5, 8), (7, 9), (1, 7)], ids="{0[0]} and {0[1]}".format
)
def test_digits_that_are_often_confused_differ_most_in_lightness(pair):
    assert abs(np.subtract(*map(lightness, pair))) > 20


@pytest.mark.parametrize("vision", SEEN_WITH)
def test_ten_classes_differ_for_any_colour_vision(vision):
    seen = [lab(colour, vision) for colour in class_colours(10)]
    nearest = min(np.linalg.norm(one - other) for one, other in combinations(seen, 2))
    assert nearest > 15  # 2.3 is just noticeable side by side


@pytest.mark.parametrize("classes", [1, 2, 9])
def test_a_class_keeps_its_colour_whichever_others_there_are(classes):
    assert class_colours(classes) == class_colours(10)[:classes]


@pytest.mark.parametrize("classes", [2, 10, 11, 26, 62])
def test_no_two_classes_have_colours_that_are_hardly_different(classes):
    colours = class_colours(classes)
    assert len(colours) == classes
    assert all(0 <= part <= 1 for colour in colours for part in colour)
    assert min(max(abs(np.subtract(*pair))) for pair in combinations(colours, 2)) > 0.04


def test_neighbouring_hues_of_many_classes_differ_in_lightness():
    seen = [lab(colour, "normal vision")[0] for colour in class_colours(26)]
    assert min(abs(np.diff(seen))) > 4


@pytest.mark.parametrize("classes", [10, 62])
def test_style_sheets_get_the_same_colours(classes):
    for colour in class_colours(classes):
        assert hex_colour(colour) == to_hex(colour)
