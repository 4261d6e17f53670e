"""The whole pipeline on a real Slurm of one node, with a training that is cancelled twice."""

from __future__ import annotations

import itertools
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import slurm
from programs import skip_except_on_ci
from project import JOINED, SNAKEMAKE, Project, copy_project, merge, stable

pytestmark = pytest.mark.slow

PROFILE = "profiles/slurm"
RUN_SECONDS = 1200
# The rules as they are grouped by the profile, each group being one job.
GROUPED = {
    "data": {"download", "split"},
    "evaluation": {"select", "embed", "tsne", "measure"}
    | {"map_figure", "distances_figure", "confusions_figure"},
    "summary": {"significance", "report", "manifest", "training_curves_figure"}
    | {"contact_sheet", "curves_figure", "verification_figure", "separation_figure"},
}
OTHERS = ("softmax", "contrastive", "intra_triplet", "triplet_softmax", "sphereface", "pixels")


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    if reason := slurm.missing("slurmctld", "sbatch"):
        skip_except_on_ci(reason)
    running = slurm.Slurm(tmp_path_factory.mktemp("slurm"))
    yield running
    running.stop()


@dataclass
class Campaign:
    """The same configuration run here and by Slurm, where cosface's training was cancelled."""

    local: Project
    cluster: Project
    broken: str
    broken_status: int
    finished: str
    finished_status: int
    jobs: list[dict[str, str]]
    cancelled: list[str]


@pytest.fixture(scope="module")
def campaign(node, tmp_path_factory, digits_overlay) -> Campaign:
    overlay = merge(
        digits_overlay,
        {"losses": dict.fromkeys(OTHERS, False), "training": {"epochs": 80}},
    )
    folder = tmp_path_factory.mktemp("slurm_runs")
    local = Project(copy_project(folder / "local"), overlay)
    done = local.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]

    cluster = Project(copy_project(folder / "cluster"), overlay, node.environment)
    (cluster.folder / "overlay.yaml").write_text((local.folder / "overlay.yaml").read_text())
    profile = cluster.folder / PROFILE / "config.yaml"
    profile.write_text(
        profile.read_text().replace("# slurm_partition: main", "slurm_partition: main")
    )
    first = start(cluster, node, folder / "broken.txt")
    log = cluster.folder / "logs/digits/train/cosface/0.log"
    cancelled: list[str] = []
    cancel(node, first, cancelled, lambda: log.exists() and "epoch 3/80" in log.read_text())
    cancel(node, first, cancelled, lambda: True)
    status = finish(first)
    again = start(cluster, node, folder / "finished.txt")
    finished_status = finish(again)
    return Campaign(
        local,
        cluster,
        (folder / "broken.txt").read_text(),
        status,
        (folder / "finished.txt").read_text(),
        finished_status,
        node.jobs(),
        cancelled,
    )


def start(project: Project, node: slurm.Slurm, output: Path) -> subprocess.Popen:
    """The command as the README has it, with one new attempt instead of two and quicker checks."""
    command = [str(SNAKEMAKE), "--profile", PROFILE, "--configfile", "overlay.yaml"]
    command += ["--retries", "1", "--slurm-keep-successful-logs"]
    command += ["--slurm-init-seconds-before-status-checks", "3"]
    environment = {k: v for k, v in node.clean_environment().items() if k != "DISCERN_DATA"}
    with output.open("w") as file:
        return subprocess.Popen(
            command, cwd=project.folder, env=environment, stdout=file, stderr=subprocess.STDOUT
        )


def finish(run: subprocess.Popen) -> int:
    """The run's exit status; it is not left behind when it takes too long."""
    try:
        return run.wait(RUN_SECONDS)
    finally:
        run.kill()


def cancel(
    node: slurm.Slurm, run: subprocess.Popen, cancelled: list[str], begun: Callable[[], bool]
) -> None:
    """Cancel cosface's training once it runs and has ``begun``, and add Slurm's number of it."""
    deadline = time.monotonic() + RUN_SECONDS
    while run.poll() is None and time.monotonic() < deadline:
        for job in node.jobs():
            is_it = "cosface" in job["Comment"] and job["JobId"] not in cancelled
            if is_it and job["JobState"] == "RUNNING" and begun():
                node.call("scancel", job["JobId"])
                cancelled.append(job["JobId"])
                return
        time.sleep(0.2)
    run.kill()
    raise AssertionError("the run ended before the training could be cancelled")


def seconds(moment: str) -> float:
    return time.mktime(time.strptime(moment, "%Y-%m-%dT%H:%M:%S"))


def trainings(campaign: Campaign) -> list[dict[str, str]]:
    return [job for job in campaign.jobs if job["Comment"].startswith("rule_train_")]


def test_each_rule_ran_as_a_job_of_slurms(campaign, record_property):
    assert campaign.finished_status == 0, campaign.finished[-4000:]
    by_number = {job["JobId"]: job for job in campaign.jobs}
    ran: dict[str, list[str]] = {}
    for log in sorted((campaign.cluster.folder / "logs/slurm").rglob("*.log")):
        assert log.stem in by_number
        for rule in set(re.findall(r"^rule (\w+):$", log.read_text(), re.MULTILINE)):
            ran.setdefault(rule, []).append(log.stem)
    record_property(
        "Slurm's jobs by rule", "; ".join(f"{rule} {', '.join(ran[rule])}" for rule in sorted(ran))
    )
    assert set(ran) == {"train"}.union(*GROUPED.values())
    for group, rules in GROUPED.items():
        for rule in rules:
            assert all(f"rule_{group}" in by_number[n]["Comment"] for n in ran[rule])
    done = [job for job in campaign.jobs if job["JobId"] not in campaign.cancelled]
    assert {job["JobState"] for job in done} == {"COMPLETED"}
    assert len(done) == 1 + 2 + 2 + 1  # data, two trainings, their evaluations, summary


def test_trainings_alone_ask_for_a_gpu_and_none_shared_it(campaign):
    asking = [job for job in campaign.jobs if "gpu" in job.get("TresPerJob", "")]
    assert asking == trainings(campaign)
    assert len(asking) == 4  # two losses, one of them cancelled twice
    spans = sorted((seconds(job["StartTime"]), seconds(job["EndTime"])) for job in asking)
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert end <= start


def test_new_attempt_asks_for_more(campaign):
    first, second = (job for job in trainings(campaign) if job["JobId"] in campaign.cancelled)
    assert (first["MinMemoryNode"], first["TimeLimit"]) == ("2000M", "02:00:00")
    assert (second["MinMemoryNode"], second["TimeLimit"]) == ("4000M", "04:00:00")


def test_cancelled_training_fails_the_run_and_is_named(campaign):
    assert campaign.broken_status == 1
    states = {job["JobId"]: job["JobState"] for job in campaign.jobs}
    assert [states[number] for number in campaign.cancelled] == ["CANCELLED"] * 2
    for number in campaign.cancelled:
        message = rf"SLURM-job '{number}' failed, SLURM status is: 'CANCELLED'"
        told = re.search(rf"Error in rule train:\n.*{message}(.*\n){{1,8}}", campaign.broken)
        assert told, campaign.broken[-4000:]
        assert "output: results/digits/train/cosface/0/history.csv" in told[0]
    assert "A job without a message was ended by the scheduler" in campaign.broken


def test_same_command_continues_it_and_ends_with_the_same_bytes(campaign):
    log = (campaign.cluster.folder / "logs/digits/train/cosface/0.log").read_text()
    assert "continuing after epoch" in log
    here, there = (
        stable(project.folder / "results/digits", JOINED)
        for project in (campaign.local, campaign.cluster)
    )
    assert [name for name in sorted(here | there) if here.get(name) != there.get(name)] == []
