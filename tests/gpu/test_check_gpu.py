"""The check of a GPU: its rehearsal on the processor, its refusal, and what it calls wrong."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

import pytest

import discern
from discern.provenance.machine import processor
from programs import run_program

PROJECT = Path(__file__).parents[2]
PROGRAM = PROJECT / "benchmarks/check_gpu.py"
DEVICE = {"device": "NVIDIA A100, TF32 off"}


def run_check(*options, **environment):
    package = str(Path(discern.__path__[0]).parent)
    environment = {**os.environ, "PYTHONPATH": package, **environment}
    return run_program(sys.executable, PROGRAM, *options, env=environment)


def test_on_the_processor_all_but_a_gpus_own_parts_are_run():
    few = ("--losses", "softmax", "--steps", "1", "--images", "400", "--kills", "1")
    done = run_check("--accelerator", "cpu", *few)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line[:1] == "|"]
    table = {what: (result, verdict) for what, result, verdict in rows[2:]}
    assert table["GPU"] == ("a rehearsal on the processor", "not run")
    assert table["TensorFloat-32"] == ("only a GPU has it", "not run")
    assert table["device of the trainings"] == (processor(), "ok")
    result, verdict = table["softmax, two trainings"]
    assert result.startswith("the same bits; ")
    assert verdict == "ok"
    assert table["killed and continued trainings"] == (
        "2 ended after 1 kills, 0 differ from the uninterrupted one",
        "ok",
    )
    same = "the same bits where no GPU is visible"
    assert table["embed"] == (f"on {processor()}; {same}", "ok")
    assert table["the same network in eager PyTorch, softmax"][1] in ("ok", "not run")
    assert done.stdout.splitlines()[-1].endswith("s, 0 WRONG")


def test_without_a_gpu_make_says_why_and_builds_nothing():
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    done = run_program("make", "check-gpu", cwd=PROJECT, env=environment)
    assert done.returncode != 0
    assert done.stdout == ""
    sentence, error = done.stderr.splitlines()
    assert sentence.startswith("the GPU can't be used: ")
    assert sentence.endswith("or set environment.accelerator to cpu")
    assert error.startswith("make: ***")


def test_a_gpu_that_tensorflow_does_not_see_is_wrong(driver):
    few = ("--losses", "softmax", "--images", "400")
    only_the_driver = {"LD_LIBRARY_PATH": str(driver), "CUDA_VISIBLE_DEVICES": "0"}
    assert run_check("--card", **only_the_driver).stdout == "NVIDIA Stand-in\n"
    done = run_check(*few, **only_the_driver)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "| GPU | NVIDIA Stand-in, compute capability " in done.stdout
    [line] = [line for line in done.stdout.splitlines() if line.startswith("| two trainings |")]
    assert line.startswith("| two trainings | the GPU can't be used: TensorFlow")
    assert line.endswith("| WRONG |")
    assert not done.stdout.endswith(" 0 WRONG\n")


@pytest.fixture
def check(monkeypatch):
    """Makes a check of a GPU whose programs print these lines; gives the verdicts."""
    monkeypatch.syspath_prepend(PROGRAM.parent)
    import check_gpu

    def check(part, *printed):
        options = Namespace(accelerator="gpu", images=400, steps=1, kills=1, losses=[], minutes=8)
        made, outputs = check_gpu.Check(options), iter(printed)
        monkeypatch.setattr(made, "run", lambda *command: next(outputs))
        getattr(made, part)()
        return {what: (result, verdict) for what, result, verdict in made.rows}

    return check


def a_training(digest="a", name="softmax", loss=2.0, **others):
    return {"name": name, "digest": digest, "ms": 2.0, "first_seconds": 1.0, "loss": loss, **others}


def test_other_bits_in_the_second_training_are_wrong(check):
    rows = check(
        "bits",
        [DEVICE, a_training("a"), a_training("b", "circle")],
        [DEVICE, a_training("a"), a_training("c", "circle", loss=2.5)],
        [DEVICE, a_training("d", loss=2.25)],
    )
    speed = "2.00 ms a step, 200,000 images/s, first epoch 1.0 s"
    assert rows == {
        "device of the trainings": (DEVICE["device"], "ok"),
        "softmax, two trainings": (f"the same bits; {speed}", "ok"),
        "circle, two trainings": (f"other bits: the last losses are 2.0, 2.5; {speed}", "WRONG"),
        "softmax, TensorFloat-32": (
            f"{speed}, without it {speed}; the loss after the last epoch is 2.25, without it 2.0",
            "ok",
        ),
    }


def test_a_training_that_fails_is_wrong_in_its_own_words(check):
    failed = {"name": "softmax", "error": "the GPU's memory is full"}
    rows = check("bits", [DEVICE, a_training()], [DEVICE, failed], [DEVICE, failed])
    assert rows["softmax, two trainings"] == ("the GPU's memory is full; no speed", "WRONG")
    assert rows["softmax, TensorFloat-32"][1] == "WRONG"
    rows = check("bits", [DEVICE, failed], [DEVICE, failed], [DEVICE, failed])
    assert rows["softmax, two trainings"][1] == "WRONG"


def test_two_devices_are_wrong(check):
    other = {"device": processor()}
    rows = check("bits", [DEVICE, a_training()], [other, a_training()], [DEVICE, a_training()])
    assert rows["device of the trainings"][1] == "WRONG"


@pytest.mark.parametrize(
    ("differing", "device", "same", "verdicts"),
    [
        (0, processor(), True, ("ok", "ok")),
        (1, processor(), True, ("WRONG", "ok")),
        (0, DEVICE["device"], True, ("ok", "WRONG")),
        (0, processor(), False, ("ok", "WRONG")),
    ],
)
def test_a_difference_after_a_kill_and_an_embedding_by_the_gpu_are_wrong(
    check, differing, device, same, verdicts
):
    training, embedding = (
        {"ended": 2, "differing": differing},
        {"device": device, "same": same},
    )
    rows = check("stages", [training, embedding])
    found = rows["killed and continued trainings"][1], rows["embed"][1]
    assert found == verdicts
