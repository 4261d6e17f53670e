"""Input files of the report stage: scikit-learn's digits, drawn in one plane or another."""

import csv
import io
import itertools
import json

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from discern.idx import encode
from discern.stages import report
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

ROWS = (PIXELS, COSFACE, SOFTMAX)
# in the order of rows and seeds: pixels, cosface twice, softmax
ACCURACIES = (0.9688, 0.9911, 0.9923, 0.9903)
SPLIT = {"train": {"images": 54000}, "validation": {"images": 6000}}
KINDS = ("map", "distances", "confusions", "curves")

# The data set has 400 images, of which every second one is a query.
_DIGITS = load_digits()
IMAGES = (_DIGITS.images[:400] * 15).astype(np.uint8)
QUERIES = np.arange(1, 400, 2)
LABELS = _DIGITS.target[QUERIES].astype(np.uint8)
_PIXELS = _DIGITS.data[QUERIES]


def points_of(place):
    """The map of the row at that place, (200, 2): principal components or discriminants."""
    if place == 0:
        return PCA(2, random_state=0).fit_transform(_PIXELS)
    found = LinearDiscriminantAnalysis().fit(_PIXELS, LABELS).transform(_PIXELS)
    return found[:, [0, place]]


def predictions_of(place):
    """What is voted in the row at that place: the truth, but for some images of its own."""
    found = LABELS.copy()
    wrong = np.arange(place, len(found), 19)
    found[wrong] = (found[wrong] + 1) % 10
    return found


def colour_of(kind, number):
    """The colour that tells a figure from all others."""
    return (60 * KINDS.index(kind), 25 * number, 128)


def comparisons_of(rows):
    """What the compare stage says: the rows' ranks are their places, and pairs from 0.01 up."""
    interval = {"mean": 0.5, "low": 0.25, "high": 0.75, "interval": "images"}
    labels = [row["label"] for row in rows]
    return {
        "rows": {
            label: {"rank": rank, "measures": {"knn_accuracy": interval}}
            for rank, label in enumerate(labels, start=1)
        },
        "pairs": [
            {"first": first, "second": second, "difference": place / 100, "low": -0.5}
            | {"high": 0.5, "p": 0.01 * place, "adjusted_p": 0.03 * place}
            for place, (first, second) in enumerate(itertools.combinations(labels, 2), start=1)
        ],
    }


def confusions_of(number):
    """Of the training of that number: twenty images a class, some 4 taken for 9 and 7 for 1."""
    found = np.diag(np.full(10, 20))
    found[4, 4], found[4, 9] = 20 - number, number
    found[7, 7], found[7, 1] = 19, 1
    return found.tolist()


class Project:
    """Input files of the report stage, and what it made of them."""

    def __init__(self, folder):
        self.folder = folder
        self.made = folder / "made"

    def write(self, name, content):
        path = self.folder / name
        if isinstance(content, dict):
            content = json.dumps(content).encode()
        path.write_bytes(content)
        return str(path)

    def arrays(self, name, **arrays):
        np.savez(self.folder / name, **arrays)
        return str(self.folder / name)

    def figure(self, kind, number):
        """A figure's picture, in its colour, and its data; their paths."""
        file = io.BytesIO()
        Image.new("RGB", (60, 40), colour_of(kind, number)).save(file, "PNG")
        data = f"kind,number\n{kind},{number}\n".encode()
        return (
            self.write(f"{kind}-{number}.png", file.getvalue()),
            self.write(f"{kind}-{number}.csv", data),
        )

    def prepare(self, rows=ROWS, accuracies=ACCURACIES):
        """Write all inputs; the options by name, for ``run`` to change."""
        waiting = iter(accuracies)
        options = {"measures": [], "selections": [], "points": [], "outcomes": []}
        options |= {f"{kind}-{part}": [] for kind in KINDS for part in ("figures", "data")}
        for place, row in enumerate(rows):
            for seed in row["seeds"]:
                number = len(options["measures"])
                measures = measures_of(next(waiting), row["trained"])
                measures["confusions"] = confusions_of(number)
                name = f"measures-{number}-{seed}.json"
                options["measures"].append(self.write(name, measures))
                is_first = seed == row["seeds"][0]
                for kind in (KINDS if row["trained"] else KINDS[:-1]) if is_first else ():
                    picture, data = self.figure(kind, number)
                    options[f"{kind}-figures"].append(picture)
                    options[f"{kind}-data"].append(data)
                if row["trained"]:
                    reason = {"epoch": 10 + seed, "validation_loss": 0.5}
                    options["selections"].append(self.write(f"reason-{number}.json", reason))
            points = {"map": points_of(place % 4), "labels": LABELS, "kl_divergence": 1.0}
            if row["map"] == "embedding":
                points = {"embeddings": points_of(place % 4).astype(np.float32), "labels": LABELS}
            options["points"].append(self.arrays(f"points-{place}.npz", **points))
            votes = {"labels": LABELS, "predictions": predictions_of(place)}
            options["outcomes"].append(self.arrays(f"outcomes-{place}.npz", **votes))
        picture, data = self.figure("map", 9)
        options["verification-figure"], options["verification-data"] = [picture], [data]
        options["embedded"] = [self.arrays("embedded.npz", indices=QUERIES)]
        options["split-summary"] = [self.write("split.json", SPLIT)]
        options["images"] = [self.write("images-idx3-ubyte", encode(IMAGES))]
        options["comparisons"] = [self.write("comparisons.json", comparisons_of(rows))]
        options["title"] = ["Which loss?"]
        options["queries"] = ["test"]
        options["rows"] = [json.dumps(rows)]
        return options

    def run(self, options):
        made = {"csv": "leaderboard.csv", "markdown": "leaderboard.md", "page": "index.html"}
        argv = [part for name, file in made.items() for part in (f"--{name}", self.made / file)]
        argv += ["--record", self.made / "record.json"]
        for name, values in options.items():
            argv += [f"--{name}", *values]
        return report.main(list(map(str, argv)))

    @property
    def page_file(self):
        return self.made / "index.html"

    @property
    def leaderboard(self):
        with (self.made / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
