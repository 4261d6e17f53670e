"""Each image's contribution to the measures of a training.

Contributions are counted in steps, of which 256 make the smallest power of two that no contribution
of the training exceeds. They are rounded so that their sum is kept: the mean over N images changes
by less than a step divided by N. So a published file, which holds the steps, takes a fifth of the
space and gives exactly the numbers of the original.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from discern.errors import Damaged
from discern.files import read_arrays
from discern.measures.catalogue import MEASURES

_STEPS = 256
# The number of steps of an image that is left out of a mean.
_LEFT_OUT = np.iinfo(np.int16).min


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
    """The outcomes that the measure stage wrote, or those of a publication.

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it holds something else.
    """
    counted = read_counted(path)
    measures = {
        str(name): np.where(steps == _LEFT_OUT, np.nan, steps * unit).astype(np.float32)
        for name, steps, unit in zip(
            counted["names"], counted["steps"], counted["units"], strict=True
        )
    }
    return Outcomes(counted["labels"], counted["predictions"], measures)


def read_counted(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a published file, from such a file or from that of the measure stage.

    These are ``labels`` and ``predictions`` (N,), the ``names`` of M measures, the ``steps`` of
    each image in each, int16 (M, N), and the ``units`` of the steps, float64 (M,).

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it holds something else.
    """
    arrays = read_arrays(path, "labels", "predictions")
    labels, predictions = arrays.pop("labels"), arrays.pop("predictions")
    if predictions.shape != labels.shape:
        raise Damaged(path, f"holds {len(predictions)} predictions for {len(labels)} labels")
    counts = arrays if "steps" in arrays else _counts(path, arrays, labels.shape)
    _check_counts(path, counts, len(labels))
    return {"labels": labels, "predictions": predictions, **counts}


def in_steps(values: np.ndarray) -> tuple[np.ndarray, float]:
    """Values (N,) in steps, int16 (N,), and the size of a step.

    The sum of the first n steps is the rounded sum of the first n values, for each n.
    """
    is_left_out = np.isnan(values)
    known = np.where(is_left_out, 0.0, values.astype(np.float64))
    mantissa, exponent = math.frexp(float(np.abs(known).max()) or 1.0)
    unit = 2.0 ** (exponent - (mantissa == 0.5)) / _STEPS
    steps = np.diff(np.rint(np.cumsum(known) / unit), prepend=0.0)
    return np.where(is_left_out, _LEFT_OUT, steps).astype(np.int16), unit


def rounding_of_mean(values: np.ndarray) -> float:
    """The most by which counting in steps can have changed the mean of ``values`` (N,)."""
    return float(np.nanmax(np.abs(values)) / _STEPS / np.count_nonzero(~np.isnan(values)))


def _counts(
    path: Path, arrays: Mapping[str, np.ndarray], shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """The counts of the outcomes that the measure stage wrote, float32 of this ``shape``."""
    for name, values in arrays.items():
        if values.shape != shape or values.dtype != np.float32:
            is_of = f"{values.dtype} {values.shape} and not float32 {shape} as the labels"
            raise Damaged(path, f"holds {name} that is {is_of}")
        if np.isinf(values).any() or np.isnan(values).all():
            raise Damaged(path, f"holds {name} that is infinite for some image, or NaN for all")
    names = [measure.name for measure in MEASURES if measure.name in arrays]
    names += sorted(arrays.keys() - set(names))
    counted = [in_steps(arrays[name]) for name in names]
    return {
        "names": np.array(names, dtype=str),
        "steps": np.array([steps for steps, _ in counted], np.int16).reshape(len(names), *shape),
        "units": np.array([unit for _, unit in counted], np.float64),
    }


def _check_counts(path: Path, counts: Mapping[str, np.ndarray], images: int) -> None:
    """Raise :class:`Damaged` if ``counts`` are not those of the project's measures."""
    if counts.keys() != {"names", "steps", "units"}:
        raise Damaged(path, f"holds {', '.join(sorted(counts))} and not names, steps and units")
    names, steps, units = (counts[each] for each in ("names", "steps", "units"))
    if steps.shape != (len(names), images) or steps.dtype != np.int16 or len(units) != len(names):
        raise Damaged(path, f"holds steps {steps.dtype} {steps.shape} for {images} images")
    unknown = {str(name) for name in names} - {measure.name for measure in MEASURES}
    if unknown:
        raise Damaged(path, f"holds {min(unknown)}, which is no measure")
