"""Which images are misclassified by which rows and seeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence

import numpy as np

from discern.configuration.row import Row
from discern.ranking.outcomes import Outcomes

# A class in the file; the predictions of a row's seeds are joined.
_JOIN = " "


def as_csv(
    rows: Sequence[Row],
    outcomes: Sequence[Sequence[Outcomes]],
    indices: np.ndarray,
    wrong: Collection[int],
) -> str:
    """A line for each image that some training misclassifies, by its nearest neighbours.

    The columns are the image's number, its label, whether people found the label to be wrong, how
    many trainings misclassify it, the only row that is right with each seed if all others are wrong
    with each, and for each row the predictions of its seeds. Where seeds have images of their own,
    there are no lines.

    Args:
        rows: in the order of the columns.
        outcomes: for each row, one per seed, of N images.
        indices: the images' numbers in their data set (N,).
        wrong: the numbers of the images whose label is wrong.
    """
    labels = [row.label for row in rows]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", "label", "label_is_wrong", "mistakes", "only_right", *labels])
    true = outcomes[0][0].labels
    if all(np.array_equal(each.labels, true) for of_row in outcomes for each in of_row):
        predicted = [np.stack([each.predictions for each in of_row]) for of_row in outcomes]
        missed = [each != true for each in predicted]
        for place in np.flatnonzero(np.any([each.any(axis=0) for each in missed], axis=0)):
            cells = [_JOIN.join(map(str, each[:, place])) for each in predicted]
            image, counts = int(indices[place]), [each[:, place] for each in missed]
            about = [image, true[place], "yes" if image in wrong else "no"]
            mistakes = sum(int(each.sum()) for each in counts)
            writer.writerow([*about, mistakes, _only_right(labels, counts), *cells])
    return text.getvalue()


def _only_right(labels: Sequence[str], missed: Sequence[np.ndarray]) -> str:
    """The row that never misses an image that all others always miss; empty if there is none."""
    right = [label for label, each in zip(labels, missed, strict=True) if not each.any()]
    always = sum(bool(each.all()) for each in missed)
    return right[0] if len(right) == 1 and always == len(labels) - 1 else ""
