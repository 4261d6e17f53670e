"""Deterministic operations on as many threads as asked for, or an error, but never silence."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
import tensorflow as tf

from discern.training.determinism import configure, device

# In a process of its own: threads can be set before TensorFlow's first computation alone.
PROGRAM = """
import tensorflow as tf
from discern.training.determinism import configure

configure(3)
tf.ones((2, 2)) @ tf.ones((2, 2))
threads = tf.config.threading
print(threads.get_intra_op_parallelism_threads(), threads.get_inter_op_parallelism_threads())
try:
    tf.random.uniform((1,))
except RuntimeError as error:
    print("unseeded randomness:", error)
configure(3)
try:
    configure(2)
except RuntimeError as error:
    print("too late:", error)
"""


@pytest.mark.slow
def test_threads_are_set_randomness_needs_a_seed_and_a_late_change_is_an_error():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    threads, unseeded, late = done.stdout.splitlines()
    assert threads == "3 1"
    assert "require a seed to be set" in unseeded
    assert "cannot be modified after initialization" in late


@pytest.fixture
def asked(monkeypatch):
    """What TensorFlow is asked for on a machine with two GPUs."""
    asked = []
    gpus = [SimpleNamespace(name=f"/device:GPU:{number}") for number in range(2)]

    def asks(place, name):
        monkeypatch.setattr(place, name, lambda *values: asked.append((name, *values)))

    asks(tf.config.threading, "set_intra_op_parallelism_threads")
    asks(tf.config.threading, "set_inter_op_parallelism_threads")
    asks(tf.config.experimental, "enable_op_determinism")
    asks(tf.config.experimental, "set_memory_growth")
    for name in ("list_physical_devices", "list_logical_devices"):
        monkeypatch.setattr(tf.config, name, lambda kind: gpus if kind == "GPU" else [])
    return asked


def test_a_gpu_is_shared_with_others(asked):
    configure(2)
    assert ("enable_op_determinism",) in asked
    shared = [values for name, *values in asked if name == "set_memory_growth"]
    assert [(gpu.name, grows) for gpu, grows in shared] == [
        ("/device:GPU:0", True),
        ("/device:GPU:1", True),
    ]


@pytest.mark.usefixtures("asked")
def test_the_device_is_the_first_gpu():
    assert device() == "/device:GPU:0"


def test_without_a_gpu_the_device_is_the_processor(monkeypatch):
    processor = [SimpleNamespace(name="/device:CPU:0")]
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind=None: [] if kind == "GPU" else processor
    )
    assert device() == "/device:CPU:0"
