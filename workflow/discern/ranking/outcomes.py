"""Each image's contribution to the measures of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from discern.errors import Damaged
from discern.files import read_arrays
from discern.measures.catalogue import MEASURES


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of a training for N images.

    Attributes:
        labels: the images' classes (N,).
        predictions: the classes that the nearest neighbours predict (N,).
        measures: by the name of a measure that is a mean over images, what each image contributes,
            float32 (N,); NaN for an image that is left out of the mean.
    """

    labels: np.ndarray
    predictions: np.ndarray
    measures: Mapping[str, np.ndarray]


def read_outcomes(path: Path) -> Outcomes:
    """The outcomes that the measure stage wrote.

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it holds something else.
    """
    arrays = read_arrays(path, "labels", "predictions")
    labels, predictions = arrays["labels"], arrays["predictions"]
    if predictions.shape != labels.shape:
        raise Damaged(path, f"holds {len(predictions)} predictions for {len(labels)} labels")
    names = [measure.name for measure in MEASURES if measure.name in arrays]
    unknown = arrays.keys() - {"labels", "predictions", *names}
    if unknown:
        raise Damaged(path, f"holds {min(unknown)}, which is no measure")
    for name in names:
        values = arrays[name]
        if values.shape != labels.shape or values.dtype != np.float32:
            is_of = f"{values.dtype} {values.shape} and not float32 {labels.shape} as the labels"
            raise Damaged(path, f"holds {name} that is {is_of}")
        if np.isinf(values).any() or np.isnan(values).all():
            raise Damaged(path, f"holds {name} that is infinite for some image, or NaN for all")
    return Outcomes(labels, predictions, {name: arrays[name] for name in names})
