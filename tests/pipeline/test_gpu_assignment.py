"""Concurrent trainings get one GPU each from the runner; numbers stand in for the GPUs."""

from __future__ import annotations

import itertools
import sys
import time

import pytest

from project import Project, merge

pytestmark = pytest.mark.slow

# Takes the place of the rules' interpreter. A training writes down which device it has, and when.
INTERPRETER = """\
#!{python}
import json, os, pathlib, sys, time
words = sys.argv[1:]
if words[1] != "discern.stages.train":
    os.execv({python!r}, [{python!r}, *words])
option = dict(zip(words[2::2], words[3::2]))
start = time.monotonic()
time.sleep(1.5)
pathlib.Path(option["--checkpoints"]).mkdir(parents=True)
for name in ("--history", "--record"):
    pathlib.Path(option[name]).write_text("{{}}")
entry = [os.environ["CUDA_VISIBLE_DEVICES"], start, time.monotonic()]
with open({notes!r}, "a") as notes:
    notes.write(" ".join(map(str, entry)) + "\\n")
"""


def test_four_trainings_at_once_have_a_device_each(fresh: Project):
    folder = fresh.folder / "stand_in"
    folder.mkdir()
    notes = folder / "notes.txt"
    (folder / "python").write_text(INTERPRETER.format(python=sys.executable, notes=str(notes)))
    (folder / "python").chmod(0o755)
    names = [f"{time.monotonic_ns()}-{number}" for number in range(4)]
    fresh.environment["CUDA_VISIBLE_DEVICES"] = ",".join(names)
    fresh.overlay = merge(fresh.overlay, {"environment": {"python": str(folder / "python")}})
    fresh.overlay["seeds"] = [0, 1]

    profile = ("--profile", "profiles/workstation")
    done = fresh.snakemake(*profile, "--until", "train", cores=4)
    assert done.returncode == 0, done.stdout[-3000:]
    jobs = [line.split() for line in notes.read_text().splitlines()]
    spans = [(device, float(start), float(end)) for device, start, end in jobs]
    assert len(spans) == 14  # seven losses, two seeds
    assert {device for device, _, _ in spans} == set(names)
    for device in names:
        own = sorted((start, end) for name, start, end in spans if name == device)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(own))
    at_once = max(sum(a <= start < b for _, a, b in spans) for _, start, _ in spans)
    assert at_once == 4
