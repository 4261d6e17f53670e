"""The figures: pure functions from arrays to Matplotlib figures, and one way to save them.

All share one style and are drawn at the size in which a journal prints them: one column or two. A
class has the same colour in every figure.
"""

from discern.plots.confusions import confusions_figure
from discern.plots.histories import curves_figure, training_curves_figure
from discern.plots.maps import Map, gallery_figure, map_figure
from discern.plots.pairs import distances_figure, verification_figure
from discern.plots.palette import class_colours
from discern.plots.style import FORMATS, save

__all__ = [
    "FORMATS",
    "Map",
    "class_colours",
    "confusions_figure",
    "curves_figure",
    "distances_figure",
    "gallery_figure",
    "map_figure",
    "save",
    "training_curves_figure",
    "verification_figure",
]
