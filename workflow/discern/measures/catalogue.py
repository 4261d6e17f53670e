"""All measures, read without importing the modules that compute them.

Every file beside this one is a family: ``measures`` describes its measures, and its function
``compute`` computes them.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from discern.declarations import declared
from discern.errors import Damaged
from discern.files import read_json
from discern.measures.shared import measure as vocabulary
from discern.measures.shared.measure import Measure

_FOLDER = Path(__file__).parent

# The order of the families in a measure file; families not listed here come last.
_ORDER = (
    "nearest_neighbours",
    "nearest_mean",
    "linear_probe",
    "retrieval",
    "silhouette",
    "variance",
    "class_distance",
    "separation",
    "effective_rank",
    "clustering",
    "neural_collapse",
    "verification",
    "hypersphere",
    "threshold_consistency",
    "classifier",
    "classifier_collapse",
    "novelty",
    "map_quality",
)


@cache
def families() -> dict[str, tuple[Measure, ...]]:
    """The measures of each family by the name of its file, in the order of a measure file."""
    known = declared(_FOLDER, "measures", vocabulary, tuple)
    names = [name for name in _ORDER if name in known]
    return {name: known[name] for name in names + sorted(known.keys() - set(_ORDER))}


def modules() -> list[str]:
    """The modules of all families, whose names are computed when they are imported."""
    return [f"discern.measures.{name}" for name in families()]


MEASURES: tuple[Measure, ...] = tuple(
    sorted(chain(*families().values()), key=lambda measure: measure.place)
)
"""All measures in the order of tables.

First those with each row's own distance, then those in one space for all rows, then those of the
map.
"""

HEADLINES = tuple(measure for measure in MEASURES if measure.headline)
"""The measures of short tables."""

_BY_NAME = {measure.name: measure for measure in MEASURES}

ORDERING = tuple(
    measure.name
    for measure in MEASURES
    if measure.per_image and measure.better and measure.basis in ("own_distance", "l2_normalised")
)
"""The names of the measures that can order the rows: every row has them, image by image."""


def named(name: str) -> Measure:
    """The measure with that name; :class:`KeyError` if there is none."""
    return _BY_NAME[name]


def compared_in(headline: Measure) -> list[Measure]:
    """The measures in which all pairs of rows are tested: the headline and the short tables'."""
    return [
        measure
        for measure in MEASURES
        if (measure in HEADLINES and measure.per_image) or measure is headline
    ]


def read_measures(path: Path) -> dict[str, Any]:
    """The content of a measure file, with the value of every measure.

    Raises :class:`Damaged` when a value is missing or not a number.
    """
    measures: dict[str, Any] = read_json(path)
    try:
        for measure in MEASURES:
            measure.value(measures)
        for name in ("neighbours", "images"):
            int(measures[name])
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(path, f"does not hold all measures ({error})") from None
    return measures
