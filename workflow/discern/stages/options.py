"""The options of stages: fields with a role, and how a command line gives them their values."""

from __future__ import annotations

import argparse
import json
import types
from collections.abc import Callable
from dataclasses import MISSING, field, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

Role = Literal["input", "output", "parameter", "aside"]


def _option(role: Role, meaning: str, default: Any = MISSING) -> Any:
    return field(default=default, metadata={"role": role, "meaning": meaning})


def reads(meaning: str, **default: Any) -> Any:
    """A field for one or more files to read; the record holds their hashes."""
    return _option("input", meaning, **default)


def writes(meaning: str, **default: Any) -> Any:
    """A field for one or more files or folders to write; the record holds their hashes."""
    return _option("output", meaning, **default)


def parameter(meaning: str, **default: Any) -> Any:
    """A field for a value that affects the outputs; the record holds it."""
    return _option("parameter", meaning, **default)


def aside(meaning: str, **default: Any) -> Any:
    """A field that does not affect the outputs, such as the log's path; no record holds it."""
    return _option("aside", meaning, **default)


def flag(name: str) -> str:
    """The option of the field ``name``."""
    return f"--{name.replace('_', '-')}"


def argument(kind: Any) -> dict[str, Any]:
    """How argparse reads a field of the type ``kind``."""
    if kind == tuple[Path, ...]:
        return {"nargs": "*", "type": Path, "action": _Tuple, "metavar": "FILE"}
    if kind == Path | None:
        # Snakemake writes a missing input as an option without a value
        return {"nargs": "?", "const": None, "type": Path, "metavar": "FILE"}
    if kind is Path:
        return {"type": Path, "metavar": "FILE"}
    if get_origin(kind) is Literal:
        return {"choices": get_args(kind)}
    return {"type": _parser(kind), "metavar": "VALUE"}


class _Tuple(argparse.Action):
    """Stores several values as a tuple, as frozen dataclasses require."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        setattr(namespace, self.dest, tuple(values))


def _parser(kind: Any) -> Callable[[str], Any]:
    """A function that parses a word as the type ``kind``, from JSON unless the type is simple."""
    optional = get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind)
    inner = next(each for each in get_args(kind) if each is not type(None)) if optional else kind

    def parse(text: str) -> Any:
        if optional and text in ("none", "null"):
            return None
        return inner(text) if inner in (str, int, float) else _built(inner, json.loads(text))

    plain = inner in (str, int, float)
    name = inner.__name__ if plain else f"JSON {getattr(inner, '__name__', inner)}"
    parse.__name__ = f"{name} or 'none'" if optional else name  # argparse shows it for a bad value
    return parse


def _built(kind: Any, value: Any) -> Any:
    """``value`` from JSON as the type ``kind``: builds dataclasses and tuples of them."""
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**value)
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_built(get_args(kind)[0], each) for each in value)
    if not isinstance(value, get_origin(kind) or kind):
        raise TypeError(f"{value} is no {kind}")
    return value
