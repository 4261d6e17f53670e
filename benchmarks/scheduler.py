"""Requests of the same run to Slurm: single jobs, the profile's groups, and job arrays.

    .venv/development/bin/python benchmarks/scheduler.py

Starts a real Slurm of one node for each way and counts the requests to its controller (sdiag). The
trainings are too short to learn anything, so the wall seconds are those of the machinery alone.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from machine import PROJECT, description

sys.path.insert(0, str(PROJECT / "tests" / "pipeline"))

from project import SNAKEMAKE, copy_project
from slurm import Slurm

# Three rows of the default configuration.
SMALL: dict[str, Any] = {
    "version": "campaign",
    "seeds": [0, 1],
    "split": {"train": 1000, "validation": 500, "test": 500},
    "training": {"epochs": 2},
    "tsne": {"iterations": 300},
    "losses": dict.fromkeys(
        ("pixels", "intra_triplet", "triplet_softmax", "sphereface", "contrastive"), False
    ),
}
WAYS: dict[str, tuple[bool, list[str]]] = {
    "every job by itself": (False, []),
    "every job by itself, arrays of all rules": (False, ["--slurm-array-jobs", "all"]),
    "groups": (True, []),
    "groups, an array of trainings": (True, ["--slurm-array-jobs", "train"]),
}
SUBMITTED = "REQUEST_SUBMIT_BATCH_JOB"


def asked(node: Slurm) -> dict[str, int]:
    """The number of requests to the controller so far, by the name of the message."""
    by_type, _, _ = node.call("sdiag").partition("statistics by user")
    return {
        name: int(count) for name, count in re.findall(r"(\w+) *\( *\d+\) *count:(\d+)", by_type)
    }


def run(grouped: bool, options: list[str], folder: Path) -> tuple[dict[str, int], int, float]:
    """Messages to the controller, jobs or arrays that it knows, and the wall seconds."""
    project = copy_project(folder / "project")
    (project / "overlay.yaml").write_text(yaml.safe_dump(SMALL))
    profile = project / "profiles/slurm/config.yaml"
    settings = yaml.safe_load(profile.read_text())
    if not grouped:
        del settings["groups"]
    settings["slurm-init-seconds-before-status-checks"] = 3
    profile.write_text(yaml.safe_dump(settings))
    (folder / "slurm").mkdir()
    node = Slurm(folder / "slurm")
    try:
        before, start = asked(node), time.monotonic()
        done = subprocess.run(
            [SNAKEMAKE, "--profile", profile.parent, "--configfile", "overlay.yaml", *options],
            cwd=project,
            env=node.clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        wall = time.monotonic() - start
        if done.returncode:
            raise SystemExit(done.stdout[-4000:])
        after, jobs = asked(node), len(node.jobs())
    finally:
        node.stop()
    return {name: count - before.get(name, 0) for name, count in after.items()}, jobs, wall


def main() -> None:
    """Print the table; takes no options but ``--help``."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    print(f"\n{description('numpy')}\n")
    print("| how | submissions | jobs, tasks of arrays included | all messages | wall s |")
    print("|---|---:|---:|---:|---:|")
    for name, (grouped, options) in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            messages, jobs, wall = run(grouped, options, Path(folder))
        total = sum(messages.values())
        print(f"| {name} | {messages[SUBMITTED]} | {jobs} | {total} | {wall:.0f} |", flush=True)


if __name__ == "__main__":
    main()
