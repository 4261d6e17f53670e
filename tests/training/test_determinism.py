"""Deterministic operations on as many threads as asked for, on the device that was meant."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
import tensorflow as tf

from discern.errors import DiscernError
from discern.gpu.card import Card
from discern.provenance.machine import processor
from discern.training import determinism
from discern.training.determinism import configure
from programs import run_program

# In a process of its own: threads can be set before TensorFlow's first computation alone.
PROGRAM = """
import os
import tensorflow as tf
from discern.training.determinism import configure

device = configure(3)
tf.ones((2, 2)) @ tf.ones((2, 2))
threads = tf.config.threading
print(threads.get_intra_op_parallelism_threads(), threads.get_inter_op_parallelism_threads())
print(device)
print(os.environ["CUDA_VISIBLE_DEVICES"], tf.config.list_physical_devices("GPU"))
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
def test_threads_are_set_gpus_hidden_randomness_needs_a_seed_and_a_late_change_is_an_error():
    done = run_program(sys.executable, "-c", PROGRAM)
    assert done.returncode == 0, done.stderr
    threads, device, gpus, unseeded, late = done.stdout.splitlines()
    assert threads == "3 1"
    assert device == processor()
    assert gpus == "-1 []"
    assert "require a seed to be set" in unseeded
    assert "cannot be modified after initialization" in late


@pytest.fixture
def asked(monkeypatch):
    """What TensorFlow is asked for on a machine with two GPUs."""
    asked = []
    gpus = [SimpleNamespace(name=f"/physical_device:GPU:{number}") for number in range(2)]

    def asks(place, name):
        monkeypatch.setattr(place, name, lambda *values: asked.append((name, *values)))

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_CACHE_PATH", raising=False)
    asks(tf.config.threading, "set_intra_op_parallelism_threads")
    asks(tf.config.threading, "set_inter_op_parallelism_threads")
    asks(tf.config.experimental, "enable_op_determinism")
    asks(tf.config.experimental, "enable_tensor_float_32_execution")
    asks(tf.config.experimental, "set_memory_growth")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    card = Card("NVIDIA H100", (8, 0), 80 * 10**9, "535.104.05", "12.2")
    monkeypatch.setattr(determinism, "require_card", lambda: card)
    asked.append(gpus)
    return asked


def test_a_gpu_is_deterministic_shared_with_others_and_named_with_what_it_depends_on(asked):
    assert configure(2, "gpu") == "NVIDIA H100, capability 8.0, driver 535.104.05, TF32 off"
    (gpu, _), *calls = asked
    assert ("enable_op_determinism",) in calls
    assert ("set_intra_op_parallelism_threads", 2) in calls
    grows = [values for name, *values in calls if name == "set_memory_growth"]
    assert grows == [[gpu, True]]


@pytest.mark.parametrize(("allowed", "word"), [(False, "off"), (True, "on")])
def test_reduced_precision_is_as_asked_and_told(asked, allowed, word):
    device = configure(2, "gpu", tensor_float_32=allowed)
    assert ("enable_tensor_float_32_execution", allowed) in asked
    assert device.endswith(f", TF32 {word}")


def test_where_a_gpu_is_meant_none_is_an_error_and_never_the_processor(asked):
    asked[0].clear()  # the driver has a card and TensorFlow shows none
    with pytest.raises(DiscernError, match=r"^the GPU can't be used: TensorFlow .*accelerator"):
        configure(2, "gpu")


@pytest.mark.parametrize("cache", [None, "kernels"])
def test_the_wait_for_compiled_kernels_names_the_configured_folder(
    asked, monkeypatch, tmp_path, cache
):
    announced = []
    monkeypatch.setattr(determinism, "announce_compilation", lambda *said: announced.append(said))
    if cache:
        monkeypatch.setenv("CUDA_CACHE_PATH", str(tmp_path / cache))
    configure(2, "gpu")
    ((card, folder),) = announced
    assert card.name == "NVIDIA H100"
    assert folder == (tmp_path / cache if cache else None)
