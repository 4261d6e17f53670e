"""Every stage has options with a role, a record, a log, and one sentence for an error."""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import os
import re
import string
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import threadpoolctl

import chain
from claims import words_of
from discern.errors import DiscernError
from discern.measures import catalogue
from discern.provenance.fingerprint import code_fingerprint
from discern.stages import command
from discern.stages.command import Stage
from discern.stages.options import aside, flag, parameter, reads, writes

LOG = logging.getLogger("discern")
STAGES = Path(command.__file__).parent


@dataclass(frozen=True)
class Shape:
    """Settings of a stage."""

    height: int
    width: float


@dataclass(frozen=True, kw_only=True)
class Split(Stage):
    """Write two files. It has a real stage's name, as the record holds its code's fingerprint."""

    source: Path = reads("a file")
    others: tuple[Path, ...] = reads("files", default=())
    missing: Path | None = reads("a file, or none", default=None)
    target: Path = writes("a file")
    folder: Path = writes("a folder")
    seed: int = parameter("a number")
    shape: Shape = parameter("JSON: height and width")
    paths: tuple[Path, ...] = parameter("paths that are no inputs", default=())
    threads: int = parameter("threads", default=1)
    unfinished: Path | None = aside("a folder", default=None)

    def work(self) -> dict[str, Any]:
        self.target.write_bytes(b"target")
        self.folder.mkdir()
        (self.folder / "a").write_bytes(b"a")
        (self.folder / ".snakemake_timestamp").touch()
        return {"epochs": 7}

    def modules(self):
        return ["discern.losses.cosface"]


@pytest.fixture
def stage(tmp_path):
    for name in ("source", "one", "two"):
        (tmp_path / name).write_bytes(name.encode())
    return Split(
        source=tmp_path / "source",
        others=(tmp_path / "one", tmp_path / "two"),
        target=tmp_path / "target",
        folder=tmp_path / "folder",
        seed=3,
        shape=Shape(2, 0.5),
        paths=(Path("a"),),
        record=tmp_path / "made" / "record.json",
        log=tmp_path / "logs" / "stage.log",
    )


def doing(stage, work, **further):
    """``stage`` with other methods."""
    return type("Split", (Split,), {"work": work, **further})(**vars(stage))


# Roles and the record


def test_the_record_holds_every_input_output_and_parameter_the_code_and_nothing_aside(stage):
    assert stage.run() == 0
    record = json.loads(stage.record.read_text())
    assert record["stage"] == "split"
    shape = {"height": 2, "width": 0.5}
    assert record["parameters"] == {"seed": 3, "shape": shape, "paths": ["a"], "threads": 1}
    assert record["results"] == {"epochs": 7}
    # named as seen from the record's own folder, made/; each file holds its own name
    names = {"inputs": ("source", "one", "two"), "outputs": ("target", "folder/a")}
    for role, files in names.items():
        digests = {f"../{n}": hashlib.sha256(Path(n).name.encode()).hexdigest() for n in files}
        assert record[role] == digests
    assert record["code"] == code_fingerprint("discern.stages.split", "discern.losses.cosface")


def test_durations_follow_no_clock_that_can_be_set(stage, monkeypatch):
    back = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(back)))
    assert stage.run() == 0
    assert 0 <= json.loads(stage.record.read_text())["wall_seconds"] < 60


def test_record_and_log_may_be_left_out(stage):
    assert replace(stage, record=None, log=None).run() == 0
    assert not stage.record.parent.exists()
    assert not stage.log.parent.exists()


def test_cleaning_up_comes_after_the_record_and_not_after_a_failure(stage):
    there = []

    def clean_up(self):
        there.append(self.record.exists())

    assert doing(stage, Split.work, clean_up=clean_up).run() == 0
    assert doing(stage, fails(OSError()), clean_up=clean_up).run() == 1
    assert there == [True]


# Errors


def fails(error):
    def work(self):
        LOG.info("on the way")
        raise error

    return work


class ResourceExhaustedError(Exception):
    """Named like TensorFlow's, which this test does not import."""


FORESEEN = {
    "ours": (DiscernError("the culprit; the remedy"), "split: the culprit; the remedy"),
    "full disk": (OSError(28, "No space left", "/x"), "split: /x: the disk is full"),
    "no memory": (MemoryError(), "split: out of memory; give the job more, or run fewer jobs"),
    "no memory on the card": (ResourceExhaustedError("OOM when"), "split: out of memory; give"),
}


@pytest.mark.parametrize(("error", "sentence"), FORESEEN.values(), ids=FORESEEN)
def test_a_foreseen_error_is_one_line_with_its_traceback_in_the_log_alone(
    stage, capfd, error, sentence
):
    assert doing(stage, fails(error)).run() == 1
    progress, line = capfd.readouterr().err.splitlines()
    assert progress == "on the way"
    assert line.startswith(sentence)
    log = stage.log.read_text()
    assert line in log
    assert "Traceback (most recent call last)" in log
    assert "test_command.py" in log
    assert not stage.record.exists()


def test_an_unexpected_error_is_told_with_its_traceback(stage, capfd):
    assert doing(stage, fails(ZeroDivisionError("hm"))).run() == 1
    for told in (capfd.readouterr().err, stage.log.read_text()):
        assert "split: unexpected error; please report it" in told
        assert "ZeroDivisionError: hm" in told
    assert not stage.record.exists()


def test_an_interrupt_has_the_shells_status(stage, capfd):
    assert doing(stage, fails(KeyboardInterrupt())).run() == 130
    assert capfd.readouterr().err == "on the way\nsplit: interrupted\n"
    assert not stage.record.exists()


def test_an_output_that_was_not_written_is_an_error(stage, capfd):
    assert doing(stage, lambda self: None).run() == 1
    assert f"split: {stage.target}: No such file" in capfd.readouterr().err
    assert not stage.record.exists()


def test_a_log_that_can_not_be_written_is_one_sentence(job, tmp_path):
    # in a process of its own: without a log, messages go to logging's last resort
    (tmp_path / "logs").write_bytes(b"a file")
    words = words_of(job("split", log=tmp_path / "logs" / "split.log"))
    program = [sys.executable, "-m", "discern.stages.split", *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"split: {tmp_path / 'logs'}")


@pytest.mark.parametrize(("error", "status"), [(DiscernError("the culprit; remedy"), 1), (None, 0)])
def test_a_log_on_a_full_disk_is_given_up_in_one_sentence(stage, capfd, error, status):
    """It decides nothing: what the work comes to is said all the same."""
    work = fails(error) if error else Split.work
    assert doing(replace(stage, log=Path("/dev/full")), work).run() == status
    expected = ["on the way", "/dev/full can't be written any more", f"split: {error}"]
    assert capfd.readouterr().err.splitlines() == (expected if error else [])


def test_no_handler_outlives_the_stage(stage):
    before = list(LOG.handlers)
    assert stage.run() == 0
    assert doing(stage, fails(ValueError())).run() == 1
    assert LOG.handlers == before


# Threads


def test_loaded_libraries_compute_on_the_threads_asked_for_while_the_stage_works(stage):
    def threads(*_):
        np.ones((2, 2)) @ np.ones((2, 2))
        seen.append({library["num_threads"] for library in threadpoolctl.threadpool_info()})

    seen: list[set[int]] = []
    with threadpoolctl.threadpool_limits(limits=2):
        doing(replace(stage, threads=1), threads).run()
        threads()
    assert seen == [{1}, {2}]


def test_libraries_that_are_loaded_later_are_told_the_threads_asked_for(stage, monkeypatch):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    monkeypatch.setenv(names[0], "5")
    monkeypatch.delenv(names[1], raising=False)
    before, seen = dict(os.environ), []
    work = doing(replace(stage, threads=3), lambda self: seen.extend(map(os.environ.get, names)))
    work.run()
    assert seen == ["3", "3", "3"]
    assert dict(os.environ) == before


# The command line


def test_fields_without_a_default_are_required(capfd):
    with pytest.raises(SystemExit):
        Split.parse([])
    required = "--source, --target, --folder, --seed, --shape"
    assert f"the following arguments are required: {required}\n" in capfd.readouterr().err


# What the rules ask for


def test_the_command_of_a_rule_is_made_of_its_own_names():
    assert Split.shell(unfinished="results/{wildcards.version}/.unfinished") == (
        'PYTHONPATH="$DISCERN_PACKAGE" "$DISCERN_PYTHON" -P -s -m discern.stages.split'
        " --source {input.source:q} --others {input.others:q} --missing {input.missing:q}"
        " --target {output.target:q} --folder {output.folder:q}"
        " --seed {params.seed:q} --shape {params.shape:q} --paths {params.paths:q}"
        " --threads {params.threads:q} --unfinished results/{wildcards.version}/.unfinished"
        " --record {output.record:q} --log {log:q}"
    )


def test_what_is_not_named_is_left_out_and_further_options_come_last():
    shell = Split.shell("{params.stage}", "{params.options}", record="", unfinished="")
    assert " -m discern.stages.{params.stage} --source " in shell
    assert "unfinished" not in Split.shell() + shell
    assert "--record" not in shell
    assert shell.endswith(" --log {log:q} {params.options}")


@pytest.mark.parametrize(("name", "expected"), [("Split", "split"), ("MapFigure", "map_figure")])
def test_a_stage_is_named_like_its_module(name, expected):
    assert type(name, (Stage,), {}).stage() == expected


# All stages there are

# What Snakemake's environment, in which the rules ask for options, does without.
ABSENT = ("numpy", "scipy", "sklearn", "tensorflow", "matplotlib", "openTSNE", "rocrate")
HELP = f"""
import contextlib, io, json, runpy, sys
sys.modules.update(dict.fromkeys({ABSENT}))
told = {{}}
for name in sys.argv[1:]:
    sys.argv, text = [name, "--help"], io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        runpy.run_module(f"discern.stages.{{name}}", run_name="__main__", alter_sys=True)
    told[name] = text.getvalue()
print(json.dumps(told))
"""


def programs():
    """The modules of stages that are programs."""
    calls = re.compile(r"^    sys\.exit\(\w+\.main\(\)\)$", re.MULTILINE)
    return [p.stem for p in sorted(STAGES.glob("*.py")) if calls.search(p.read_text())]


@pytest.fixture(scope="module")
def helps():
    """What each program says of itself where nothing is installed that computes."""
    done = subprocess.run(
        [sys.executable, "-c", HELP, *programs()], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def stage_of(program):
    """The stage of a program, found as the one class that its module makes."""
    module = importlib.import_module(f"discern.stages.{program}")
    made = [each for each in vars(module).values() if isinstance(each, type)]
    (found,) = (
        each for each in made if issubclass(each, Stage) and each.__module__ == module.__name__
    )
    return found


@pytest.mark.parametrize("program", programs())
def test_every_program_explains_each_option_without_what_it_computes_with(helps, program):
    stage = stage_of(program)
    assert stage.stage() == program
    told = " ".join(helps[program].split())
    assert told.startswith(f"usage: python -m discern.stages.{program}")
    assert stage.__doc__.splitlines()[0] in told
    for option in stage.options():
        assert f" {flag(option.name)} " in told
        assert " ".join(option.metadata["meaning"].split()) in told


def test_every_stage_is_a_program():
    modules = {path.stem for path in STAGES.glob("*.py")}
    shared = {"__init__", "__main__", "all_rows", "command", "figure", "options", "surroundings"}
    assert modules - set(programs()) == shared
    assert set(chain.names()) == set(programs())


every_stage = pytest.mark.parametrize("name", chain.names())


@every_stage
def test_every_stage_is_asked_by_its_rule_with_quoted_names_alone(job, name):
    parsed = string.Formatter().parse(job(name).shell())
    assert {spec for _, field, spec, _ in parsed if field} == {"q"}


@every_stage
def test_every_command_line_says_what_the_stage_is_told(job, name):
    told = job(name)
    assert told.parse(words_of(told)) == told


OF_ROWS = ("significance", "contact_sheet", "curves_figure", "verification_figure")
OF_ROWS += ("separation_figure", "tuning_figure")
ASIDES = {name: {"version"} for name in (*OF_ROWS, "report", "search", "manifest")} | {
    "download": {"unfinished", "where"},
    "train": {"unfinished"},
    "select": {"unfinished"},
}


@every_stage
def test_all_but_what_decides_nothing_stands_in_the_record_of_every_stage(job, name):
    assert set(job(name).values("aside")) - {"record", "log"} == ASIDES.get(name, set())


OF_TRAINING = ["discern.losses.cosface", "discern.networks.original"]
MODULES = {"train": OF_TRAINING, "embed": OF_TRAINING}
for reader in ("measure", "significance", "report", "search", "tuning_figure"):
    MODULES[reader] = catalogue.modules()


@every_stage
def test_what_is_imported_by_a_computed_name_is_code_of_the_stage(job, name):
    assert list(job(name).modules()) == MODULES.get(name, [])
