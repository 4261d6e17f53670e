"""A version with the inputs of the figures, and functions that read a figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from plain_files import write_arrays, write_bytes, write_json
from samples import COSFACE, measures_of

RANDOM = np.random.default_rng(0)
LABELS = np.repeat(np.arange(10), 4).astype(np.int16)
POINTS = LABELS[:, None] * (1.0, -2.0) + RANDOM.normal(size=(40, 2))
TURNED = POINTS @ [[0.6, 0.8], [0.8, -0.6]] + 7  # and mirrored
EMBEDDINGS = (LABELS[:, None] + RANDOM.normal(size=(40, 5))).astype(np.float32)
CONFUSIONS = [[30, 2, 0], [0, 40, 5], [1, 0, 50]]
CURVES = {
    0: [[0, 0.125], [0.001, 0.5], [0.1, 0.9], [1, 1]],
    3: [[0.01, 1 / 3], [1, 1]],
    7: [[0.02, 0.25], [1, 1]],
}
VARIANCES = {
    seed: {
        "intra_class_variance": intra,
        "inter_class_variance": 0.5,
        "variance_ratio": 0.5 / intra,
        "class_variances": [intra, 2 * intra, None],
    }
    for seed, intra in ((0, 0.25), (3, 0.05), (7, 0.1))
}
LOSSES = {
    0: [(0.9, 0.8), (0.7, 0.5), (0.4, 0.6)],
    3: [(3.0, 4.0)],
    7: [(2.0, 2.5), (1.0, 2.25)],
}


def row(label, title, seeds, **changes):
    """A row of those seeds, trained unless ``changes`` say otherwise."""
    return replace(COSFACE, label=label, title=title, seeds=seeds, **changes)


ONE, TWO = row("a", "One", (0,)), row("b", "Two", (3, 7))


def write_embeddings(version, label, seed, embeddings, part="test"):
    """Embeddings of the embed stage."""
    arrays = {"embeddings": np.float32(embeddings), "labels": LABELS}
    write_arrays(version.embeddings(label, seed, part), arrays)


def write_version(version):
    """The files of the rows :data:`ONE` and :data:`TWO`."""
    write_json(version.original_labels, list(range(10)))
    for label, seed, points in (("a", 0, POINTS), ("b", 3, TURNED), ("b", 7, POINTS)):
        arrays = {"map": points, "labels": LABELS, "kl_divergence": np.array(0.5)}
        write_arrays(version.map(label, seed), arrays)
        write_embeddings(version, label, seed, EMBEDDINGS)
        lines = ["epoch,loss,validation_loss,between_classes,learning_rate,seconds\n"]
        for epoch, (training, validation) in enumerate(LOSSES[seed], start=1):
            lines.append(f"{epoch},{training},{validation},7.5,0.001,2.0\n")
        write_bytes(version.history(label, seed), "".join(lines).encode())
        measures = measures_of(0.9) | {"neighbours": 7, "confusions": CONFUSIONS}
        verification = {"curve": CURVES[seed], "equal_error_rate": 0.1}
        measures["l2_normalised"] |= VARIANCES[seed] | {"verification": verification}
        write_json(version.measures(label, seed), measures)


def draw(job):
    """The axes of what a job draws, and its data as a dictionary per line."""
    figure, (header, rows) = job.draw()
    return figure.axes, [dict(zip(header, line, strict=True)) for line in rows]
