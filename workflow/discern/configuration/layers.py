"""Lay configurations over each other: the project's, other files, and the command line.

This module runs in Snakemake's own environment. Snakemake brings PyYAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

from discern.errors import DiscernError

# YAML 1.1 reads them as numbers in base 8 and in base 60.
_OTHER_BASE = re.compile(r"[-+]?(0[0-7_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)")
# The values that mean something else than their text, or nothing, as the date 2024-02-31.
_MISREAD = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp"}


def laid_over_each_other(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """One configuration from several, the lowest first.

    Mappings are joined key by key. Any other value replaces what is below it, as a mapping replaces
    a value that is none. The keys of a higher layer come first.
    """
    return dict(reduce(_laid_over, layers))


def _laid_over(below: Any, above: Any) -> Any:
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    joined = {key: _laid_over(below.get(key), value) for key, value in above.items()}
    return joined | {key: value for key, value in below.items() if key not in above}


def typed(given: Mapping[str, Any]) -> dict[str, Any]:
    """``given`` from a command line, with the strings in it parsed as YAML.

    A version stays a string: it may look like a date. Snakemake hands an empty value on to its jobs
    as the word None.

    Raises:
        DiscernError: when YAML reads a number in another base than ten, can't read a date, or a
            value contains itself.
    """

    def of_yaml(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: of_yaml(part) for name, part in value.items()}
        if isinstance(value, list):
            return [of_yaml(part) for part in value]
        if isinstance(value, str):
            with suppress(yaml.YAMLError):
                _refuse_misread_values("--config", yaml.compose(value, yaml.SafeLoader))
                return yaml.safe_load(value)
        return value

    return {
        name: None if value == "None" else value if name == "version" else of_yaml(value)
        for name, value in given.items()
    }


def refuse_misread(path: Path) -> None:
    """Refuse a YAML or JSON file that can't be read, or is read as something else than it says.

    It is no text in UTF-8, is not YAML, or has no keys. A mapping has a key twice, of which readers
    take the last. A number is written as 010, which is 8, or as 1:30, which is 90. A date does not
    exist. Or a value contains itself.

    Raises:
        DiscernError: naming the line, the key and both lines, or the value and what it is read as.
    """
    tree = _parsed(path)
    if not isinstance(tree, yaml.MappingNode):
        raise DiscernError(f"{path} has no keys; write at least one, as in seeds: [0]")
    _refuse_misread_values(path, tree)
    for key, first, second in _repeated(tree, ""):
        raise DiscernError(
            f"{path}: the key {key} is in line {first} and again in line {second}; join the two "
            "or remove one"
        )


def _parsed(path: Path) -> yaml.Node | None:
    """The file's YAML; None if it is empty."""
    try:
        content = path.read_bytes()
        text = content.decode()
        with suppress(ValueError):
            json.loads(text)
            text = text.expandtabs()  # tabs indent JSON, but YAML has none
        return yaml.compose(text, yaml.SafeLoader)
    except OSError as error:
        why = f" can't be read ({error.strerror}); give the path of a readable file"
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        why = f": line {line} is not UTF-8; save the file as text in UTF-8"
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        why = f": line {line} has the character {error.character:#04x}, which is no text; remove it"
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark
        why = f": line {mark.line + 1} is neither YAML nor JSON ({error.problem}); correct it"
    raise DiscernError(f"{path}{why}")


def _refuse_misread_values(
    where: object, node: yaml.Node | None, around: tuple[yaml.Node, ...] = ()
) -> None:
    """Refuse what is read as something else in ``node``, which lies within the nodes ``around``."""
    if node in around:
        raise DiscernError(
            f"{where}: the value that begins in line {node.start_mark.line + 1} has an alias of "
            "itself within it; write out what the alias stands for"
        )
    if isinstance(node, yaml.CollectionNode):
        for part in node.value:
            for each in part if isinstance(part, tuple) else [part]:
                _refuse_misread_values(where, each, (*around, node))
    elif isinstance(node, yaml.ScalarNode) and node.tag in _MISREAD:
        in_quotes = f'"{node.value}" in quotes if it is a text'
        try:
            value = yaml.SafeLoader("").construct_object(node)
        except ValueError as error:
            raise DiscernError(
                f"{where}: YAML can't read {node.value} ({error}); correct it, or write {in_quotes}"
            ) from None
        if _OTHER_BASE.fullmatch(node.value):
            raise DiscernError(
                f"{where}: YAML reads {node.value} as {value}; write {value}, or {in_quotes}"
            )


def _repeated(node: yaml.Node | None, above: str) -> Iterator[tuple[str, int, int]]:
    """Each key that a mapping below ``node`` has twice, as a dotted path, with both its lines."""
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _repeated(item, f"{above}{place}.")
    if isinstance(node, yaml.MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            name, line = (key.tag, str(key.value)), key.start_mark.line + 1
            if name in lines:
                yield f"{above}{key.value}", lines[name], line
            lines[name] = line
            yield from _repeated(value, f"{above}{key.value}.")


def as_yaml(config: Mapping[str, Any]) -> str:
    """``config`` as YAML, in its own order."""
    plain = json.loads(json.dumps(config))  # Snakemake reads JSON files into ordered dictionaries
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)


def refuse_repeated_options(arguments: Sequence[str]) -> None:
    """Refuse a command line that gives ``--configfile`` or ``--config`` twice.

    Snakemake uses only the last of each.

    Raises:
        DiscernError: naming the option.
    """
    given = [argument.partition("=")[0] for argument in arguments]
    for names in (("--configfile", "--configfiles"), ("--config", "-C")):
        if sum(given.count(name) for name in names) > 1:
            raise DiscernError(
                f"{names[0]} is given twice, and Snakemake uses only the last; give all of its "
                f"values after one {names[0]}, in this order"
            )
