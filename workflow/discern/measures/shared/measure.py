"""The description of a measure, readable without NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Basis = Literal["own_distance", "native", "l2_normalised", "classifier", "novelty", "map"]
"""The data that a measure is computed from.

``own_distance``: the embeddings with the distance that the row's loss optimises. ``native`` and
``l2_normalised``: native and L2-normalised embeddings, in every row. ``classifier``: the
predictions and weights of the loss's classifier. ``novelty``: the embeddings of trained classes
beside those of unseen ones. ``map``: the map of the embeddings.
"""

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measure:
    """The description of a measure.

    Attributes:
        name: the column's name in the CSV file.
        title: its name in tables and figures.
        definition: definition, range and source in one line.
        basis: the data that it is computed from.
        key: the keys of its value in the values of its family; ``(name,)`` by default.
        percent: whether it is a fraction that tables show in per cent.
        better: whether higher or lower values are better; None if it does not rate the loss.
        per_image: whether the contribution of each image is kept; the measure is their mean, and
            tables show it with an interval over images.
        headline: whether short tables show it.
        place: its position among all columns, the lowest first; by default it comes last.
    """

    name: str
    title: str
    definition: str
    basis: Basis = "own_distance"
    key: tuple[str, ...] = ()
    percent: bool = False
    better: Better | None = None
    per_image: bool = False
    headline: bool = False
    place: int = 1000

    @property
    def path(self) -> tuple[str, ...]:
        """The keys of its value in a measure file."""
        section = (self.basis,) if self.basis in ("native", "l2_normalised", "map") else ()
        return section + (self.key or (self.name,))

    def lookup(self, measures: Mapping[str, Any]) -> Any:
        """The entry of ``measures`` at its path, None if the measure is undefined for the row.

        Raises :class:`KeyError` or :class:`TypeError` if the entry is missing.
        """
        entry: Any = measures
        for key in self.path:
            if entry is None:
                break
            entry = entry[key]
        return entry

    def value(self, measures: Mapping[str, Any]) -> float | None:
        """The measure's value, None if it is undefined for the row."""
        entry = self.lookup(measures)
        return None if entry is None else float(entry)

    def shown(
        self,
        value: float | None,
        interval: tuple[float, float] | None = None,
        over: str | None = "images",
    ) -> str:
        """The value as tables show it, with its interval if given.

        An interval over images is shown as [low, high], one over ``"seeds"``, which is symmetric,
        as ±.
        """
        if value is None:
            return "–"
        factor, digits, unit = (100, 2, " %") if self.percent else (1, 3, "")
        text = f"{factor * value:.{digits}f}"
        if interval:
            low, high = (factor * end for end in interval)
            if over == "seeds":
                text += f" ± {(high - low) / 2:.{digits}f}"
            else:
                text += f" [{low:.{digits}f}, {high:.{digits}f}]"
        return text + unit


def in_each_space(measure: Measure) -> tuple[Measure, Measure, Measure]:
    """``measure`` in cosine distance in every row, in the row's own distance, and in Euclidean.

    The first keeps the name, because rows can be compared only with one yardstick. The others have
    the prefixes ``own_`` and ``native_`` and follow in tables from places 300 and 500 on. If each
    image's contribution is kept, it is kept for the first two.
    """
    key = measure.key or (measure.name,)
    common = replace(measure, basis="l2_normalised", key=key)
    own = replace(
        common,
        name=f"own_{measure.name}",
        title=f"{measure.title}, own distance",
        definition=f"{measure.title} in the distance that the row's loss optimises",
        basis="own_distance",
        headline=False,
        place=300 + measure.place,
    )
    native = replace(
        own,
        name=f"native_{measure.name}",
        title=f"{measure.title}, Euclidean distance",
        definition=f"{measure.title} in the Euclidean distance of native embeddings",
        basis="native",
        per_image=False,
        place=500 + measure.place,
    )
    return common, own, native
