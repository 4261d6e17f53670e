"""The description of a loss, readable without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from discern.distance import Distance


@dataclass(frozen=True)
class Parameter:
    """A parameter of a loss: its default, its range (both ends included) and its meaning.

    A parameter has the type of its default. ``choices`` lists the allowed values of a string,
    ``minimum`` and ``maximum`` bound a number. ``search`` lists the values that a hyperparameter
    search tries; if it is empty, the search keeps the default.
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
class LossDescription:
    """The description of a loss.

    Attributes:
        title: the row's name in figures and tables.
        formula: LaTeX, without delimiters; empty for the baseline.
        references: author, title, venue or arXiv number of each paper.
        distance: the distance that it optimises, with which its embeddings are evaluated; a
            parameter called ``distance`` takes precedence.
        grouped: whether it needs mini-batches of P classes with K samples each.
        classifies: whether it trains a classifier.
        trained: whether there is anything to train; False for the baseline.
        parameters: its parameters by name.
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
        taken = {"loss", "title", "learning_rate", "network", "embeddings"} & set(self.parameters)
        if taken:
            raise ValueError(f"{self.title}: every row has a key {taken.pop()} already; rename it")

    def complete(self, given: dict[str, Any]) -> dict[str, Any]:
        """``given`` with the defaults of all other parameters, in the description's order."""
        return {name: given.get(name, knob.default) for name, knob in self.parameters.items()}

    def distance_with(self, parameters: dict[str, Any]) -> Distance:
        """The distance with which embeddings trained with ``parameters`` are evaluated."""
        distance: Distance = parameters.get("distance", self.distance)
        return distance


# Parameters that several losses share.
CLASSIFIER_DROPOUT = Parameter(
    0.5,
    "fraction of the embedding dropped before the classifier",
    minimum=0.0,
    maximum=0.99,
    search=(0.0, 0.25, 0.5, 0.75),
)
# For losses that are published without dropout.
NO_CLASSIFIER_DROPOUT = replace(CLASSIFIER_DROPOUT, default=0.0, search=())
TRIPLET_MARGIN = Parameter(
    0.2,
    "α, by how much a negative's squared distance is to exceed a positive's",
    minimum=0.0,
    search=(0.0, 0.1, 0.2, 0.5, 1.0),
)
RADIUS = Parameter(
    64.0,
    "s, the radius of the sphere that the features lie on (the paper's)",
    minimum=0.01,
    search=(5.0, 10.0, 20.0, 40.0, 64.0),
)
ADDED_ANGLE = Parameter(
    0.5,
    "m, added to the angle to the own class, in radians (the paper's)",
    minimum=0.0,
    maximum=1.5,
    search=(0.0, 0.1, 0.2, 0.35, 0.5),
)
ANGULAR_MARGIN = Parameter(
    4, "m, the integer that multiplies the angle", minimum=1, maximum=8, search=(1, 2, 3, 4)
)


def distance_parameter(default: Distance) -> Parameter:
    """The parameter ``distance`` of a loss of pairs or triplets."""
    return Parameter(
        default,
        "euclidean: between native embeddings; cosine: between L2-normalised embeddings",
        choices=("cosine", "euclidean"),
        search=("cosine", "euclidean"),
    )


DISTANCE = distance_parameter("euclidean")  # chosen on validation images, see docs/settings.md
