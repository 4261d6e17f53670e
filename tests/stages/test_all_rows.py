"""Stages that read files of all rows are told about any number of them."""

from __future__ import annotations

import io
import json
import os
import shlex
import string
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import yaml

import chain
from claims import words_of
from discern.project import PROJECT
from discern.stages.all_rows import AllRowsStage
from discern.stages.manifest import Manifest
from discern.training.history import COLUMNS
from plain_files import write_arrays, write_bytes
from programs import run_program

OF_ALL_ROWS = ("significance", "search", "report", "manifest", "contact_sheet", "curves_figure")
OF_ALL_ROWS += ("verification_figure", "separation_figure", "tuning_figure")
# What Linux allows: in one argument, and in all arguments together.
LONGEST_ARGUMENT, ALL_ARGUMENTS = 128 * 1024, 2 * 1024 * 1024
TITLE = 'it\'s "100 %s"\\n\n{' + LONGEST_ARGUMENT * "x"


class Filled(string.Formatter):
    """Fills in a rule's placeholders as Snakemake does."""

    def format_field(self, value, format_spec):
        assert format_spec == "q"
        return shlex.join(map(str, value if isinstance(value, tuple) else (value,)))


@dataclass
class Params:
    """The parameters of rule ``manifest``."""

    settings: str


@pytest.fixture
def record(job):
    """The record of a job of stage ``select``."""
    select = job("select")
    write_arrays(select.checkpoints / "epoch-0001.npz", {"w": np.ones(3)})
    write_bytes(select.history, ",".join(COLUMNS).encode() + b"\n1,0.5,0.4,7.5,0.001,2.0\n")
    assert select.run() == 0
    return select.record


def test_a_rule_may_name_more_files_than_arguments_can_hold(job, version, record, tmp_path):
    settings = {"seeds": [0], "losses": {}, "title": TITLE}
    records = ALL_ARGUMENTS // len(str(record)) * (record,)
    told = job("manifest", settings=settings, inputs=records)
    with pytest.raises(OSError, match="Argument list too long"):
        run_program(sys.executable, "-m", "discern.stages.manifest", *words_of(told))

    shell = Manifest.shell(version=str(version.folder), record="")
    values = {"input": records, "params": Params(json.dumps(settings)), "log": tmp_path / "log"}
    (tmp_path / "script").write_text(Filled().vformat(shell, (), values))
    environment = {"DISCERN_PACKAGE": str(PROJECT / "workflow"), "DISCERN_PYTHON": sys.executable}
    done = run_program("bash", tmp_path / "script", env=os.environ | environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert yaml.safe_load(version.configuration.read_text()) == settings


@pytest.mark.parametrize("name", chain.names())
def test_only_stages_of_all_rows_are_told_by_standard_input(job, name):
    stage = type(job(name))
    command, _, program = stage.shell("{params.stage}", "{params.options}").rpartition(" | ")
    assert issubclass(stage, AllRowsStage) == (name in OF_ALL_ROWS) == bool(command)
    if command:
        assert command.startswith("printf '%s\\0' --")
        assert program.endswith(" -m discern.stages.{params.stage} -")


@pytest.mark.parametrize("name", OF_ALL_ROWS)
def test_standard_input_says_as_much_as_a_command_line(job, monkeypatch, name):
    told = job(name)
    text = "".join(f"{word}\0" for word in words_of(told))
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert told.parse(["-"]) == told
