"""The configuration, checked once, and the rows that follow from it.

Read by Snakemake's own environment: it needs jsonschema and PyYAML, which Snakemake brings.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import jsonschema
import yaml

from discern import trials
from discern.errors import DiscernError
from discern.losses.catalogue import records
from discern.losses.record import Distance, LossRecord

_SCHEMA = Path(__file__).parent.parent / "schemas" / "config.schema.yaml"


@dataclass(frozen=True)
class ClassSplit:
    """Which classes a training sees and which its embedding is judged by; None for all."""

    train: tuple[int, ...] | None = None
    unseen: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Row:
    """A row of the comparison.

    Attributes:
        label: names it in the configuration, in paths and in tables.
        loss: the loss's name.
        record: what the loss says of itself.
        parameters: all of the loss's parameters.
        learning_rate: the first epoch's.
        map: what draws it: t-SNE, the embedding itself where it lies in the plane, or nothing.
        seeds: it is trained once for each; one for the baseline, unless the seeds differ in the
            classes that are judged.
    """

    label: str
    loss: str
    record: LossRecord
    parameters: Mapping[str, Any]
    learning_rate: float
    map: Literal["tsne", "embedding", "none"]
    seeds: tuple[int, ...]

    @property
    def title(self) -> str:
        """The row's name for people: the loss's, and its label where that is another."""
        title = self.record.title
        return title if self.label == self.loss else f"{title} ({self.label})"

    def title_of(self, seed: int | str) -> str:
        """The title of one of its trainings: with the seed if there are several."""
        return self.title if len(self.seeds) == 1 else f"{self.title}, seed {seed}"

    def description(self) -> dict[str, Any]:
        """What the report says of it."""
        return {
            "label": self.label,
            "loss": self.loss,
            "title": self.title,
            "formula": self.record.formula,
            "references": self.record.references,
            "distance": self.distance,
            "parameters": self.parameters,
            "learning_rate": self.learning_rate,
            "map": self.map,
            "trained": self.record.trained,
            "seeds": self.seeds,
        }

    @property
    def distance(self) -> Distance:
        """The distance in which it is judged."""
        return self.record.judged_in(dict(self.parameters))


def rows(config: Mapping[str, Any]) -> dict[str, Row]:
    """The rows of a configuration that :func:`check` has passed, by label, in its order.

    In a search, each trained row becomes as many as it has trials, the first with its own settings.
    """
    found = []
    for label, entry in config["losses"].items():
        if entry is False:
            continue
        row = _row(config, label, entry or {})
        if "search" not in config:
            found.append(row)
        elif row.record.trained:
            found += _trials(row, config["search"])
    return {row.label: row for row in found}


def class_split(config: Mapping[str, Any], seed: int) -> ClassSplit:
    """The class split of the trainings with ``seed``."""
    classes = config["classes"]
    if classes is None:
        return ClassSplit()
    if isinstance(classes, list):
        classes = classes[config["seeds"].index(seed) % len(classes)]
    return ClassSplit(*(tuple(sorted(classes[part])) for part in ("train", "unseen")))


def described_splits(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each class split and the seeds that have it; none where all classes are trained."""
    if config["classes"] is None:
        return []
    seeds: dict[ClassSplit, list[int]] = {}
    for seed in config["seeds"]:
        seeds.setdefault(class_split(config, seed), []).append(seed)
    return [asdict(split) | {"seeds": having} for split, having in seeds.items()]


def _splits_differ(config: Mapping[str, Any]) -> bool:
    return isinstance(config["classes"], list)


def _row(config: Mapping[str, Any], label: str, entry: Mapping[str, Any]) -> Row:
    given = dict(entry)
    loss = given.pop("loss", label)
    learning_rate = given.pop("learning_rate", config["training"]["learning_rate"]["initial"])
    record = records()[loss]
    in_plane = record.trained and config["network"]["embedding_dim"] == 2
    return Row(
        label=label,
        loss=loss,
        record=record,
        parameters=record.complete(given),
        learning_rate=learning_rate,
        map="none" if "search" in config else "embedding" if in_plane else "tsne",
        seeds=tuple(config["seeds"]) if record.trained or _splits_differ(config) else (0,),
    )


def _trials(row: Row, settings: Mapping[str, Any]) -> list[Row]:
    searched = {name: knob.search for name, knob in row.record.parameters.items() if knob.search}
    try:
        points = trials.balanced_points(
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
    return [
        replace(
            row,
            label=f"{row.label}-{number:02}",
            learning_rate=point.pop("learning_rate"),
            parameters=point,
        )
        for number, point in enumerate(points, start=1)
    ]


def typed(given: Mapping[str, Any]) -> dict[str, Any]:
    """``given`` on a command line, with the texts within its values read as YAML reads them.

    A value that is itself a text stays one: a version may look like a number or a date.
    """

    def of_yaml(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: of_yaml(part) for name, part in value.items()}
        if isinstance(value, list):
            return [of_yaml(part) for part in value]
        if isinstance(value, str):
            with suppress(yaml.YAMLError):
                return yaml.safe_load(value)
        return value

    return {
        name: value if isinstance(value, str) else of_yaml(value) for name, value in given.items()
    }


def check(config: Mapping[str, Any]) -> None:
    """Raise a :class:`DiscernError` for the first thing that is wrong with ``config``."""
    error = jsonschema.exceptions.best_match(_Validator(schema()).iter_errors(config))
    if error:
        raise DiscernError(f"the configuration: {_sentence(error)}")
    _check_classes(config)
    _check_entries(config)
    _check_batches(config)
    _check_resamples(config)


# JSON schema takes 100.0 for an integer, which the stages' options do not, and NaN, which YAML can
# write, for a number.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and math.isfinite(value)
            ),
        }
    ),
)


def schema() -> dict[str, Any]:
    """The JSON schema of the configuration, the losses' parameters not included."""
    found: dict[str, Any] = yaml.safe_load(_SCHEMA.read_text(encoding="utf-8"))
    return found


def entry_schema(loss: str) -> dict[str, Any]:
    """The JSON schema of a row of ``loss``."""
    knobs = {name: knob.schema() for name, knob in records()[loss].parameters.items()}
    name = {"description": "the loss's name, if the label is another", "const": loss}
    learning_rate = {
        "description": "the first epoch's, if it is not training.learning_rate.initial",
        "type": "number",
        "exclusiveMinimum": 0,
    }
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {"loss": name, "learning_rate": learning_rate, **knobs},
    }


def _check_entries(config: Mapping[str, Any]) -> None:
    for label, entry in config["losses"].items():
        if entry is False:
            continue
        loss = entry.get("loss", label) if isinstance(entry, dict) else label
        if not isinstance(loss, str) or loss not in records():
            hint = _did_you_mean(str(loss), records())
            raise DiscernError(
                f"the configuration: losses.{label}: there is no loss '{loss}'{hint}; "
                f"there are {', '.join(records())}"
            )
        error = jsonschema.exceptions.best_match(_Validator(entry_schema(loss)).iter_errors(entry))
        if error:
            error.path.extendleft((label, "losses"))
            raise DiscernError(f"the configuration: {_sentence(error)}")
    if not rows(config):
        raise DiscernError("the configuration: all losses are false; leave at least one in")


def _check_classes(config: Mapping[str, Any]) -> None:
    for seed in config["seeds"]:
        split = class_split(config, seed)
        both = set(split.train or ()) & set(split.unseen or ())
        if both:
            raise DiscernError(
                f"the configuration: classes: {min(both)} is in train and in unseen; leave it in "
                "one of them"
            )


def _check_batches(config: Mapping[str, Any]) -> None:
    """What can be known of batches before the data is there."""
    batches = config["batches"]
    classes, left_over = divmod(batches["size"], batches["samples"])
    if left_over or classes < 2:
        raise DiscernError(
            f"the configuration: batches.size is {batches['size']}, which does not hold "
            f"batches.samples = {batches['samples']} of each of two or more classes without "
            "remainder; change one of them"
        )
    if batches["sampler"] == "grouped":
        for seed in config["seeds"]:
            trained = class_split(config, seed).train
            if trained and classes > len(trained):
                raise DiscernError(
                    f"the configuration: batches of {classes} × {batches['samples']} images hold "
                    f"more than the {len(trained)} classes that are trained; lower batches.size "
                    f"to {len(trained) * batches['samples']}"
                )
        names = config["data"]["class_names"]
        if names is not None and classes > len(names):
            raise DiscernError(
                f"the configuration: batches.size {batches['size']} with batches.samples "
                f"{batches['samples']} asks for {classes} classes in a batch, but data.class_names "
                f"names {len(names)}; lower batches.size or raise batches.samples"
            )
        return
    for row in rows(config).values():
        if row.record.grouped:
            raise DiscernError(
                f"the configuration: losses.{row.label} needs several samples of each class in a "
                "batch; set batches.sampler to grouped, or the row to false"
            )


def _check_resamples(config: Mapping[str, Any]) -> None:
    """Whether there are enough for some pair of rows to differ beyond chance."""
    if "search" in config:
        return
    count = len(rows(config))
    pairs, resamples = count * (count - 1) // 2, config["evaluation"]["resamples"]
    # The smallest p is 2 / (resamples + 1), Holm's correction multiplies it with the pairs, and
    # what is below 0.05 is called a difference.
    needed = 40 * pairs
    if resamples < needed:
        raise DiscernError(
            f"the configuration: evaluation.resamples is {resamples}, with which none of the "
            f"{pairs} pairs of rows could be told apart; give {needed} or more"
        )


def _sentence(error: Any) -> str:
    """What is wrong, where, and what to do, in one sentence."""
    where = ".".join(str(part) for part in error.absolute_path)
    name = where or "the top level"
    try:
        value = json.dumps(error.instance, ensure_ascii=False, default=str)
    except TypeError:  # a key that JSON does not have, such as a date
        value = repr(error.instance)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = min(str(key) for key in error.instance if key not in known)
        key = f"{where}.{unknown}" if where else unknown
        return f"there is no key {key}{_did_you_mean(unknown, known)}; known are {', '.join(known)}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        return f"{name} lacks the key {missing}; take it from the config.yaml of the project"
    if error.validator == "type" and isinstance(error.instance, str) and _is_number(error.instance):
        return (
            f"{name} is the text {value}, not a number; YAML wants a point in numbers with an "
            f"exponent, as in 1.0e-5"
        )
    if error.validator == "type":
        kinds = error.validator_value
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return f"{name} is {value}; give it as {' or '.join(kinds)}"
    if error.validator == "enum":
        choices = [str(choice) for choice in error.validator_value]
        return f"{name} is {value}{_did_you_mean(str(error.instance), choices)}; choose " + (
            " or ".join(choices)
        )
    meaning = error.schema.get("description", "")
    return f"{name}: {error.message}; change it" + (f" ({meaning})" if meaning else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
