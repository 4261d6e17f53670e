"""The settings that a finished version was made with, read back and compared.

The manifest stage wrote them to ``report/config.yaml``, see :mod:`discern.resolved`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from discern.errors import DiscernError


@dataclass(frozen=True)
class Difference:
    """A key that two nested mappings disagree in; the absent side is None."""

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
    """Each key in which two nested mappings differ, by its path with points, in ``old``'s order.

    A row that is ``false`` is as good as none, and the order of keys does not count.
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


def read_configuration(folder: Path) -> dict[str, Any] | None:
    """The configuration that a version's ``folder`` was made with, None where none is recorded.

    Raises :class:`DiscernError` for a file that holds something else.
    """
    path = folder / "report" / "config.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (yaml.YAMLError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise DiscernError(f"{path} is no configuration; delete it to have it made again")
    return found
