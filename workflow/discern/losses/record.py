"""What a loss says of itself, readable without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Distance = Literal["euclidean", "cosine"]


@dataclass(frozen=True)
class Parameter:
    """A knob of a loss: its default, its range (both ends included) and its meaning.

    The default's type is the parameter's type; ``choices`` lists the allowed words of a textual
    one. ``minimum`` and ``maximum`` bound a number. ``search`` lists the values that a search for
    good settings tries; without any it keeps the default.
    """

    default: float | int | str
    meaning: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    search: tuple[float | int | str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """The JSON schema of a value of this parameter."""
        schema: dict[str, Any] = {"description": self.meaning, "default": self.default}
        if self.choices:
            return schema | {"enum": list(self.choices)}
        schema["type"] = "integer" if isinstance(self.default, int) else "number"
        if self.minimum is not None:
            schema["minimum"] = self.minimum
        if self.maximum is not None:
            schema["maximum"] = self.maximum
        return schema


@dataclass(frozen=True)
class LossRecord:
    """A loss in words.

    Attributes:
        title: the row's name in figures and tables.
        formula: LaTeX, without delimiters; empty for the baseline.
        references: author, title, venue or arXiv number of each paper.
        distance: the distance in which its embeddings are meant to be judged; a parameter of the
            name ``distance`` takes precedence.
        grouped: whether it needs mini-batches of K samples of each of P classes.
        classifies: whether it trains a classifier of its own.
        trained: whether there is anything to train at all.
        parameters: its knobs by name.
    """

    title: str
    formula: str
    references: tuple[str, ...]
    distance: Distance
    grouped: bool
    classifies: bool
    parameters: dict[str, Parameter]
    trained: bool = True

    def __post_init__(self) -> None:
        taken = {"loss", "learning_rate"} & set(self.parameters)
        if taken:
            raise ValueError(f"{self.title}: every row has a key {taken.pop()} already; rename it")

    def complete(self, given: dict[str, Any]) -> dict[str, Any]:
        """``given`` with the defaults of all other parameters, in the record's order."""
        return {name: given.get(name, knob.default) for name, knob in self.parameters.items()}

    def judged_in(self, parameters: dict[str, Any]) -> Distance:
        """The distance in which embeddings trained with ``parameters`` are to be judged."""
        distance: Distance = parameters.get("distance", self.distance)
        return distance


# Knobs that several losses share.
CLASSIFIER_DROPOUT = Parameter(
    0.5,
    "fraction of the embedding dropped before the classifier",
    minimum=0.0,
    maximum=0.99,
    search=(0.0, 0.25, 0.5, 0.75),
)
TRIPLET_MARGIN = Parameter(
    0.2,
    "α, by how much farther a negative must be than a positive, squared",
    minimum=0.0,
    search=(0.0, 0.1, 0.2, 0.5, 1.0),
)
ANGULAR_MARGIN = Parameter(
    4, "m, the integer that multiplies the angle", minimum=1, maximum=8, search=(1, 2, 3, 4)
)


def distance_parameter(default: Distance) -> Parameter:
    """The knob ``distance`` of a loss of pairs or triplets."""
    return Parameter(
        default,
        "euclidean: between embeddings as they are; cosine: between L2-normalised ones",
        choices=("cosine", "euclidean"),
        search=("cosine", "euclidean"),
    )


DISTANCE = distance_parameter("euclidean")  # decided on validation images, see docs/settings.md
