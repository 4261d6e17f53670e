"""A command has a GPU for itself for as long as it or a child of it lives; numbers stand in."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from discern import devices

SHELL = Path(devices.__file__)


@pytest.fixture
def two():
    """Two stand-in devices that nobody else on the machine uses."""
    stem = f"{os.getpid()}-{time.monotonic_ns()}"
    return [f"{stem}-a", f"{stem}-b"]


def run(command, visible=None, **environment):
    """Start ``command`` in the shell; its output comes line by line."""
    kept = {k: v for k, v in os.environ.items() if k not in (devices.VISIBLE, "SLURM_JOB_ID")}
    if visible is not None:
        kept[devices.VISIBLE] = ",".join(visible)
    return subprocess.Popen(
        [SHELL, "-c", command],
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


SHOW = 'echo "${CUDA_VISIBLE_DEVICES-unset}"'
HOLD = f"{SHOW}; sleep 60; true"


def first_line(process):
    """The next line of a command's output; nothing if it does not come in time."""
    patience = threading.Timer(30, os.killpg, (process.pid, signal.SIGKILL))
    patience.start()
    line = process.stdout.readline().strip()
    patience.cancel()
    return line


def end(*processes):
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def freed(device):
    """Wait for the kernel, which takes a killed process apart in its own time."""
    deadline = time.monotonic() + 5
    while (lock := devices.take(device)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    lock.close()


def test_two_commands_have_a_device_each_and_the_third_waits_for_one(two):
    first, second = run(HOLD, two), run(HOLD, two)
    assert {first_line(first), first_line(second)} == set(two)
    third = run(SHOW, two)
    assert third.stderr.readline() == f"discern: waiting for one of the GPUs {', '.join(two)}\n"
    assert third.poll() is None
    os.killpg(second.pid, signal.SIGTERM)
    freed = (set(two) - {devices_of(first)}).pop()
    assert third.communicate(timeout=10)[0].strip() == freed
    end(first, second)


def devices_of(process):
    """The device that a running command was given."""
    text = Path(f"/proc/{process.pid}/environ").read_text()
    return dict(entry.split("=", 1) for entry in text.split("\0") if entry)[devices.VISIBLE]


def test_killed_holders_device_is_free_at_once(two):
    holder = run(HOLD, two)
    taken = first_line(holder)
    assert devices.take(taken) is None
    os.killpg(holder.pid, signal.SIGKILL)
    holder.wait()
    freed(taken)
    end(holder)


def test_device_stays_taken_while_a_child_of_a_killed_command_lives(two):
    holder = run(f"{SHOW}; sleep 60 & echo $!; wait", two)
    taken, child = first_line(holder), int(first_line(holder))
    holder.kill()
    holder.wait()
    assert devices.take(taken) is None
    os.kill(child, signal.SIGKILL)
    freed(taken)
    end(holder)


def test_one_device_is_left_to_whoever_assigned_it(two):
    first, second = run(HOLD, two[:1]), run(HOLD, two[:1])
    assert first_line(first) == first_line(second) == two[0]
    end(first, second)


@pytest.mark.parametrize(("visible", "seen"), [(None, "unset"), ([""], ""), (["-1"], "-1")])
def test_nothing_changes_without_a_device(visible, seen):
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"  # no nvidia-smi
    done = run(f"{SHOW}; exit 3", visible, PATH=path)
    assert done.communicate()[0].strip() == seen
    assert done.returncode == 3


def test_nvidia_smi_says_which_devices_there_are(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nprintf '0\\n1\\n2\\n'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert devices.devices({}) == ["0", "1", "2"]
    assert devices.devices({devices.VISIBLE: "2, 1"}) == ["2", "1"]


def test_two_slurm_allocations_may_both_count_from_zero(two):
    first = run(HOLD, two, SLURM_JOB_ID="1")
    second = run(HOLD, two, SLURM_JOB_ID="2")
    assert first_line(first) == first_line(second) == two[0]
    end(first, second)
