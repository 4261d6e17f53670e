"""The configuration as a version's files keep it: with every default, and what decides them alone.

The manifest stage writes it to ``report/config.yaml``. So a finished version can be recognised
before it is redone with other settings, and two versions can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from discern.configuration import rows
from discern.errors import DiscernError
from discern.recorded import differences, read_configuration

# Which folder is written to, whether it may be redone, and what the rules run in.
_NOT_RECORDED = ("version", "overwrite", "environment")
# What the data is, and not where it comes from.
_OF_DATA = ("class_names", "sha256")
# How many differing keys a sentence names.
_NAMED = 5


def resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a checked configuration decides results, each loss with all of its parameters."""
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
        if row.learning_rate != initial:
            entry["learning_rate"] = row.learning_rate
        found[label] = entry | dict(row.parameters)
    return found


def refuse_another(folder: Path, config: Mapping[str, Any]) -> None:
    """Raise :class:`DiscernError` where ``folder`` is finished and was made with other settings.

    Finished is a version that has a manifest. Settings that decide no result do not count, and
    ``overwrite`` in ``config`` allows all.
    """
    # a word where it comes from the command line
    if config["overwrite"] in (True, "true") or not (folder / "report" / "manifest.json").is_file():
        return
    made_with = read_configuration(folder)
    differing = differences(made_with, resolved(config)) if made_with else []
    if differing:
        named = "; ".join(map(str, differing[:_NAMED]))
        more = f"; and {len(differing) - _NAMED} more" if len(differing) > _NAMED else ""
        raise DiscernError(
            f"{folder} is finished and was made with other settings ({named}{more}); give the new "
            "ones a version of their own (--config version=NAME), or let them replace what they "
            "change (--config overwrite=true)"
        )
