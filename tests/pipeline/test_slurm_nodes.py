"""Trainings on several nodes of a real Slurm, two of which are lost in the middle of a training."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import slurm
from programs import skip_except_on_ci
from project import SNAKEMAKE, Project, copy_project, merge, stable

pytestmark = pytest.mark.slow

# What happens to the node of each training: it loses power, or it hangs and goes on when the
# training has been given to another node, on a file system with or without locks.
FAILED, LOCKED, WITHOUT_LOCKS = TRAINED = ("cosface", "softmax", "contrastive")
OTHERS = ("triplet_semihard", "intra_triplet", "triplet_softmax", "sphereface", "pixels")
EPOCHS = 80
SECONDS = 600
# Python imports it at its start, from the folder of the package.
NO_LOCKS = f"""\
import errno, fcntl, os

def flock(descriptor, operation, given=fcntl.flock):
    if "/{WITHOUT_LOCKS}/" in os.readlink(f"/proc/self/fd/{{descriptor}}"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    given(descriptor, operation)

fcntl.flock = flock
"""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    if reason := slurm.missing("slurmctld", "munged"):
        skip_except_on_ci(reason)
    running = slurm.Slurm(tmp_path_factory.mktemp("nodes"), nodes=("n1", "n2", "n3", "n4"))
    yield running
    running.stop()


@dataclass
class Campaign:
    """Three trainings on this machine, and on nodes that are lost."""

    local: Project
    cluster: Project
    first: dict[str, str]  # the node of each training, before one was lost
    output: str  # of the run during which they were lost
    status: int
    jobs: list[dict[str, str]]
    logs: dict[str, str]
    last_output: str  # of the same command afterwards
    last_status: int


@pytest.fixture(scope="module")
def campaign(nodes, tmp_path_factory, digits_overlay) -> Campaign:
    settings = {"losses": dict.fromkeys(OTHERS, False), "training": {"epochs": EPOCHS}}
    overlay = merge(digits_overlay, settings)
    folder = tmp_path_factory.mktemp("slurm_nodes")
    local = Project(copy_project(folder / "local"), overlay)
    done = local.snakemake("--until", "select")
    assert done.returncode == 0, done.stdout[-4000:]

    cluster = Project(copy_project(folder / "cluster"), overlay, nodes.environment)
    cluster.command()
    (cluster.folder / "workflow/sitecustomize.py").write_text(NO_LOCKS)
    run = start(cluster, folder / "output.txt")
    try:
        await_(run, lambda: all("epoch 3/" in log(cluster, label) for label in TRAINED))
        first = {label: job["NodeList"] for label, job in trainings(nodes).items()}
        nodes.restart_controller()
        nodes.fail(first[FAILED])
        for label in (LOCKED, WITHOUT_LOCKS):
            nodes.hang(first[label])
        nodes.await_nodes("down", *first.values())
        nodes.start_node(first[FAILED])
        await_(run, lambda: "continuing after" in log(cluster, WITHOUT_LOCKS))
        nodes.let_jobs_go_on(first[WITHOUT_LOCKS])
        status = run.wait(SECONDS)
    finally:
        run.kill()
    jobs, logs = nodes.jobs(), {label: log(cluster, label) for label in TRAINED}
    # The hanging training ends as if it had never been given to another node.
    nodes.let_jobs_go_on(first[LOCKED])
    deadline = time.monotonic() + SECONDS
    while any("discern.stages.train" in words for words in nodes.processes(first[LOCKED]).values()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    last = start(cluster, folder / "last.txt")
    try:
        last_status = last.wait(SECONDS)
    finally:
        last.kill()
    output, last_output = ((folder / f"{name}.txt").read_text() for name in ("output", "last"))
    return Campaign(local, cluster, first, output, status, jobs, logs, last_output, last_status)


def start(project: Project, output: Path) -> subprocess.Popen:
    """The command as the README has it, with one new attempt instead of two and quicker checks."""
    command = [SNAKEMAKE, "--profile", "profiles/slurm", "--configfile", "overlay.yaml"]
    command += ["--until", "select", "--retries", "1"]
    command += ["--slurm-init-seconds-before-status-checks", "3"]
    command += ["--default-resources", "slurm_partition=main", "mem_mb=500", "runtime=5"]
    with output.open("w") as file:
        return subprocess.Popen(
            command,
            cwd=project.folder,
            env=project.clean_environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def await_(run: subprocess.Popen, begun: Callable[[], bool]) -> None:
    """Wait until something has begun; the run must not end before."""
    deadline = time.monotonic() + SECONDS
    while not begun():
        assert run.poll() is None, "the run ended before a node could be lost"
        assert time.monotonic() < deadline
        time.sleep(0.2)


def log(project: Project, label: str) -> str:
    path = project.folder / f"logs/digits/train/{label}/0.log"
    return path.read_text(errors="replace") if path.exists() else ""


def trainings(nodes: slurm.Slurm) -> dict[str, dict[str, str]]:
    """The last job of each training."""
    return {
        label: job for job in nodes.jobs() for label in TRAINED if f"{label}_0" in job["Comment"]
    }


def test_the_three_trainings_ran_at_once_on_different_nodes(campaign):
    assert len(set(campaign.first.values())) == 3


def test_no_job_was_lost_with_the_controller_and_those_of_lost_nodes_were_requeued(campaign):
    numbers = [int(job["JobId"]) for job in campaign.jobs]
    assert numbers == list(range(1, len(numbers) + 1))
    restarted = {job["JobId"]: job["Restarts"] for job in campaign.jobs if job["Restarts"] != "0"}
    assert list(restarted.values()) == ["1", "1", "1"]
    comments = [job["Comment"] for job in campaign.jobs if job["JobId"] in restarted]
    assert all(comment.startswith("rule_train_") for comment in comments)


def test_a_training_continues_on_another_node(campaign):
    assert continued_after(campaign.logs[FAILED]) in range(3, EPOCHS)


def test_a_requeued_training_is_refused_while_the_first_one_still_runs(campaign):
    assert "another process still trains there" in campaign.logs[LOCKED]
    assert campaign.status == 1
    assert "Error in rule train" in campaign.output


def test_without_locks_both_train_which_the_log_says(campaign):
    told = campaign.logs[WITHOUT_LOCKS]
    assert "this file system has no locks (Function not implemented)" in told
    # One of the two may fail at the other's files. Its new attempt then finds all epochs done.
    assert continued_after(told) in range(3, EPOCHS + 1)


def continued_after(told: str) -> int:
    """The epoch after which a training continued, by its log."""
    (epoch,) = re.findall(r"continuing after epoch (\d+)", told)
    return int(epoch)


def test_the_same_command_ends_with_the_same_bytes(campaign):
    assert campaign.last_status == 0, campaign.last_output[-4000:]
    here, there = (
        stable(project.folder / "results/digits") for project in (campaign.local, campaign.cluster)
    )
    assert [name for name in sorted(here | there) if here.get(name) != there.get(name)] == []
