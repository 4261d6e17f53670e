"""A HOME that can't be written is named before Snakemake ends in a traceback, with what helps."""

import os
import subprocess
import sys

import pytest
import yaml

from discern.project import PROJECT
from discern.setup.cache_folder import why_not_writable
from programs import run_program


@pytest.fixture(params=["/proc/nowhere", "/dev/null/home"])
def bad_home(request, monkeypatch):
    """A home folder in which nothing can be made, even by root."""
    monkeypatch.setenv("HOME", request.param)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return request.param


def test_a_home_that_can_not_be_written_is_named_with_the_variable_that_helps(
    bad_home, monkeypatch, tmp_path
):
    sentence = why_not_writable()
    assert sentence.startswith(f"Snakemake can't write its cache in {bad_home}/.cache/snakemake (")
    assert "; set XDG_CACHE_HOME to a folder that can be written" in sentence
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "new"))
    assert why_not_writable() == ""


def test_a_user_without_a_home_gets_no_folder_named_like_one(monkeypatch, tmp_path):
    def unknown(_):
        raise KeyError("as where a container runs under a number")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert "~/.cache/snakemake (this user has no home folder); set XDG_CACHE" in why_not_writable()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert why_not_writable() == ""


def test_a_home_that_can_be_written_is_fine(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert why_not_writable() == ""


def test_make_says_so_before_it_builds_snakemakes_environment(bad_home):
    done = run_program(
        sys.executable, "-m", "discern.setup.environments", "snakemake", cwd=PROJECT / "workflow"
    )
    assert done.returncode == 1
    assert done.stderr == f"discern: {why_not_writable()}\n"


def test_snakemake_starts_with_the_variable_that_the_sentence_names(bad_home, tmp_path):
    snakemake = PROJECT / ".venv" / "snakemake" / "bin" / "snakemake"
    done = subprocess.run(
        [str(snakemake), "--snakefile", str(PROJECT / "Snakefile"), "--cores", "1"],
        cwd=tmp_path,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "DISCERN_PRINT_CONFIG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["version"] == "full"
