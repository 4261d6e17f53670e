"""Descriptions declared in a folder's modules, read from their source without importing them.

Losses and measures are modules that assign a description to a variable of a fixed name. Code that
needs only the descriptions, as in Snakemake's environment, does not need the libraries that the
modules compute with.
"""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType
from typing import TypeVar

Description = TypeVar("Description")


def declared(
    folder: Path, variable: str, vocabulary: ModuleType, kind: type[Description]
) -> dict[str, Description]:
    """The value that each module in ``folder`` assigns to ``variable``, by the module's name.

    Modules that assign no value of this ``kind`` are left out. The expression is evaluated on its
    own: it may use only the names in the module ``vocabulary``.
    """
    found = {}
    for path in sorted(folder.glob("*.py")):
        for expression in _assigned(path, variable):
            names = {**vars(vocabulary), "__builtins__": {}}
            # the project's own source
            value = eval(compile(ast.Expression(expression), str(path), "eval"), names)  # noqa: S307
            if isinstance(value, kind):
                found[path.stem] = value
    return found


def _assigned(path: Path, variable: str) -> list[ast.expr]:
    """The expressions that the module in ``path`` assigns to ``variable`` at its top level."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        named = any(isinstance(target, ast.Name) and target.id == variable for target in targets)
        if named and isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            found.append(node.value)
    return found
