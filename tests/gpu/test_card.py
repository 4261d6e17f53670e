"""A GPU that was meant can be used, or one sentence says why not and what to do.

CUDA's driver is a stand-in that is built here and answers from the environment.
"""

from __future__ import annotations

import ast

import pytest

from discern.gpu.card import Card, announce_compilation

REQUIRE = """
import ctypes, sys
from discern.errors import DiscernError
from discern.gpu.card import Card, require_card
try:
    print(require_card())
except DiscernError as error:
    print(error)
assert not {"numpy", "tensorflow"} & set(sys.modules)
print(ctypes.CDLL("libcuda.so.1").left_behind())
"""
CPU = "or set environment.accelerator to cpu"


@pytest.fixture
def answer(driver, run_with):
    """The answer to whether the card of a machine with this environment can be used."""

    def answer(**environment: str) -> str:
        answer, left_behind = run_with(driver, program=REQUIRE, **environment).splitlines()
        assert left_behind == "0", "a context is held or current"
        return answer

    return answer


def test_a_card_is_described_by_the_driver(answer):
    described = answer(
        NAME="NVIDIA A100-SXM4-40GB", MAJOR="8", MINOR="0", TOTAL="42505273344", DRIVER="535.104.05"
    )
    call = ast.parse(described, mode="eval").body
    assert {word.arg: ast.literal_eval(word.value) for word in call.keywords} == {
        "name": "NVIDIA A100-SXM4-40GB",
        "capability": (8, 0),
        "memory": 42505273344,
        "driver": "535.104.05",
        "cuda": "12.2",
    }


@pytest.mark.parametrize(
    "environment",
    [
        {"MAJOR": "5", "MINOR": "0", "LEVEL": "12000"},
        {"MAJOR": "8", "MINOR": "9", "LEVEL": "12000"},
        {"MAJOR": "9", "MINOR": "0", "LEVEL": "12010"},
        {"MAJOR": "8", "MINOR": "6", "LEVEL": "13000"},
        {"FREE": "1000000000"},
        {"MODE": "3"},  # exclusive, and free
        {"CUDA_VISIBLE_DEVICES": "0"},
    ],
)
def test_a_card_that_tensorflow_can_use_is_accepted(answer, environment):
    assert answer(**environment).startswith("Card(name='NVIDIA Stand-in'")


@pytest.mark.parametrize(
    ("environment", "cause", "remedy"),
    [
        ({"INIT": "34"}, "cuInit failed (unknown error, 34)", "stubs from LD_LIBRARY_PATH"),
        ({"INIT": "100"}, "cuInit failed (CUDA_ERROR_NO_DEVICE, 100);", "ask the scheduler"),
        ({"INIT": "100"}, "CUDA_ERROR_NO_DEVICE", "--gpus all, --nv"),
        (
            {"INIT": "100", "CUDA_VISIBLE_DEVICES": "-1"},
            'CUDA_ERROR_NO_DEVICE, 100), and CUDA_VISIBLE_DEVICES is "-1";',
            "unset it or name a card",
        ),
        (
            {"COUNT": "0", "CUDA_VISIBLE_DEVICES": ""},
            'cuDeviceGetCount failed (CUDA_ERROR_NO_DEVICE, 100), and CUDA_VISIBLE_DEVICES is ""',
            "unset it or name a card",
        ),
        ({"INIT": "101"}, "(CUDA_ERROR_INVALID_DEVICE, 101)", "in CUDA_VISIBLE_DEVICES"),
        ({"INIT": "802"}, "(unknown error, 802)", "start NVIDIA's fabric manager"),
        (
            {"INIT": "803"},
            "cuInit failed (CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 803)",
            "restart the machine",
        ),
        ({"INIT": "804"}, "(unknown error, 804)", "cuda-compat"),
        ({"INIT": "999"}, "cuInit failed (CUDA_ERROR_UNKNOWN, 999)", "nvidia-uvm"),
        ({"INIT": "304"}, "cuInit failed (unknown error, 304)", "see what nvidia-smi says"),
        (
            {"LEVEL": "11080", "DRIVER": "520.61.05"},
            "the driver 520.61.05 of NVIDIA Stand-in supports CUDA 11.8, and TensorFlow 2.15 needs "
            "12.0",
            "install driver 525 or newer",
        ),
        (
            {"LEVEL": "12000", "MAJOR": "9", "MINOR": "0", "DRIVER": "525.60.13"},
            "the driver 525.60.13 of NVIDIA Stand-in supports CUDA 12.0, and TensorFlow 2.15 needs "
            "12.1",
            "install driver 530 or newer",
        ),
        (
            {"MAJOR": "10", "MINOR": "0", "NAME": "NVIDIA B200", "LEVEL": "12080"},
            "NVIDIA B200 has compute capability 10.0, and TensorFlow 2.15 has no machine code",
            "use a card of capability 5.0 to 9.0",
        ),
        (
            {"MAJOR": "3", "MINOR": "7", "NAME": "Tesla K80"},
            "Tesla K80 has compute capability 3.7, and TensorFlow 2.15 needs 5.0",
            "use a card of capability 5.0 to 9.0",
        ),
        ({"MODE": "2"}, "NVIDIA Stand-in is in the compute mode Prohibited", "nvidia-smi -c 0"),
        (
            {"MODE": "3", "RETAIN": "46"},
            "exclusive compute mode and in use by another process (CUDA_ERROR_DEVICE_UNAVAILABLE",
            "end it, or use another card, or set the mode Default (nvidia-smi -c 0",
        ),
        (
            {"MODE": "1", "RETAIN": "101"},
            "exclusive compute mode and in use by another process (CUDA_ERROR_INVALID_DEVICE, 101)",
            "wait for the process",
        ),
        (
            {"RETAIN": "46"},
            "cuDevicePrimaryCtxRetain failed (CUDA_ERROR_DEVICE_UNAVAILABLE, 46)",
            "wait for the process that nvidia-smi shows",
        ),
        (
            {"MODE": "3", "RETAIN": "214"},
            "cuDevicePrimaryCtxRetain failed (unknown error, 214)",
            "nvidia-smi --gpu-reset",
        ),
        (
            {"RETAIN": "2"},
            "all 24,000 MB of NVIDIA Stand-in are in use",
            "wait for the process that nvidia-smi shows",
        ),
        (
            {"FREE": "999999999"},
            "only 999 of 24,000 MB of NVIDIA Stand-in are free, and a training needs 1,000 MB; "
            "another process is using the card",
            "end it, or use another card",
        ),
        ({"INFO": "999"}, "cuMemGetInfo_v2 failed (CUDA_ERROR_UNKNOWN, 999)", "nvidia-uvm"),
    ],
)
def test_a_card_that_tensorflow_can_not_use_is_refused_with_cause_and_remedy(
    answer, environment, cause, remedy
):
    sentence = answer(**environment)
    assert sentence.startswith("the GPU can't be used: ")
    assert cause in sentence
    assert remedy in sentence[sentence.index(cause) :]
    assert sentence.endswith(CPU)


def test_visible_devices_are_named_where_they_are_the_cause_alone(answer):
    assert "VISIBLE" not in answer(INIT="803", CUDA_VISIBLE_DEVICES="0")
    assert "VISIBLE" not in answer(INIT="100")


def test_a_driver_that_can_not_be_loaded_is_told_in_the_linkers_words(tmp_path, run_with):
    (tmp_path / "libcuda.so.1").touch()
    program = "\n".join(REQUIRE.splitlines()[:-1])
    sentence = run_with(tmp_path, program=program).strip()
    assert sentence == (
        f"the GPU can't be used: CUDA's driver can't be loaded ({tmp_path}/libcuda.so.1: file too "
        "short); install NVIDIA's driver, or start the container with its GPUs (--gpus all, --nv), "
        f"{CPU}"
    )


def card(*capability):
    return Card("NVIDIA H100", capability, 80 * 10**9, "535.104.05", "12.2")


@pytest.mark.parametrize("exists", [False, True])
def test_the_first_start_on_a_new_card_says_what_it_waits_for(said, tmp_path, exists):
    cache = tmp_path / "kernels"
    if exists:
        cache.mkdir()
    announce_compilation(card(9, 0), cache)
    assert said == [
        "the driver compiles TensorFlow's kernels for NVIDIA H100 (compute capability 9.0), which "
        f"takes about 2 minutes once; they are kept in {cache}"
    ]


def test_without_a_folder_of_its_own_the_drivers_is_named(said, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    announce_compilation(card(9, 0), None)
    assert said[0].endswith(f"kept in {tmp_path}/.nv/ComputeCache")


def test_nothing_is_said_when_nothing_is_compiled(said, tmp_path):
    announce_compilation(card(8, 9), tmp_path)
    (tmp_path / "index").touch()
    announce_compilation(card(9, 0), tmp_path)
    assert said == []
