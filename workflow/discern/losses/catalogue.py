"""The losses there are, and their records, found by reading the files and importing none.

A loss is a module of this folder that assigns a :class:`~discern.losses.record.LossRecord` to
``record``. The record's expression is evaluated by itself and may use the names of
:mod:`discern.losses.record` alone, so that Snakemake's environment and the report, which have no
use for TensorFlow, know every loss.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from discern.losses import record as record_module
from discern.losses.record import LossRecord

_FOLDER = Path(__file__).parent


@cache
def records() -> dict[str, LossRecord]:
    """Every loss by the name of its file."""
    found = {path.stem: _record(path) for path in sorted(_FOLDER.glob("*.py"))}
    return {name: record for name, record in found.items() if record}


def _record(path: Path) -> LossRecord | None:
    for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and _is_record(node):
            expression = compile(ast.Expression(node.value), str(path), "eval")
            # our own source, and no names but those of the record's module
            record = eval(expression, {**vars(record_module), "__builtins__": {}})  # noqa: S307
            if isinstance(record, LossRecord):
                return record
    return None


def _is_record(assignment: ast.Assign | ast.AnnAssign) -> bool:
    targets = assignment.targets if isinstance(assignment, ast.Assign) else [assignment.target]
    return any(isinstance(target, ast.Name) and target.id == "record" for target in targets)
