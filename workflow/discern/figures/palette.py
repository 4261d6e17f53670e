"""The colour of each class, the same in every figure and on the page."""

from __future__ import annotations

import colorsys

RGB = tuple[float, float, float]

# The result of a seeded search for colours that survive greyscale printing and colour-vision
# deficiencies. Lightness L* (CIE 1976) rises in ten equal steps of 5.3 from 32 to 80, a range that
# is visible on white and on black. Among such colours, these maximise the smallest difference
# (CIEDE2000) of two, for normal vision and for simulated protanopia, deuteranopia and tritanopia
# (Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision
# deficiency, IEEE TVCG, 2009). The order puts digits that are often confused (4 and 9; 3, 5 and 8;
# 7 and 9; 1 and 7) at least four steps of lightness apart.
_TEN = (
    "#dd8178",
    "#b09afd",
    "#858301",
    "#e9c14d",
    "#ab3dd5",
    "#5596a8",
    "#00725f",
    "#444777",
    "#913f26",
    "#10ceb3",
)

# Lightness of the hues for more than ten classes, in turn, so that it differs between neighbours.
_LIGHTNESS = (0.35, 0.6, 0.45, 0.7)


def class_colours(classes: int) -> list[RGB]:
    """A colour per class, red, green and blue in [0, 1].

    Up to ten classes take the first of ten colours, which differ in greyscale print and for people
    with colour-vision deficiencies. More classes take equally spaced hues, in four lightnesses.
    """
    if classes <= len(_TEN):
        return [_parsed(colour) for colour in _TEN[:classes]]
    return [
        colorsys.hls_to_rgb(label / classes, _LIGHTNESS[label % len(_LIGHTNESS)], 0.7)
        for label in range(classes)
    ]


def hex_colour(colour: RGB) -> str:
    """A colour in CSS notation, such as ``#dd8178``."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


def _parsed(colour: str) -> RGB:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
