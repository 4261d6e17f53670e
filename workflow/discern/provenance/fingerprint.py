"""The fingerprint of a stage's code: it stays the same unless the code's behaviour may differ."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def code_fingerprint(*modules: str) -> str:
    """A SHA-256 over ``modules`` and every module of this package that they import, transitively.

    It is computed from the parsed source without comments, docstrings and layout, so that a change
    of these alone keeps the fingerprint. Nothing is imported. A module that is imported by a
    computed name is not detected: add it to ``modules``.

    Raises :class:`ModuleNotFoundError` for a module that is not in the package.
    """
    digest = hashlib.sha256()
    for module in sorted(_closure(modules)):
        digest.update(f"{module}\0{_meaning(module)}\0".encode())
    return digest.hexdigest()


def _closure(modules: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(_imports(module))
    return found


def _source(module: str) -> Path | None:
    """The file of ``module``, or None where this package has no such module."""
    head, *rest = module.split(".")
    if head != "discern":
        return None
    path = _PACKAGE.joinpath(*rest)
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


@cache
def _parse(module: str) -> ast.Module:
    source = _source(module)
    if source is None:
        raise ModuleNotFoundError(f"no module {module} below {_PACKAGE}")
    return ast.parse(source.read_text(encoding="utf-8"), str(source))


def _imports(module: str) -> set[str]:
    """The modules of this package that importing ``module`` runs, its parent packages included."""
    parts = module.split(".")
    found = {".".join(parts[:length]) for length in range(1, len(parts))}
    for node in ast.walk(_parse(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from discern import files` names a module, `from discern.files import x` does not
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found.update(name for name in names if _source(name))
    return found - {module}


@cache
def _meaning(module: str) -> str:
    tree = _parse(module)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
            and isinstance(body[0].value.value, str)
        ):
            node.body = body[1:]
    return ast.dump(tree)
