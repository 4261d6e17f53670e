"""After kills of a training, of Snakemake or of both, the same command gives the same bytes.

The same holds if the clock is set back meanwhile.

A training is paused (SIGSTOP) when something else has to happen during it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from project import Project, copy_project

pytestmark = pytest.mark.slow

FOLDER = "results/digits/train/cosface/0"
TARGET = f"{FOLDER}/history.csv"


@pytest.fixture(scope="module")
def whole(tmp_path_factory, digits_overlay):
    """A project whose training was never interrupted."""
    project = Project(copy_project(tmp_path_factory.mktemp("whole") / "project"), digits_overlay)
    done = project.snakemake(TARGET)
    assert done.returncode == 0, done.stdout
    return project


class Run:
    """Snakemake in a process group of its own, up to where its training has saved a state."""

    def __init__(self, project):
        self.folder = project.folder
        self.process = subprocess.Popen(
            project.command(TARGET),
            cwd=project.folder,
            env=project.clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        state = project.folder / FOLDER / ".resume/state.npz"
        while not state.exists():
            assert self.process.poll() is None, self.process.stdout.read()
            time.sleep(0.005)
        (self.training,) = self.trainings()
        os.kill(self.training, signal.SIGSTOP)

    def trainings(self):
        """The processes of trainings in this project's folder."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                here = (entry / "cwd").resolve() == self.folder.resolve()
            except OSError:  # it has ended
                continue
            # the interpreter itself, and not the shell that waits for it
            if here and b"discern.stages.train" in words:
                found.append(int(entry.name))
        return found

    def end(self):
        """What Snakemake said until its end."""
        said, _ = self.process.communicate()
        return said


def assert_as_never_interrupted(project, whole):
    def content(folder):
        history = (folder / TARGET).read_text().splitlines()
        checkpoints = sorted((folder / FOLDER / "checkpoints").glob("*.npz"))
        return (
            [line.rpartition(",")[0] for line in history],
            {path.name: path.read_bytes() for path in checkpoints},
        )

    assert content(project.folder) == content(whole.folder)


def test_a_killed_process_tree_and_a_stale_lock(fresh, whole):
    run = Run(fresh)
    second = fresh.snakemake(TARGET)
    assert second.returncode != 0
    assert "Directory cannot be locked" in second.stdout
    assert "no other Snakemake process" in second.stdout
    assert "--unlock" in second.stdout

    os.killpg(run.process.pid, signal.SIGKILL)
    run.end()
    assert run.trainings() == []
    assert not (fresh.folder / TARGET).exists()
    # as if the kill had come when a part of the outputs was there
    checkpoints = fresh.folder / FOLDER / "checkpoints"
    checkpoints.mkdir()
    (checkpoints / "epoch-0099.npz").write_bytes(b"half")

    stale = fresh.snakemake(TARGET)
    assert stale.returncode != 0
    assert "--unlock" in stale.stdout
    assert fresh.snakemake("--unlock").returncode == 0
    done = fresh.snakemake(TARGET)
    assert done.returncode == 0, done.stdout
    assert "continuing after epoch" in done.stdout
    assert_as_never_interrupted(fresh, whole)


def test_a_training_that_outlives_a_killed_snakemake_is_left_alone(fresh, whole):
    run = Run(fresh)
    run.process.kill()
    run.process.wait()
    assert run.trainings() == [run.training]
    assert fresh.snakemake("--unlock").returncode == 0
    beside = fresh.snakemake(TARGET)
    assert beside.returncode != 0
    assert f"train: {FOLDER}: another process still trains there; wait for its end" in beside.stdout

    os.kill(run.training, signal.SIGKILL)
    run.end()
    done = fresh.snakemake(TARGET)
    assert done.returncode == 0, done.stdout
    assert_as_never_interrupted(fresh, whole)


def test_a_killed_training_is_said_by_snakemake_and_continued(fresh, whole):
    """As the kernel kills what takes too much memory."""
    run = Run(fresh)
    os.kill(run.training, signal.SIGKILL)
    said = run.end()
    assert run.process.returncode != 0
    failure = re.search(r"train cosface 0: FAILED after (.*)", said)
    assert failure, said
    assert (
        "(died with <Signals.SIGKILL: 9>); its log is logs/digits/train/cosface/0.log" in failure[1]
    )
    assert "A job without a message was killed, usually because memory ran out" in said
    assert not (fresh.folder / TARGET).exists()
    done = fresh.snakemake(TARGET)
    assert done.returncode == 0, done.stdout
    assert "continuing after epoch" in done.stdout
    assert_as_never_interrupted(fresh, whole)


def test_a_clock_set_back_during_a_training_costs_no_epoch(fresh, whole):
    """What the training reads was made by the old clock, what it writes is of the new one."""
    run = Run(fresh)
    hour = time.time() + 3600
    os.utime(fresh.folder / "results/digits/split/split.npz", (hour, hour))
    os.kill(run.training, signal.SIGCONT)
    said = run.end()
    assert run.process.returncode != 0
    assert "older modification time" in said
    assert "could indicate a clock skew problem" in said
    assert not (fresh.folder / TARGET).exists()
    done = fresh.snakemake(TARGET)
    assert done.returncode == 0, done.stdout
    assert "had times in the future, as after a clock is set back" in done.stdout
    assert "epoch 8/8" not in done.stdout
    assert_as_never_interrupted(fresh, whole)
