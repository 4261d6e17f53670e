"""Check the configuration once, before anything runs.

This module runs in Snakemake's own environment. Snakemake brings jsonschema and PyYAML.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from discern.configuration import given
from discern.configuration.characters import check_characters
from discern.configuration.misspelling import did_you_mean
from discern.configuration.rows import class_split, loss_of, refuse_same_titles, rows
from discern.errors import DiscernError
from discern.losses.given import GIVEN
from discern.losses.shared.catalogue import descriptions
from discern.measures.catalogue import ORDERING
from discern.networks.shared import catalogue as networks

_SCHEMA = Path(__file__).with_name("schema.yaml")


def check(config: Mapping[str, Any]) -> None:
    """Raise a :class:`DiscernError` for the first error in ``config``."""
    check_characters(config)
    error = jsonschema.exceptions.best_match(_Validator(schema()).iter_errors(config))
    if error:
        raise DiscernError(f"the configuration: {_sentence(error)}")
    _check_classes(config)
    _check_entries(config)
    given.check_files(rows(config).values())
    _check_batches(config)
    _check_headline(config)


# JSON schema accepts 100.0 as an integer, but the stages' options do not. It also accepts NaN,
# which YAML can write, as a number.
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


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of the configuration, without the losses' parameters."""
    found: dict[str, Any] = yaml.safe_load(_SCHEMA.read_text(encoding="utf-8"))
    found["properties"]["network"]["properties"]["name"]["enum"] = list(networks.descriptions())
    return found


def entry_schema(loss: str) -> dict[str, Any]:
    """The JSON schema of a row of ``loss``."""
    description = descriptions()[loss]
    knobs = {name: knob.schema() for name, knob in description.parameters.items()}
    name = {"description": "the loss's name, if it differs from the label", "const": loss}
    title = {
        "description": "the row's name in tables and figures",
        "type": "string",
        "minLength": 1,
    }
    learning_rate = {
        "description": "learning rate of the first epoch, if not training.learning_rate.initial",
        "type": "number",
        "exclusiveMinimum": 0,
    }
    network = schema()["properties"]["network"] | {"required": []}
    own = {"network": network} if description.trained else {}
    if loss == GIVEN:
        own = {"embeddings": given.SCHEMA}
    return {
        "type": ["object"] if loss == GIVEN else ["object", "null"],
        "additionalProperties": False,
        "required": ["embeddings"] if loss == GIVEN else [],
        "properties": {
            "loss": name,
            "title": title,
            "learning_rate": learning_rate,
            **own,
            **knobs,
        },
    }


def _check_entries(config: Mapping[str, Any]) -> None:
    for label, entry in config["losses"].items():
        if entry is False:
            continue
        loss = loss_of(label, entry) if isinstance(entry, dict) else label
        if not isinstance(loss, str) or loss not in descriptions():
            hint = did_you_mean(str(loss), descriptions())
            raise DiscernError(
                f"the configuration: losses.{label}: there is no loss '{loss}'{hint}; "
                f"there are {', '.join(descriptions())}"
            )
        if loss == GIVEN:
            given.check_label(label)
        error = jsonschema.exceptions.best_match(_Validator(entry_schema(loss)).iter_errors(entry))
        if error:
            error.path.extendleft((label, "losses"))
            raise DiscernError(f"the configuration: {_sentence(error)}")
    found = rows(config)
    refuse_same_titles(found)
    if not found:
        raise DiscernError("the configuration: all losses are false; leave at least one in")


def _check_classes(config: Mapping[str, Any]) -> None:
    if config["classes"] and config["corruption"]:
        raise DiscernError(
            "the configuration: corruption would label images of classes that are left out as "
            "trained ones; set classes or corruption to null"
        )
    for seed in config["seeds"]:
        split = class_split(config, seed)
        both = set(split.train or ()) & set(split.unseen or ())
        if both:
            raise DiscernError(
                f"the configuration: classes: {min(both)} is in both train and unseen; remove "
                "it from one of them"
            )


def _check_batches(config: Mapping[str, Any]) -> None:
    """Check what can be checked about batches before the data is downloaded."""
    if config["evaluation"]["trained_in"]:  # then there are none
        return
    batches = config["batches"]
    classes, left_over = divmod(batches["size"], batches["samples"])
    if left_over or classes < 2:
        raise DiscernError(
            f"the configuration: batches.size is {batches['size']}, but must be batches.samples "
            f"= {batches['samples']} times the number of classes in a batch, two or more; change "
            "one of them"
        )
    for part in ("validation", "train"):
        count = config["split"][part]
        if count is not None and count < batches["size"]:
            raise DiscernError(
                f"the configuration: split.{part} is {count}, but a batch has {batches['size']} "
                "images; raise it or lower batches.size"
            )
    if batches["sampler"] == "grouped":
        for seed in config["seeds"]:
            trained = class_split(config, seed).train
            if trained and classes > len(trained):
                raise DiscernError(
                    f"the configuration: a batch of {classes} × {batches['samples']} images needs "
                    f"{classes} classes, but only {len(trained)} are trained; lower batches.size "
                    f"to {len(trained) * batches['samples']}"
                )
        names = config["data"]["class_names"]
        if names is not None and classes > len(names):
            raise DiscernError(
                f"the configuration: batches.size {batches['size']} with batches.samples "
                f"{batches['samples']} needs {classes} classes in a batch, but "
                f"data.class_names lists {len(names)}; lower batches.size or raise batches.samples"
            )
        return
    for row in rows(config).values():
        if descriptions()[row.loss].grouped:
            raise DiscernError(
                f"the configuration: losses.{row.label} needs several samples of each class in a "
                "batch; set batches.sampler to grouped, or the row to false"
            )


def _check_headline(config: Mapping[str, Any]) -> None:
    headline = config["evaluation"]["headline"]
    if headline not in ORDERING:
        raise DiscernError(
            f"the configuration: evaluation.headline is {headline}"
            f"{did_you_mean(headline, ORDERING)}; choose one of {', '.join(ORDERING)}"
        )


def _sentence(error: Any) -> str:
    """What is wrong, where, and what to do, in one sentence."""
    where = ".".join(str(part) for part in error.absolute_path)
    name = where or "the top level"
    try:
        value = json.dumps(error.instance, ensure_ascii=False, default=str)
    except TypeError:  # a key that JSON does not allow, such as a date
        value = repr(error.instance)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = min(str(key) for key in error.instance if key not in known)
        key = f"{where}.{unknown}" if where else unknown
        hint = did_you_mean(unknown, known)
        return f"there is no key {key}{hint}; known keys: {', '.join(known)}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        if where.startswith("losses."):
            description = error.schema["properties"][missing]["description"]
            return f"{name} lacks the key {missing}; add it ({description})"
        return f"{name} lacks the key {missing}; copy it from the project's config.yaml"
    if "propertyNames" in error.absolute_schema_path:
        return (
            f"{name} has the label {value}; a label is up to 100 letters, digits, _ and -, begins "
            "with a letter or digit, and is in quotes if it looks like a number, a date, yes or no"
        )
    if error.validator == "type":
        return f"{name} is {_told(error.instance, value)}; {_remedy(error, name)}"
    if error.validator == "enum":
        choices = [json.dumps(choice).strip('"') for choice in error.validator_value]
        return f"{name} is {value}{did_you_mean(str(error.instance), choices)}; choose " + (
            " or ".join(choices)
        )
    meaning = error.schema.get("description", "")
    return f"{name}: {error.message}; change it" + (f" ({meaning})" if meaning else "")


def _told(instance: object, as_json: str) -> str:
    if isinstance(instance, date):
        return f"the date {instance}"
    return f"the string {as_json}" if isinstance(instance, str) else as_json


def _remedy(error: Any, name: str) -> str:
    """What to write instead of a value of another type."""
    kinds = error.validator_value
    kinds = [kinds] if isinstance(kinds, str) else kinds
    number = _number(error.instance, whole="integer" in kinds)
    if number is not None and not {"integer", "number"}.isdisjoint(kinds):
        return f"write {number}"
    if name == "version":
        return (
            "put it in quotes in a file; for --config choose a name that is no number, such as v1"
        )
    if "string" in kinds:
        return (
            f"give it as {' or '.join(kinds)}: put it in quotes, and with --config in two kinds of "
            "them"
        )
    return f"give it as {' or '.join(kinds)}"


def _number(value: object, *, whole: bool) -> str | None:
    """The number that ``value`` looks like, as YAML reads it back; None if it is not one."""
    if isinstance(value, bool) or not isinstance(value, str | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return None
    return yaml.safe_dump(int(number) if whole else number).split()[0]
