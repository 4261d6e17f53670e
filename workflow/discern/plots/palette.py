"""The colour of each class, the same in every figure and on the page."""

from __future__ import annotations

import colorsys

RGB = tuple[float, float, float]

# Found by a seeded search for what survives grey-scale printing and colour-vision deficiencies:
# lightness L* (CIE 1976) in ten equal steps of 5.3 from 32 to 80, which are seen on white and on
# black, and, among such colours, the largest smallest difference (CIEDE2000) of two, for normal
# vision and in the simulations of protanopia, deuteranopia and tritanopia by Machado, Oliveira and
# Fernandes (A physiologically-based model for simulation of color vision deficiency, IEEE TVCG,
# 2009). They stand in an order in which digits that are often confused (4 and 9; 3, 5 and 8; 7 and
# 9; 1 and 7) are at least four steps of lightness apart.
_TEN = (
    *("#dd8178", "#b09afd", "#858301", "#e9c14d", "#ab3dd5"),
    *("#5596a8", "#00725f", "#444777", "#913f26", "#10ceb3"),
)

# Lightness of the hues of more than ten classes, in turn: neighbours on the circle differ in it.
_LIGHTNESS = (0.35, 0.6, 0.45, 0.7)


def class_colours(classes: int) -> list[RGB]:
    """A colour per class, red, green and blue in [0, 1].

    Up to ten classes have the first of ten colours that differ in print without colour and for
    people with colour-vision deficiencies. More have equal steps through hues, of stepped
    lightness.
    """
    if classes <= len(_TEN):
        return [_parsed(colour) for colour in _TEN[:classes]]
    return [
        colorsys.hls_to_rgb(label / classes, _LIGHTNESS[label % len(_LIGHTNESS)], 0.7)
        for label in range(classes)
    ]


def _parsed(colour: str) -> RGB:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
