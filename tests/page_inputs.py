"""The files of a small version that the page shows: scikit-learn's digits, drawn in planes."""

import csv
import functools
import io
import itertools

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from discern.data.idx import encode
from discern.page.page import Page
from discern.ranking.comparisons import (
    Comparisons,
    Estimate,
    Evidence,
    Pair,
    read_comparisons,
    write_comparisons,
)
from discern.ranking.leaderboard import read_lines
from discern.results import Version
from discern.training.history import COLUMNS, History
from plain_files import write_arrays, write_bytes, write_json
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

ROWS = (PIXELS, COSFACE, SOFTMAX)
# in the order of rows and seeds: pixels, cosface twice, softmax
ACCURACIES = (0.9688, 0.9911, 0.9923, 0.9903)
# the places among ROWS in the leaderboard's order, which the page's maps and sections follow
PLACES = (1, 2, 0)
RANKED = tuple(ROWS[place] for place in PLACES)
# What a page says of a version that its files do not.
TOLD = {"title": "Which loss?", "queries": "test", "data_set": "Digits"}
TOLD |= {"epochs": 40, "patience": 20}
KINDS = ("map", "distances", "confusions", "curves")

# The data set has 400 images, of which every second one is a query.
_DIGITS = load_digits()
IMAGES = (_DIGITS.images[:400] * 15).astype(np.uint8)
ALL_LABELS = _DIGITS.target[:400].astype(np.uint8)
QUERIES = np.arange(1, 400, 2)
LABELS = _DIGITS.target[QUERIES].astype(np.int16)
_PIXELS = _DIGITS.data[QUERIES]


@functools.cache
def points_of(place):
    """The map of the row at that place, (200, 2): principal components or discriminants."""
    if place == 0:
        return PCA(2, random_state=0).fit_transform(_PIXELS)
    discriminants = LinearDiscriminantAnalysis().fit(_PIXELS, LABELS).transform(_PIXELS)
    return discriminants[:, [0, place]]


def predictions_of(place):
    """What is predicted in the row at that place: the truth, but for some images of its own."""
    votes = LABELS.copy()
    wrong = np.arange(place, len(votes), 19)
    votes[wrong] = (votes[wrong] + 1) % 10
    return votes


def silhouettes_of(place):
    """The silhouettes in the row at that place, float32: from −1 to 1 in the images' order."""
    return np.roll(np.linspace(-1, 1, len(LABELS), dtype=np.float32), place)


def colour_of(kind, number):
    """The colour that tells a figure from all others."""
    return (60 * KINDS.index(kind), 25 * number, 128)


def comparisons_of(rows):
    """The same intervals for each row, and differences from 0.01 up with ever larger p values."""
    estimates = {"knn_accuracy": Estimate(0.5, 0.01, (0.25, 0.75), (0.2, 0.8))}
    estimates["intra_class_variance"] = Estimate(0.1, 0.1, (-0.1, 0.3))
    labels = [row.label for row in rows]
    pairs = []
    for place, (first, second) in enumerate(itertools.combinations(labels, 2), start=1):
        evidence = Evidence(-0.5, 0.5, 0.01 * place, 0.03 * place)
        pairs.append(Pair(first, second, 2, place / 100, evidence, evidence))
    rows_by_label = dict.fromkeys(labels, estimates)
    return Comparisons("knn_accuracy", True, rows_by_label, {"knn_accuracy": pairs})


def confusions_of(number):
    """Of the training of that number: twenty images a class, some 4 taken for 9 and 7 for 1."""
    confusions = np.diag(np.full(10, 20))
    confusions[4, 4], confusions[4, 9] = 20 - number, number
    confusions[7, 7], confusions[7, 1] = 19, 1
    return confusions.tolist()


def history_to(end):
    """A history of so many epochs, whose classes are as far apart as the epoch's number."""
    epochs = [
        dict(zip(COLUMNS, (n, 1.0, 1.0, n, 0.001, 1.0), strict=True)) for n in range(1, end + 1)
    ]
    return History(epochs).as_csv()


def write_figure(picture, data, kind, number):
    """A figure in its colour, and its data."""
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour_of(kind, number)).save(file, "PNG", dpi=(300, 300))
    write_bytes(picture, file.getvalue())
    write_bytes(data, f"kind,number\n{kind},{number}\n".encode())


def write_version(folder, rows=ROWS, accuracies=ACCURACIES):
    """A version with all that the page of ``rows`` shows; trainings are numbered through."""
    version, numbers = Version(folder), itertools.count()
    waiting = iter(accuracies)
    for place, row in enumerate(rows):
        for seed in row.seeds:
            number = next(numbers)
            measures = measures_of(next(waiting), row.trained)
            measures["confusions"] = confusions_of(number)
            write_json(version.measures(row.label, seed), measures)
            if row.trained:
                write_json(version.selection(row.label, seed), {"epoch": 10 + seed})
                write_bytes(version.history(row.label, seed), history_to(10 + seed).encode())
            if seed == row.seeds[0]:
                write_first(version, row, place, number)
    for number, kind in enumerate(("separation", "verification")):
        write_figure(version.sheet(kind, "png"), version.sheet(kind, "csv"), "map", 8 + number)
    write_json(version.split_summary, {"train": {"images": 54000}, "validation": {"images": 6000}})
    write_json(version.original_labels, list(range(10)))
    write_bytes(version.idx("test_images"), encode(IMAGES))
    write_evaluated(version, ALL_LABELS, QUERIES)
    write_comparisons(version.comparisons, comparisons_of(rows))
    return version


def write_evaluated(version, labels, evaluated):
    """A data set's ``labels``, of test and training images, and the images that are evaluated."""
    for file in ("test_labels", "train_labels"):
        write_bytes(version.idx(file), encode(labels))
    write_arrays(version.split, dict.fromkeys(("test", "validation"), evaluated))


def write_first(version, row, place, number):
    """What the page shows of a row's first seed alone."""
    label, seed = row.label, row.seeds[0]
    points = points_of(place % 4)
    if row.map == "tsne":
        arrays = {"map": points, "labels": LABELS, "kl_divergence": np.array(1.0)}
        write_arrays(version.map(label, seed), arrays)
    embedded = {"embeddings": points.astype(np.float32), "labels": LABELS, "indices": QUERIES}
    write_arrays(version.embeddings(label, seed, "test"), embedded)
    votes = predictions_of(place)
    outcomes = {"labels": LABELS, "predictions": votes}
    outcomes["knn_accuracy"] = (votes == LABELS).astype(np.float32)
    outcomes["silhouette"] = silhouettes_of(place)
    write_arrays(version.outcomes(label, seed), outcomes)
    for kind in KINDS if row.trained else KINDS[:-1]:
        files = (version.figure(label, seed, kind, ending) for ending in ("png", "csv"))
        write_figure(*files, kind, number)


def write_crowd(version, rows, images):
    """Maps of so many images of ten classes, in place of those of a written version."""
    random = np.random.default_rng(0)
    labels = np.arange(images, dtype=np.int16) % 10
    write_evaluated(version, labels, np.arange(images))
    for row in rows:
        label, seed = row.label, row.seeds[0]
        points = random.normal(size=(images, 2))
        arrays = {"map": points, "labels": labels, "kl_divergence": np.array(1.0)}
        write_arrays(version.map(label, seed), arrays)
        embedded = {"embeddings": points.astype(np.float32), "labels": labels}
        write_arrays(version.embeddings(label, seed, "test"), embedded)
        write_arrays(version.outcomes(label, seed), {"labels": labels, "predictions": labels})


def page_of(version, rows=ROWS, **options):
    """The page of ``rows``, HTML."""
    options = TOLD | options
    options = {"images": version.idx("test_images")} | options
    options.setdefault("comparisons", read_comparisons(version))
    if "lines" not in options:
        options["lines"] = read_lines(version, rows, options["comparisons"])
    return Page(version=version, **options).render()


def read_csv(path):
    """The lines of a CSV file, each a dictionary."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
