#!/usr/bin/env -S python3 -I
"""The rules' Python where the workflow is a module of another: it builds its environment first.

    interpreter.py ARGUMENT…

A module's ``onstart``, which builds the environment otherwise, does not run. The file needs only
the standard library and Python 3.8 or later.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from discern.setup import environments


def main(arguments: list[str]) -> None:
    """Replace this process by the environment's Python with ``arguments``."""
    lock = environments.lock_file("training", os.environ["DISCERN_ACCELERATOR"])
    try:
        environments.build("training", lock)
    except environments.BuildError as error:
        sys.exit(f"discern: {error}")
    python = str(environments.folder("training") / "bin" / "python")
    os.execv(python, [python, *arguments])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
