"""A command has a GPU for itself while it or a child of it lives; names stand in for GPUs."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from discern.setup import one_gpu

SHELL = Path(one_gpu.__file__)


@pytest.fixture
def two():
    """Two stand-in devices that nobody else on the machine uses."""
    stem = f"{os.getpid()}-{time.monotonic_ns()}"
    return [f"{stem}-a", f"{stem}-b"]


@pytest.fixture
def run():
    """Starts a command in the shell, whose output comes line by line; ends it with the test."""
    started = []

    def run(command, visible=None, **environment):
        kept = {k: v for k, v in os.environ.items() if k not in (one_gpu.VISIBLE, "SLURM_JOB_ID")}
        if visible is not None:
            kept[one_gpu.VISIBLE] = ",".join(visible)
        process = subprocess.Popen(
            [SHELL, "-c", command],
            env=kept | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


SHOW = 'echo "${CUDA_VISIBLE_DEVICES-unset}"'
HOLD = f"{SHOW}; sleep 60; true"


def first_line(process):
    """The next line of a command's output; nothing if it does not come in time."""
    patience = threading.Timer(30, os.killpg, (process.pid, signal.SIGKILL))
    patience.start()
    line = process.stdout.readline().strip()
    patience.cancel()
    return line


def assert_is_freed(device):
    """Wait for the kernel, which takes a killed process apart in its own time."""
    deadline = time.monotonic() + 5
    while (lock := one_gpu.take(device)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    lock.close()


def test_two_commands_have_a_device_each_and_the_third_waits_for_one(run, two):
    first, second = run(HOLD, two), run(HOLD, two)
    taken = [first_line(first), first_line(second)]
    assert set(taken) == set(two)
    third = run(SHOW, two)
    assert third.stderr.readline() == f"discern: waiting for one of the GPUs {', '.join(two)}\n"
    assert third.poll() is None
    os.killpg(second.pid, signal.SIGTERM)
    assert third.communicate(timeout=10)[0].strip() == taken[1]


def test_a_killed_holders_device_is_free_at_once(run, two):
    holder = run(HOLD, two)
    taken = first_line(holder)
    assert one_gpu.take(taken) is None
    os.killpg(holder.pid, signal.SIGKILL)
    assert_is_freed(taken)


def test_a_device_stays_taken_while_a_child_of_a_killed_command_lives(run, two):
    holder = run(f"{SHOW}; sleep 60 & echo $!; wait", two)
    taken, child = first_line(holder), int(first_line(holder))
    holder.kill()
    holder.wait()
    assert one_gpu.take(taken) is None
    os.kill(child, signal.SIGKILL)
    assert_is_freed(taken)


def test_one_device_is_left_to_whoever_assigned_it(run, two):
    assert [first_line(run(HOLD, two[:1])) for _ in range(2)] == two[:1] * 2


def test_two_slurm_allocations_may_both_count_from_zero(run, two):
    assert [first_line(run(HOLD, two, SLURM_JOB_ID=job)) for job in "12"] == two[:1] * 2


@pytest.mark.parametrize(("visible", "seen"), [(None, "unset"), ([""], ""), (["-1"], "-1")])
def test_nothing_changes_without_a_device(run, visible, seen):
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"  # no nvidia-smi
    done = run(f"{SHOW}; exit 3", visible, PATH=path)
    assert done.communicate()[0].strip() == seen
    assert done.returncode == 3


def test_nvidia_smi_says_which_devices_there_are(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nprintf '0\\n1\\n2\\n'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert one_gpu.devices({}) == ["0", "1", "2"]
    assert one_gpu.devices({one_gpu.VISIBLE: "2, 1"}) == ["2", "1"]
