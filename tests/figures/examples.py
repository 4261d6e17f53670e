"""Figures of small data, and what can be seen in a figure."""

import csv
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from discern.figures.confusions import confusions_figure
from discern.figures.contact_sheet import contact_sheet
from discern.figures.curves import curves_figure
from discern.figures.distances import distances_figure
from discern.figures.formats import save
from discern.figures.map import map_figure
from discern.figures.mean import Mean
from discern.figures.pair_distances import PairDistances
from discern.figures.separation import Separation, Variances, separation_figure
from discern.figures.sizes import sizes_figure
from discern.figures.training_curves import training_curves_figure
from discern.figures.transfer import transfer_figure
from discern.figures.tuning import tuning_figure
from discern.figures.verification import Curve, verification_figure
from discern.losses.shared.catalogue import descriptions
from discern.maps.map import Map
from discern.measures.catalogue import named
from discern.training.history import COLUMNS, History

FORMATS = ["png", "svg", "pdf"]
TITLES = [description.title for description in descriptions().values()]
MEAN = Mean(0.5, (0.4, 0.6))
CURVE = Curve(0.1, np.array([[0, 0.9], [0.001, 0.5], [0.1, 0.1], [1, 0]]))
_NAMES = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Boot"
NAMES = _NAMES.split()


def cloud(seed=0, count=60, classes=10):
    """A map of overlapping classes, wider than high; each class has points."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % classes).astype(np.uint8)
    points = random.normal(size=(classes, 2))[labels] * (9, 3) + random.normal(size=(count, 2))
    return Map(points, labels, 0.5)


def ring(classes=10):
    """A map whose classes lie far apart, on a circle."""
    angles = np.arange(classes) * 2 * np.pi / classes
    labels = np.arange(20 * classes) % classes
    scatter = np.random.default_rng(0).normal(size=(len(labels), 2))
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 90
    return Map(centres[labels] + scatter, labels, 0.5)


def part(panel, chosen):
    """The ``chosen`` points of a map."""
    return Map(panel.points[chosen], panel.labels[chosen], panel.kl_divergence)


def history(losses, validation_losses):
    """A training's history with these losses, an epoch each."""
    pairs = enumerate(zip(losses, validation_losses, strict=True), start=1)
    return History(
        [dict(zip(COLUMNS, (n, *pair, 7.5, 0.001, 1.0), strict=True)) for n, pair in pairs]
    )


FALLING = history([3, 2, 1, 0.9], [3.1, 2.2, 1.9, 2.0])


def separation(title, *intra, distances=None):
    """A row whose trainings have those intra-class variances, and the ratios 0.5 to them."""
    variances = [Variances(each, 0.5, 0.5 / each, [each, 2 * each, None]) for each in intra]
    pairs = PairDistances(np.array([0, 0.5, 1, 1.5]), np.array([8, 1, 1]), np.array([0, 10, 30]))
    return Separation(title, distances or pairs, variances)


def one_of_each():
    """A figure of each kind."""
    same, different = np.random.default_rng(0).integers(1, 90, (2, 20))
    distances = PairDistances(np.linspace(0, 2, 21), same, different)
    confused = np.stack([same[:2], different[:2]])
    return {
        "map": map_figure(cloud(), "Large margin ‖x‖ − α"),
        "contact_sheet": contact_sheet([cloud(1), cloud(2)], ["one", "two"]),
        "class_key": contact_sheet([cloud()], ["a row"], NAMES),
        "curves": curves_figure({"one": [FALLING, FALLING], "two": [FALLING]}),
        "distances": distances_figure(distances, "a row"),
        "separation": separation_figure([separation("one", 0.25), separation("two", 0.5)]),
        "confusions": confusions_figure(confused, "a row", 5, ["one", "two"]),
        "sizes": sizes_figure({"one": {10: MEAN, 90: MEAN}}, named("map_at_r")),
        "training_curves": training_curves_figure(FALLING, "a row"),
        "transfer": transfer_figure(
            [("a → b", {"one": (MEAN, MEAN)})], named("variance_ratio"), named("map_at_r")
        ),
        "tuning": tuning_figure({"one": [0.5, 0.6], "two": [0.4]}, named("map_at_r")),
        "verification": verification_figure({"one": [CURVE, CURVE], "two": [CURVE]}),
    }


def sheet(kind, rows):
    """A sheet of that kind with so many rows."""
    titles = [f"{title} ({place})" for place, title in enumerate((TITLES * 2)[:rows])]
    if kind == "contact_sheet":
        return contact_sheet([cloud()] * rows, titles)
    return curves_figure({title: [FALLING] for title in titles})


def save_one_of_each(folder, formats=tuple(FORMATS)):
    """Save a figure of each kind below ``folder``."""
    for name, figure in one_of_each().items():
        for kind in formats:
            save(figure, Path(folder) / f"{name}.{kind}", 60)


def drawn_points(axes):
    """Where and in what colour a map's points are drawn, in that order."""
    (scatter,) = axes.collections
    colours = scatter.get_facecolors()
    assert len(colours) == len(scatter.get_offsets())
    return np.asarray(scatter.get_offsets()), colours[:, :3]


def lines_of(axes):
    """The lines of axes by their label: x and y of each."""
    lines = {}
    for line in axes.get_lines():
        x, y = (np.asarray(values, float).tolist() for values in line.get_data())
        lines.setdefault(line.get_label(), []).append((x, y))
    return lines


def texts_of(parts):
    """The texts of labels, legends' entries and the like."""
    return [text.get_text() for text in parts]


def reading_order(figure):
    """A figure's axes from left to right and from top to bottom."""
    figure.draw_without_rendering()

    def place(axes):
        box = axes.get_position()
        return (-round(box.y1, 2), box.x0)

    return sorted(figure.axes, key=place)


def blank_panels(figure):
    """Whether nothing is drawn in each of a figure's axes and above, in reading order."""
    canvas = FigureCanvasAgg(figure)
    boxes = [axes.bbox.extents.astype(int) for axes in reading_order(figure)]
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())[::-1, :, :3]  # from the bottom up, as boxes are
    panels = [picture[y0 : y1 + 20, x0:x1] for x0, y0, x1, y1 in boxes]
    assert all(panel.size for panel in panels)
    return [bool((panel == 255).all()) for panel in panels]


def read_table(text):
    """CSV as a dictionary per line."""
    return list(csv.DictReader(text.splitlines()))
