"""A command line gives each option its value by the type of its field, or is refused by name."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from discern.configuration.row import Row
from discern.stages.command import Stage
from discern.stages.options import aside, flag, parameter, reads
from samples import COSFACE


@dataclass(frozen=True)
class Shape:
    """Settings of a stage."""

    height: int
    width: float


@dataclass(frozen=True, kw_only=True)
class Kinds(Stage):
    """An option of every type that stages have."""

    path: Path = reads("", default=Path("a"))
    optional_path: Path | None = reads("", default=Path("a"))
    paths: tuple[Path, ...] = reads("", default=())
    word: str = parameter("", default="")
    choice: Literal["test", "validation"] = parameter("", default="test")
    number: int = parameter("", default=0)
    fraction: float = parameter("", default=0.0)
    limit: int | None = parameter("", default=0)
    shape: Shape | None = parameter("", default=None)
    rows: tuple[Row, ...] = parameter("", default=())
    classes: tuple[int, ...] | None = parameter("", default=())
    names: tuple[str, ...] | None = parameter("", default=())
    settings: dict[str, Any] = parameter("", default=None)
    where: dict[str, Any] | None = aside("", default=None)


PARSED = [
    ("--path b", "path", Path("b")),
    ("--path 'a b'", "path", Path("a b")),
    ("--optional-path b", "optional_path", Path("b")),
    ("--optional-path", "optional_path", None),
    ("--paths", "paths", ()),
    ("--paths a b", "paths", (Path("a"), Path("b"))),
    ("--word none", "word", "none"),
    ("--choice validation", "choice", "validation"),
    ("--number -3", "number", -3),
    ("--fraction 1e-3", "fraction", 0.001),
    ("--limit 4", "limit", 4),
    ("--limit none", "limit", None),
    ("--limit null", "limit", None),
    ("""--shape '{"height": 2, "width": 0.5}'""", "shape", Shape(2, 0.5)),
    ("--shape null", "shape", None),
    (f"--rows {shlex.quote(json.dumps([vars(COSFACE)]))}", "rows", (COSFACE,)),
    ("--rows []", "rows", ()),
    ("--classes '[3, 5]'", "classes", (3, 5)),
    ("--classes null", "classes", None),
    ("""--names '["a", "none"]'""", "names", ("a", "none")),
    ("""--settings '{"a": [1, {"b": null}]}'""", "settings", {"a": [1, {"b": None}]}),
    ("--where '{}'", "where", {}),
    ("--where none", "where", None),
]


@pytest.mark.parametrize(("words", "field", "value"), PARSED, ids=[case[0] for case in PARSED])
def test_an_option_of_each_type_is_parsed(words, field, value):
    parsed = Kinds.parse(shlex.split(words))
    assert getattr(parsed, field) == value
    assert parsed == replace(Kinds(), **{field: value})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--number many", "argument --number: invalid int value: 'many'"),
        ("--limit no", "argument --limit: invalid int or 'none' value"),
        ("--choice train", "argument --choice: invalid choice: 'train'"),
        ("--shape {", "argument --shape: invalid JSON Shape or 'none' value: '{'"),
        ("""--shape '{"height": 2}'""", "argument --shape: invalid"),
        ("""--shape '{"height": 2, "width": 1, "depth": 1}'""", "argument --shape: invalid"),
        ("--rows '{}'", "argument --rows: invalid JSON tuple value"),
        ("--rows '[1]'", "argument --rows: invalid"),
        ("--classes 3", "argument --classes: invalid"),
        ("""--classes '["3"]'""", "argument --classes: invalid"),
        ("""--names '"abc"'""", "argument --names: invalid"),
        ("--settings []", "argument --settings: invalid JSON dict value: '[]'"),
        ("--path", "argument --path: expected one argument"),
        ("--sede 3", "unrecognized arguments: --sede"),
    ],
)
def test_a_wrong_option_is_refused_by_name(capfd, words, message):
    with pytest.raises(SystemExit) as refusal:
        Kinds.parse(shlex.split(words))
    assert refusal.value.code == 2
    assert message in capfd.readouterr().err


def test_an_option_is_called_like_its_field():
    assert flag("train_images") == "--train-images"
