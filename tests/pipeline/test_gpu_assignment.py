"""Concurrent trainings get one GPU each from the runner; a script stands in for nvidia-smi."""

from __future__ import annotations

import itertools
import os
import sys

import pytest

import nvidia_smi
from nvidia_smi import CARDS
from project import CHECKOUT, Project, merge

pytestmark = pytest.mark.slow

# Takes the place of the rules' interpreter. A training writes down which device it has, and when.
INTERPRETER = """\
#!{python}
import json, os, pathlib, sys, time
words = sys.argv[1:]
if "discern.stages.train" not in words:
    os.execv({python!r}, [{python!r}, *words])
option = dict(zip(words, words[1:]))
start = time.monotonic()
time.sleep(1.5)
pathlib.Path(option["--checkpoints"]).mkdir(parents=True)
for name in ("--history", "--record"):
    pathlib.Path(option[name]).write_text("{{}}")
entry = [os.environ["CUDA_VISIBLE_DEVICES"], start, time.monotonic()]
with open({notes!r}, "a") as notes:
    notes.write(" ".join(map(str, entry)) + "\\n")
"""


def test_a_gpu_that_was_meant_and_can_not_be_used_is_one_sentence_and_no_training(fresh: Project):
    own = {"accelerator": "gpu", "python": str(CHECKOUT / ".venv/training/bin/python")}
    done = fresh.snakemake("--until", "train", overlay={"environment": own})
    assert done.returncode == 1
    lines = map(str.strip, done.stdout.splitlines())
    (sentence, *_) = (line for line in lines if line.startswith("train: "))
    assert sentence.startswith("train: the GPU can't be used: CUDA's driver can't be loaded")
    assert sentence.endswith("or set environment.accelerator to cpu")
    assert not list((fresh.folder / "results").rglob("history.csv"))


def test_a_gpu_that_appears_does_not_redo_trainings_unless_somebody_says_so(copied: Project):
    nvidia_smi.install(copied.folder, nvidia_smi.listing(*CARDS))
    copied.environment["PATH"] = f"{copied.folder}:{os.environ['PATH']}"
    done = copied.snakemake()
    assert done.returncode == 1
    assert "was trained on the cpu, and environment.accelerator auto means gpu here" in done.stdout
    assert "set it to cpu to keep this training, or to gpu to train again" in done.stdout
    assert copied.planned({"environment": {"accelerator": "cpu"}}) == {}


def test_under_conda_a_gpu_is_refused_before_anything_is_done(fresh: Project):
    own = {"environment": {"accelerator": "gpu"}}
    done = fresh.snakemake("--dry-run", "--sdm", "conda", overlay=own)
    assert done.returncode == 1
    assert "with --sdm conda the rules' environment has no CUDA libraries; set " in done.stdout


@pytest.mark.parametrize(("cards", "seeds"), [(CARDS, [0, 1]), (CARDS[:1], [0])])
def test_four_trainings_at_once_never_share_a_card(fresh: Project, cards, seeds):
    folder = fresh.folder / "stand_in"
    folder.mkdir()
    notes = folder / "notes.txt"
    (folder / "python").write_text(INTERPRETER.format(python=sys.executable, notes=str(notes)))
    (folder / "python").chmod(0o755)
    nvidia_smi.install(folder, nvidia_smi.listing(*cards))
    fresh.environment["PATH"] = f"{folder}:{os.environ['PATH']}"
    fresh.environment["DISCERN_GPU_LOCKS"] = str(folder / "locks")
    fresh.overlay = merge(fresh.overlay, {"environment": {"python": str(folder / "python")}})
    fresh.overlay["seeds"] = seeds

    profile = ("--profile", "profiles/workstation")
    done = fresh.snakemake(*profile, "--until", "train", cores=4)
    assert done.returncode == 0, done.stdout[-3000:]
    jobs = [line.split() for line in notes.read_text().splitlines()]
    spans = [(device, float(start), float(end)) for device, start, end in jobs]
    assert len(spans) == 7 * len(seeds)  # seven losses
    assert {device for device, _, _ in spans} == set(cards)
    for device in cards:
        own = sorted((start, end) for name, start, end in spans if name == device)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(own))
    at_once = max(sum(a <= start < b for _, a, b in spans) for _, start, _ in spans)
    assert at_once == len(cards)
