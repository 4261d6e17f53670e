"""Deterministic operations on as many threads as asked for, or an error, but never silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from discern import files

# In a process of its own: threads can be set before TensorFlow's first computation alone.
PROGRAM = """
import tensorflow as tf
from discern.tensors import configure

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
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(Path(files.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    threads, unseeded, late = done.stdout.splitlines()
    assert threads == "3 1"
    assert "require a seed to be set" in unseeded
    assert "cannot be modified after initialization" in late
