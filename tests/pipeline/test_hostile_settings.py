"""Settings with shell commands in them are not executed."""

from __future__ import annotations

import csv
import shutil

import pytest

from project import CHECKOUT

pytestmark = pytest.mark.slow

HOSTILE = "a $(touch ran) `touch ran` 'b' \"c\"; touch ran # {d} {{e}} \\ * \né"


def test_no_setting_is_run_by_a_shell(fresh, digits_folder):
    """Folder, interpreter and class names arrive in the stages as they are."""
    data = fresh.folder / f"data {HOSTILE}"
    shutil.copytree(digits_folder, data)
    bin_folder = fresh.folder / f"python {HOSTILE}"
    bin_folder.mkdir()
    interpreter = bin_folder / "python"
    interpreter.write_text(f'#!/bin/sh\nexec "{CHECKOUT}/.venv/training/bin/python" "$@"\n')
    interpreter.chmod(0o755)
    names = [f"{HOSTILE} {label}" for label in range(10)]
    overlay = {
        "data": {"local": str(data), "class_names": names},
        "environment": {"python": str(interpreter)},
        "losses": {"cosface": {}, "pixels": {}},
    }
    table = "results/digits/figures/pixels/0/map.csv"
    done = fresh.snakemake(table, overlay=overlay)
    assert done.returncode == 0, done.stdout
    with (fresh.folder / table).open(encoding="utf-8", newline="") as file:
        assert {row["class"] for row in csv.DictReader(file)} == set(names)
    assert [path for path in fresh.folder.rglob("ran") if ".venv" not in path.parts] == []
