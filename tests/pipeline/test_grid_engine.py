"""The profile for Grid Engine on a real one of one host, with a training that is killed."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

import pytest

import grid_engine
from programs import skip_except_on_ci
from project import CHECKOUT, SNAKEMAKE, Project, merge

pytestmark = pytest.mark.slow

PROFILE = "profiles/grid-engine"
SUBMIT = ("qsub", "-terse", "-cwd", "-S", "/bin/sh", "-j", "y")
OTHERS = ("contrastive", "intra_triplet", "triplet_softmax", "sphereface", "pixels")
SECONDS = 300


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    if shutil.which("sge_qmaster", path="/usr/sbin") is None or shutil.which("qsub") is None:
        skip_except_on_ci(
            "Grid Engine is not installed: apt-get install --no-install-recommends "
            + grid_engine.PACKAGES
        )
    running = grid_engine.GridEngine(tmp_path_factory.mktemp("grid"))
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("command", "options", "status"),
    [
        ("true", ["-o", "."], "success"),
        ("false", ["-o", "."], "failed"),
        ("sleep 600", ["-o", ".", "-l", "h_rt=0:0:1"], "failed"),
        ("true", ["-o", "missing/"], "failed"),
    ],
    ids=["it succeeded", "it failed", "its time was over", "it could not start"],
)
def test_the_status_of_a_job_is_told_once_it_has_ended(
    engine, tmp_path, monkeypatch, command, options, status
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    (tmp_path / "job").write_text(f"{command}\n")
    number = engine.call(*SUBMIT, *options, "job").strip()
    assert number.isdigit()
    deadline = time.monotonic() + SECONDS
    while (answer := told(engine, number)) == "running" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert answer == status
    # nothing waits for ever, and nothing is left behind
    assert "do not exist" in engine.call("qstat", "-j", number)
    assert not list((tmp_path / ".snakemake").iterdir())


def told(engine, number: str) -> str:
    """The last line of what the status command prints; the first may be that of qdel."""
    return engine.call(CHECKOUT / PROFILE / "status", number).splitlines()[-1]


def test_a_killed_training_is_submitted_again_and_continues(engine, fresh: Project, tmp_path):
    losses = dict.fromkeys((*OTHERS, "softmax", "triplet_semihard"), False)
    fresh.overlay = merge(fresh.overlay, {"losses": losses, "training": {"epochs": 60}})
    fresh.command()
    command = [SNAKEMAKE, "--profile", PROFILE, "--configfile", "overlay.yaml", "--until", "embed"]
    log = fresh.folder / "logs/digits/train/cosface/0.log"
    with (tmp_path / "output.txt").open("w") as output:
        run = subprocess.Popen(
            [*command, "--seconds-between-status-checks", "1"],
            cwd=fresh.folder,
            env={k: v for k, v in engine.clean_environment().items() if k != "DISCERN_DATA"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        await_line(log, "epoch 3/60", run)
        (killed,) = re.findall(r"^ +(\d+) .*snakejob\.", engine.call("qstat"), re.MULTILINE)
        engine.call("qdel", killed)
        status = run.wait(SECONDS)
    finally:
        run.kill()
    assert status == 0, (tmp_path / "output.txt").read_text()[-4000:]
    assert "continuing after epoch" in log.read_text()
    asked = [dict(re.findall(r"(\w+)=([^, ]+)", each)) for each in categories(engine)]
    of_jobs = [(each["gpu"], each["mem_free"], each["h_rt"]) for each in asked if "gpu" in each]
    assert of_jobs == [
        ("0", "1500M", "3900"),  # download and split
        ("1", "2000M", "7200"),  # the training,
        ("1", "4000M", "14400"),  # which asks for as much again
        ("0", "2000M", "900"),  # select and embed
    ]


def await_line(log, line, run):
    """Wait until a job has written this; the run must not end before."""
    deadline = time.monotonic() + SECONDS
    while not (log.exists() and line in log.read_text()):
        assert run.poll() is None, "the run ended before the training could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.2)


def categories(engine):
    """What each job asked for, in the order of submission."""
    records = re.findall(
        r"^jobnumber +(\d+)(?:.*\n)*?category +(.*)$", engine.call("qacct", "-j"), re.MULTILINE
    )
    return [category for _, category in sorted(records, key=lambda record: int(record[0]))]
