"""List the stages, with a line each.

    python -m discern.stages

A stage is run by ``python -m discern.stages.NAME``; ``--help`` lists its options.
"""

from __future__ import annotations

import ast
from pathlib import Path


def stages() -> dict[str, str]:
    """The first line of each stage's help by the stage's name, in alphabetical order.

    They are read from the stages' source, as importing all stages takes seconds.
    """
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.lower() == path.stem.replace("_", ""):
                found[path.stem] = (ast.get_docstring(node) or "").partition("\n")[0]
    return found


def main() -> None:
    """Print the list."""
    width = max(map(len, stages()))
    for name, summary in stages().items():
        print(f"{name:<{width}}  {summary}")


if __name__ == "__main__":
    main()
