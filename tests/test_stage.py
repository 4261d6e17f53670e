"""What every stage does alike: options with a role, a record, a log, one sentence for an error."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from discern.errors import DiscernError
from discern.fingerprint import code_fingerprint
from discern.stage import StageParser, optional, run_stage, settings

LOG = logging.getLogger("discern")


@dataclass(frozen=True)
class Shape:
    """Settings of a stage."""

    height: int
    width: float


def stage_parser():
    # the name of a real stage, as the record holds the fingerprint of the stage's module
    parser = StageParser("split", "A stage.")
    parser.input("--source", help="a file")
    parser.input("--more", nargs="*", help="files")
    parser.output("--target", help="a file")
    parser.output("--folder", help="a folder")
    parser.parameter("--seed", type=int, help="a number")
    parser.parameter("--shape", type=settings(Shape), help="JSON")
    parser.parameter("--limit", type=optional(int), default=None, help="a number or none")
    parser.parameter("--threads", type=int, default=1, help="threads")
    return parser


@pytest.fixture
def argv(tmp_path):
    (tmp_path / "source").write_bytes(b"source")
    (tmp_path / "one").write_bytes(b"one")
    (tmp_path / "two").write_bytes(b"two")
    paths = {"source": "source", "target": "target", "folder": "folder"}
    paths |= {"record": "made/record.json", "log": "logs/stage.log"}
    found = [part for name, p in paths.items() for part in (f"--{name}", str(tmp_path / p))]
    found += ["--more", str(tmp_path / "one"), str(tmp_path / "two")]
    return [*found, "--seed", "3", "--shape", '{"height": 2, "width": 0.5}']


def write(arguments):
    arguments.target.write_bytes(b"target")
    arguments.folder.mkdir()
    (arguments.folder / "a").write_bytes(b"a")
    (arguments.folder / ".snakemake_timestamp").touch()
    return {"epochs": 7}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def record(tmp_path, argv):
    modules = ["discern.losses.cosface"]
    assert run_stage(stage_parser(), write, argv, modules=lambda arguments: modules) == 0
    return json.loads((tmp_path / "made" / "record.json").read_text())


def test_the_record_holds_all_parameters_and_nothing_else(record):
    shape = {"height": 2, "width": 0.5}
    assert record["stage"] == "split"
    assert record["parameters"] == {"seed": 3, "shape": shape, "limit": None, "threads": 1}
    assert record["results"] == {"epochs": 7}


def test_the_record_holds_the_hash_of_every_input_and_output(record):
    # named as seen from the record's own folder, made/
    inputs = {f"../{name}": digest(name.encode()) for name in ("source", "one", "two")}
    outputs = {"../target": b"target", "../folder/a": b"a"}
    assert record["inputs"] == inputs
    assert record["outputs"] == {name: digest(content) for name, content in outputs.items()}


def test_the_record_holds_the_code_and_what_it_ran_with(record):
    assert record["code"] == code_fingerprint("discern.stages.split", "discern.losses.cosface")
    assert record["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["packages"]["numpy"] == np.__version__
    assert record["packages"]["pytest"] == pytest.__version__
    assert record["device"] == os.uname().machine
    assert 5 < record["peak_memory_mb"] < 100_000
    assert 0 <= record["wall_seconds"] < 60


def test_durations_follow_no_clock_that_can_be_set(tmp_path, argv, monkeypatch):
    back = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(back)))
    assert run_stage(stage_parser(), write, argv) == 0
    found = json.loads((tmp_path / "made" / "record.json").read_text())
    assert 0 <= found["wall_seconds"] < 60


def fails(error):
    def work(arguments):
        LOG.info("on the way")
        raise error

    return work


class ResourceExhaustedError(Exception):
    """Named like TensorFlow's, which this test does not import."""


FORESEEN = {
    "ours": (DiscernError("the culprit; the remedy"), "split: the culprit; the remedy"),
    "full disk": (OSError(28, "No space left", "/x"), "split: /x: the disk is full"),
    "no memory": (MemoryError(), "split: out of memory; give the job more, or run fewer"),
    "no memory on the card": (ResourceExhaustedError("OOM when"), "split: out of memory; give"),
}


@pytest.mark.parametrize(("error", "sentence"), FORESEEN.values(), ids=FORESEEN)
def test_a_foreseen_error_is_one_line_with_its_traceback_in_the_log_alone(
    tmp_path, argv, capfd, error, sentence
):
    assert run_stage(stage_parser(), fails(error), argv) == 1
    progress, line = capfd.readouterr().err.splitlines()
    assert progress == "on the way"
    assert line.startswith(sentence)
    log = (tmp_path / "logs" / "stage.log").read_text()
    assert line in log
    assert "Traceback (most recent call last)" in log
    assert "test_stage.py" in log
    assert not (tmp_path / "made").exists()


def test_an_unforeseen_error_fails_with_its_traceback(tmp_path, argv, capfd):
    assert run_stage(stage_parser(), fails(ZeroDivisionError("hm")), argv) == 1
    shown = capfd.readouterr().err
    assert "split: an error nobody foresaw; please report it" in shown
    assert "ZeroDivisionError: hm" in shown
    assert "ZeroDivisionError: hm" in (tmp_path / "logs" / "stage.log").read_text()
    assert not (tmp_path / "made").exists()


def test_an_interrupt_has_the_shells_status(tmp_path, argv, capfd):
    assert run_stage(stage_parser(), fails(KeyboardInterrupt()), argv) == 130
    assert "split: interrupted" in capfd.readouterr().err
    assert not (tmp_path / "made").exists()


def test_an_output_that_was_not_written_is_an_error(tmp_path, argv, capfd):
    assert run_stage(stage_parser(), lambda arguments: None, argv) == 1
    assert str(tmp_path / "target") in capfd.readouterr().err
    assert not (tmp_path / "made").exists()


def test_a_log_that_can_not_be_written_is_said(tmp_path, argv):
    # in a process of its own: without a log, messages go to logging's last resort
    (tmp_path / "logs").write_bytes(b"a file")
    program = (
        "import sys; sys.path[:0] = [sys.argv.pop(1)]\n"
        "import test_stage as t\n"
        "sys.exit(t.run_stage(t.stage_parser(), t.write, sys.argv[1:]))"
    )
    workflow = Path(__file__).parents[1] / "workflow"
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), *argv],
        env=os.environ | {"PYTHONPATH": str(workflow)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"split: {tmp_path / 'logs'}")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("error", "status"), [(DiscernError("the culprit; the remedy"), 1), (0, 0)]
)
def test_a_log_on_a_full_disk_is_given_up_in_one_sentence(tmp_path, argv, capfd, error, status):
    """It decides nothing: what the work comes to is said all the same."""
    argv[argv.index("--log") + 1] = "/dev/full"

    def work(arguments):
        return fails(error)(arguments) if error else write(arguments)

    assert run_stage(stage_parser(), work, argv) == status
    LOG.info("after it")
    said = capfd.readouterr().err.splitlines()
    expected = ["on the way", "/dev/full can't be written any more", f"split: {error}"]
    assert said == (expected if error else [])


def test_cleaning_up_comes_after_the_record(tmp_path, argv):
    there = []

    def clean_up(arguments):
        there.append(arguments.record.exists())

    assert run_stage(stage_parser(), write, argv, afterwards=clean_up) == 0
    assert run_stage(stage_parser(), fails(OSError()), argv, afterwards=clean_up) == 1
    assert there == [True]


def test_no_handler_outlives_the_stage(argv):
    before = list(LOG.handlers)
    run_stage(stage_parser(), write, argv)
    run_stage(stage_parser(), fails(ValueError()), argv)
    assert LOG.handlers == before


def test_record_and_log_may_be_left_out(tmp_path, argv):
    at = argv.index("--record")
    assert argv[at + 2] == "--log"
    assert run_stage(stage_parser(), write, argv[:at] + argv[at + 4 :]) == 0
    assert not (tmp_path / "made").exists()
    assert not (tmp_path / "logs").exists()


def test_sums_are_made_on_the_threads_asked_for(argv):
    seen = []

    def work(arguments):
        write(arguments)
        np.ones((2, 2)) @ np.ones((2, 2))
        seen.extend(library["num_threads"] for library in threadpoolctl.threadpool_info())

    assert run_stage(stage_parser(), work, [*argv, "--threads", "1"]) == 0
    assert seen
    assert set(seen) == {1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--seed", "many"], "argument --seed: invalid int value"),
        (["--shape", "{"], "argument --shape: invalid JSON object for Shape value"),
        (["--shape", '{"height": 2}'], "argument --shape: invalid"),
        (["--shape", '{"height": 2, "width": 1, "depth": 1}'], "argument --shape: invalid"),
        (["--limit", "no"], "argument --limit: invalid int or 'none' value"),
        (["--sede", "3"], "unrecognized arguments: --sede"),
    ],
)
def test_a_wrong_option_is_refused_by_name(argv, capfd, change, message):
    with pytest.raises(SystemExit) as refusal:
        run_stage(stage_parser(), write, [*argv, *change])
    assert refusal.value.code == 2
    assert message in capfd.readouterr().err


@pytest.mark.parametrize("flag", ["--source", "--target", "--seed"])
def test_inputs_outputs_and_parameters_are_required(argv, capfd, flag):
    at = argv.index(flag)
    with pytest.raises(SystemExit):
        run_stage(stage_parser(), write, argv[:at] + argv[at + 2 :])
    assert f"required: {flag}" in capfd.readouterr().err


@pytest.mark.parametrize(("text", "value"), [("none", None), ("4", 4)])
def test_an_optional_parameter_is_a_value_or_none(argv, text, value):
    assert stage_parser().parse_args([*argv, "--limit", text]).limit == value
