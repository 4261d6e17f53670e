"""Snakemake starts with the command line that was given, if its files can be read."""

import stat
import sys

import pytest

from discern.project import PROJECT
from discern.setup.start import configuration_files
from programs import run_program


@pytest.fixture
def start(tmp_path):
    """Runs the module in an environment whose Snakemake prints its arguments, one a line."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    snakemake = python.with_name("snakemake")
    snakemake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n')
    snakemake.chmod(snakemake.stat().st_mode | stat.S_IXUSR)
    # The link is taken for the interpreter's own path, as in a virtual environment.
    code = f"import sys; sys.executable = {str(python)!r}; "
    code += "from discern.setup.start import main; main()"

    def start(*arguments):
        return run_program(sys.executable, "-c", code, *arguments, cwd=tmp_path)

    return start


@pytest.mark.parametrize(
    ("command_line", "files"),
    [
        (
            "--cache --configfile a.yaml b.yaml --cores 2 results/full/manifest.json",
            "a.yaml b.yaml",
        ),
        ("--configfiles=a.yaml --config version=c.yaml", "a.yaml"),
        ("--configfile a.yaml -n", "a.yaml"),
        ("--config configfile=a.yaml --unlock", ""),
    ],
)
def test_the_files_of_a_command_line_are_those_of_configfile(command_line, files):
    assert [str(file) for file in configuration_files(command_line.split())] == files.split()


def test_the_command_line_and_the_status_are_snakemakes(start, tmp_path):
    (tmp_path / "own.yaml").write_text("seeds: [3]\n")
    arguments = [
        "--cache",
        "--configfile",
        "own.yaml",
        "--config",
        "data={local: a  b}",
        "--cores=2",
    ]
    done = start(*arguments)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.splitlines() == arguments


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(b"seeds: \xf6"), ": line 1 is not UTF-8; save the file"),
        (lambda path: path.mkdir(), " can't be read (Is a directory)"),
        (lambda path: None, " can't be read (No such file or directory)"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_sentence_and_snakemake_does_not_start(
    start, tmp_path, spoil, sentence
):
    spoil(tmp_path / "own.yaml")
    done = start("--configfile", "own.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"discern: own.yaml{sentence}")
    assert len(done.stderr.splitlines()) == 1


def test_make_starts_snakemake_so():
    done = run_program("make", "--dry-run", "run", "ARGS=--configfile own.yaml", cwd=PROJECT)
    assert "python -P -m discern.setup.start --cache" in done.stdout
    assert done.stdout.endswith(" --configfile own.yaml\n")
