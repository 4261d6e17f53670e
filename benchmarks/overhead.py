"""The cost of the machinery: runs with nothing to do, dry runs, and each stage's start-up.

A no-op run needs finished results: give their project's folder with ``--finished``. The main times
are processor times, user and system, which a busy machine hardly changes. Wall times are beside
them.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from machine import PROJECT, description

STAGES = ["download", "split", "train", "select", "embed", "tsne", "measure", "significance"] + [
    "map_figure",
    "contact_sheet",
    "report",
    "manifest",
    "search",
]
# 15 losses × 5 seeds: the extended preset without ten of its rows.
CAMPAIGN = """\
version: campaign
seeds: [0, 1, 2, 3, 4]
losses:
  {centre: false, n_pairs: false, circle: false, normface: false, proxy_nca: false,
  soft_triple: false, sub_centre_arcface: false, magface: false, adaface: false, sphereface2: false}
"""
# Four rows with the smallest possible jobs.
SMALL = """\
version: small
seeds: [0]
split: {train: 1000, validation: 500, test: 500}
training: {epochs: 2, threads: 1}
tsne: {iterations: 300}
losses: {intra_triplet: false, triplet_softmax: false, sphereface: false, contrastive: false}
"""


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Processor and wall seconds that ``command`` takes in ``folder``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, wall


def row(name: str, command: list[str], folder: Path, rounds: int, bare: float) -> float:
    """Print a line of the table; returns the median of the processor seconds."""
    timed(command, folder)  # compiles modules and fills caches
    taken = [timed(command, folder) for _ in range(rounds)]
    used, wall = (statistics.median(times) for times in zip(*taken, strict=True))
    print(f"| {name} | {used:.2f} | {wall:.2f} | {used / (bare or used):.1f}× |", flush=True)
    return used


def beside_the_work(snakemake: list[str]) -> None:
    """Print the wall time of a run of many small jobs in sequence, and the jobs' own seconds."""
    with tempfile.TemporaryDirectory() as folder:
        overlay = Path(folder) / "small.yaml"
        overlay.write_text(SMALL)
        where = ["--snakefile", str(PROJECT / "Snakefile"), "--directory", folder]
        settings = ["--configfile", str(PROJECT / "config.yaml"), str(overlay)]
        _, wall = timed([*snakemake, *where, "--cores", "1", *settings], Path(folder))
        manifest = json.loads((Path(folder) / "results/small/report/manifest.json").read_text())
    jobs = len(manifest["stages"]) + 1  # and the manifest itself
    work = manifest["wall_seconds"]
    print("\n| jobs | wall s | in the records | start-up included, beside them per job |")
    print("|---:|---:|---:|---:|")
    print(f"| {jobs} | {wall:.0f} | {work:.0f} | {(wall - work) / jobs:.2f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--finished", type=Path, help="a project's folder with finished results")
    parser.add_argument("--configfile", type=Path, help="the configuration that finished them")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rounds = arguments.rounds
    print(f"\n{description('tensorflow', 'numpy')}\n")

    snakemake = [str(PROJECT / ".venv/snakemake/bin/snakemake")]
    always = ["--scheduler", "greedy", "--cores", "2"]
    print("| run | processor s | wall s | times Snakemake's start |\n|---|---:|---:|---:|")
    bare = row("`snakemake --version`", [*snakemake, "--version"], PROJECT, rounds, 0)
    if arguments.finished:
        laid_over = ["--configfile", str(arguments.configfile)] if arguments.configfile else []
        command = [*snakemake, *always, "--resources", "gpu=1", *laid_over]
        row("nothing to do, 8 rows", command, arguments.finished, rounds, bare)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(CAMPAIGN)
        file.flush()
        presets = [str(PROJECT / "config/presets/extended.yaml"), file.name]
        command = [*snakemake, "--dry-run", "--quiet", *always, "--configfile", *presets]
        row("dry run, 15 losses × 5 seeds, one data set", command, PROJECT, rounds, bare)

    beside_the_work(snakemake)
    python = str(PROJECT / ".venv/training/bin/python")
    print("\n| start-up | processor s | wall s | times Python's |\n|---|---:|---:|---:|")
    bare = row("`python -c pass`", [python, "-c", "pass"], PROJECT, rounds, 0)
    for stage in STAGES:
        command = [python, "-m", f"discern.stages.{stage}", "--help"]
        row(stage, command, PROJECT, rounds, bare)
    scan = "import importlib.metadata as m; m.packages_distributions()"
    row("the record's look at packages", [python, "-c", scan], PROJECT, rounds, bare)


if __name__ == "__main__":
    main()
