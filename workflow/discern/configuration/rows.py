"""The rows and the class splits that follow from a checked configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from discern.configuration import search_space
from discern.configuration.row import Row
from discern.errors import DiscernError
from discern.losses.given import GIVEN
from discern.losses.shared.catalogue import descriptions
from discern.networks.shared import catalogue as networks
from discern.training.settings import NetworkSettings


@dataclass(frozen=True)
class ClassSplit:
    """The classes that a training sees and those that are evaluated; None for all.

    Attributes:
        train: the classes that are trained.
        unseen: the classes that are left out of the training and evaluated.
    """

    train: tuple[int, ...] | None = None
    unseen: tuple[int, ...] | None = None


def rows(config: Mapping[str, Any]) -> dict[str, Row]:
    """The rows of a checked configuration, by label, in its order.

    In a search, each trained row becomes one row per trial; the first has the row's own settings.

    Raises:
        DiscernError: when a search asks for more trials than there are settings.
    """
    found = []
    for label, entry in config["losses"].items():
        if entry is False:
            continue
        row = _row(config, label, entry or {})
        if "search" not in config:
            found.append(row)
        elif row.has_network:
            found += _trials(row, config["search"])
    return {row.label: row for row in found}


def refuse_same_titles(found: Mapping[str, Row]) -> None:
    """Raise a :class:`DiscernError` if figures and tables could not tell two rows."""
    labels: dict[str, str] = {}
    for label, row in found.items():
        if labels.setdefault(row.title, label) != label:
            raise DiscernError(
                f"the configuration: losses.{labels[row.title]} and losses.{label} have the same "
                f"title, {row.title}; give one of them another title"
            )


def class_split(config: Mapping[str, Any], seed: int) -> ClassSplit:
    """The class split of the trainings with ``seed``."""
    classes = config["classes"]
    if classes is None:
        return ClassSplit()
    if isinstance(classes, list):
        classes = classes[config["seeds"].index(seed) % len(classes)]
    return ClassSplit(*(tuple(sorted(classes[part])) for part in ("train", "unseen")))


def described_splits(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each class split with its seeds; empty if all classes are trained."""
    if config["classes"] is None:
        return []
    seeds: dict[ClassSplit, list[int]] = {}
    for seed in config["seeds"]:
        seeds.setdefault(class_split(config, seed), []).append(seed)
    return [asdict(split) | {"seeds": having} for split, having in seeds.items()]


def default_title(label: str, loss: str) -> str:
    """The title of a row that is given none: the loss's, with the label if it differs."""
    title = descriptions()[loss].title
    return title if label == loss else f"{title} ({label})"


def loss_of(label: str, entry: Mapping[str, Any]) -> Any:
    """The loss that a row's ``entry`` names, or implies by giving embeddings, or by its label."""
    return entry.get("loss", GIVEN if "embeddings" in entry else label)


def _row(config: Mapping[str, Any], label: str, entry: Mapping[str, Any]) -> Row:
    given = dict(entry)
    loss = loss_of(label, entry)
    files = given.pop("embeddings", {})
    given.pop("loss", None)
    learning_rate = given.pop("learning_rate", config["training"]["learning_rate"]["initial"])
    own = given.pop("network", {})
    title = given.pop("title", None)
    description = descriptions()[loss]
    network = NetworkSettings(**config["network"] | own) if description.trained else None
    parameters = description.complete(given)
    in_plane = network is not None and network.embedding_dim == 2
    trained_in = (config["evaluation"]["trained_in"] or "") if network else ""
    return Row(
        label=label,
        loss=loss,
        title=title or default_title(label, loss),
        formula=description.formula,
        references=description.references,
        distance=description.distance_with(parameters),
        parameters=parameters,
        learning_rate=learning_rate,
        map=_map(config, in_plane=in_plane),
        trained=description.trained and not trained_in,
        seeds=_seeds(config, files, description.trained),
        network=network,
        network_title=networks.descriptions()[network.name].title if network else "",
        own_network={k: value for k, value in own.items() if value != config["network"][k]},
        all_mapped=in_plane or config["tsne"]["mapped_seeds"] == "all",
        given=files,
        trained_in=trained_in,
    )


def _map(config: Mapping[str, Any], *, in_plane: bool) -> Literal["tsne", "embedding", "none"]:
    """How a row's embeddings are mapped."""
    if "search" in config or config["tsne"]["mapped_seeds"] == "none":
        return "none"
    return "embedding" if in_plane else "tsne"


def _seeds(
    config: Mapping[str, Any], files: Mapping[str, str], has_network: bool
) -> tuple[int, ...]:
    """The seeds of a row, which has a network, or is given by ``files``, or is the baseline."""
    named = any("{seed}" in path for path in files.values())
    if has_network or named or isinstance(config["classes"], list):
        return tuple(config["seeds"])
    # Given files are one training, which other rows have one of with the same seed.
    return tuple(config["seeds"][:1]) if files else (0,)


def _trials(row: Row, settings: Mapping[str, Any]) -> list[Row]:
    description = descriptions()[row.loss]
    searched = {name: knob.search for name, knob in description.parameters.items() if knob.search}
    try:
        points = search_space.balanced_points(
            {"learning_rate": settings["learning_rates"], **searched},
            first={"learning_rate": row.learning_rate, **row.parameters},
            count=settings["trials"],
            seed=f"{settings['seed']} {row.loss}",
        )
    except ValueError as error:
        raise DiscernError(
            f"the configuration: losses.{row.label} has {error}; lower search.trials, or list more "
            "search.learning_rates"
        ) from None
    trials = []
    for number, point in enumerate(points, start=1):
        label = f"{row.label}-{number:02}"
        trials.append(
            replace(
                row,
                label=label,
                title=f"{description.title} ({label})",
                learning_rate=point.pop("learning_rate"),
                distance=description.distance_with(point),
                parameters=point,
            )
        )
    return trials
