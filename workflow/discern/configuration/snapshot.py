"""Write, read and compare the settings that a version was made with.

The manifest stage writes them to ``report/config.yaml``, with every default and without the
settings that do not affect results. They protect a finished version from a run with other settings,
and show how two versions differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from discern.configuration.rows import default_title, rows
from discern.errors import Damaged, DiscernError
from discern.results import Version

# The output folder, the permission to overwrite, the environment of the rules, and where rows were
# published that are settings here as all others.
_NOT_RECORDED = ("version", "overwrite", "environment", "baseline")
# The data's content, not its source.
_OF_DATA = ("class_names", "sha256")
# What these say depends on which keys they have.
_WHOLE = ("corruption", "embeddings")
# How many differing keys a message lists.
_NAMED = 5


def snapshot(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that affect results, each loss with all of its parameters."""
    found = {key: value for key, value in config.items() if key not in _NOT_RECORDED}
    found["data"] = {key: config["data"][key] for key in _OF_DATA}
    found["losses"] = {
        label: False for label, entry in config["losses"].items() if entry is False
    } | _entries(config)
    return found


def _entries(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    initial = config["training"]["learning_rate"]["initial"]
    # a search replaces each row by its trials, which follow from the row and the search's settings
    for label, row in rows({k: v for k, v in config.items() if k != "search"}).items():
        entry: dict[str, Any] = {} if row.loss == label else {"loss": row.loss}
        if row.title != default_title(label, row.loss):
            entry["title"] = row.title
        if row.learning_rate != initial:
            entry["learning_rate"] = row.learning_rate
        if row.given:
            entry["embeddings"] = dict(row.given)
        if row.own_network:
            entry["network"] = dict(row.own_network)
        found[label] = entry | dict(row.parameters)
    return found


def refuse_another(version: Version, config: Mapping[str, Any]) -> None:
    """Refuse to redo a finished version with other settings.

    A version is finished when it has a manifest. Settings that do not affect results are ignored,
    and ``overwrite`` in ``config`` permits all changes.

    Raises:
        DiscernError: when ``version`` is finished and was made with other settings.
    """
    if config["overwrite"] or not version.manifest.is_file():
        return
    made_with = read_snapshot(version)
    differing = differences(made_with, snapshot(config)) if made_with else []
    if differing:
        named = "; ".join(map(str, differing[:_NAMED]))
        more = f"; and {len(differing) - _NAMED} more" if len(differing) > _NAMED else ""
        raise DiscernError(
            f"{version.folder} is finished and was made with other settings ({named}{more}); "
            "choose another version (--config version=NAME), or allow the new settings to replace "
            "its files (--config overwrite=true)"
        )


@dataclass(frozen=True)
class Difference:
    """A key whose values differ between two nested mappings; a missing value is None."""

    key: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.key}: {shown(self.old)} → {shown(self.new)}"


def shown(value: Any) -> str:
    """``value`` on one line."""
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """The keys in which two nested mappings differ, as dotted paths in ``old``'s order.

    A row that is ``false`` counts as missing. The order of keys does not matter.
    """
    return list(_differences("", old, new))


def _differences(
    above: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    for key in {**old, **new}:
        first, second = old.get(key), new.get(key)
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            yield from _differences(f"{above}{key}.", first, second)
        elif (None if first is False else first) != (None if second is False else second):
            yield Difference(f"{above}{key}", first, second)


def differences_of_both(
    part: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> list[Difference]:
    """The keys in which parts of two versions' settings differ, among those that both have.

    Args:
        part: part(settings, other) is the part of ``settings`` to compare with that of ``other``.
        old: the settings of one version.
        new: those of another.
    """
    return differences(*in_both(part(old, new), part(new, old)))


def in_both(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both mappings with only the keys, at any level, that the two have.

    What only one of the two has, another release may have added, but not in a setting that says
    something by the keys it has.
    """
    of_first, of_second = {}, {}
    for key in first.keys() & second.keys():
        both = first[key], second[key]
        if key not in _WHOLE and all(isinstance(each, Mapping) for each in both):
            both = in_both(*both)
        of_first[key], of_second[key] = both
    return dict(sorted(of_first.items())), of_second


def entries_of_both(
    settings: Mapping[str, Any], other: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The entries in ``settings`` of the rows that both versions have, without their titles.

    What an entry leaves out because it is the default is there if the other has it.
    """
    return {
        label: _filled(settings, label, other["losses"][label])
        for label, entry in settings["losses"].items()
        if entry is not False and other["losses"].get(label, False) is not False
    }


def _filled(settings: Mapping[str, Any], label: str, other: Mapping[str, Any]) -> dict[str, Any]:
    entry = {name: value for name, value in settings["losses"][label].items() if name != "title"}
    named = entry.keys() | other.keys()
    if "loss" in named:
        entry.setdefault("loss", label)
    if "learning_rate" in named:
        entry.setdefault("learning_rate", settings["training"]["learning_rate"]["initial"])
    if "embeddings" in named:
        entry.setdefault("embeddings", None)
    if "network" in named:
        entry["network"] = settings["network"] | entry.get("network", {})
    return entry


def read_snapshot(version: Version) -> dict[str, Any] | None:
    """The settings that ``version`` was made with; None if they were not recorded.

    Raises:
        Damaged: when the file holds something else.
    """
    path = version.configuration
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (yaml.YAMLError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise Damaged(path, "is not a configuration")
    return found
