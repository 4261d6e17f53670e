"""``python -m discern.stages`` lists the stages."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import discern
from discern.stages import __main__ as listing
from discern.stages.command import Stage


def concrete(kind: type[Stage]) -> dict[str, str]:
    """The first line of each stage's docstring by the stage's name, from the imported classes."""
    found = {}
    for each in kind.__subclasses__():
        if each.__module__.endswith(f".{each.stage()}"):
            found[each.stage()] = inspect.getdoc(each).splitlines()[0]
        found |= concrete(each)
    return found


def test_each_stage_is_listed_with_its_summary():
    for path in Path(listing.__file__).parent.glob("[a-z]*.py"):
        import_module(f"discern.stages.{path.stem}")
    assert listing.stages() == concrete(Stage)


def test_the_list_needs_no_package_and_one_line_per_stage():
    package = Path(discern.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-S", "-m", "discern.stages"],
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines == listing.stages()
    assert lines["split"].startswith("Split the training images")
