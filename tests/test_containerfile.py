"""The container image is described by what is there; without a container tool nothing builds it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
TEXT = (CHECKOUT / "Containerfile").read_text().replace("\\\n", " ")
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]


def words_of(instruction):
    """The arguments of each of the file's lines with this instruction."""
    return [line.split()[1:] for line in LINES if line.split()[0] == instruction]


def test_no_address_is_written_down():
    (base,) = (words[0] for words in words_of("ARG") if words[0].startswith("BASE="))
    assert re.fullmatch(r"BASE=[a-z]+:[\w.-]+", base)
    assert words_of("FROM") == [["${BASE}"]]
    assert "://" not in TEXT
    assert "--index" not in TEXT


def test_what_is_copied_is_there_and_passes_the_ignore_file():
    let_through = [
        line[1:] for line in (CHECKOUT / ".containerignore").read_text().splitlines()[1:]
    ]
    copied = [source.rstrip("/") for words in words_of("COPY") for source in words[:-1]]
    assert sorted(let_through) == sorted(copied)
    assert [name for name in copied if not (CHECKOUT / name).exists()] == []


@pytest.mark.parametrize(("accelerator", "lock"), [("cpu", "training"), ("gpu", "training-gpu")])
def test_its_build_command_needs_no_other_file_and_takes_the_lock_files(
    tmp_path, accelerator, lock
):
    for *sources, target in words_of("COPY"):
        (tmp_path / target).mkdir(parents=True, exist_ok=True)
        for source in (CHECKOUT / name for name in sources):
            if source.is_dir():
                shutil.copytree(source, tmp_path / target, dirs_exist_ok=True)
            else:
                shutil.copy(source, tmp_path / target)
    calls, tools = tmp_path / "calls", tmp_path / "tools"
    tools.mkdir()
    venv = '[ "$1" = venv ] && for last; do :; done && mkdir -p "$last/bin"; exit 0'
    (tools / "uv").write_text(f'#!/bin/sh\necho "$@" >> {calls}\n{venv}\n')
    (tools / "uv").chmod(0o755)
    (command,) = (line for line in LINES if line.startswith("RUN PYTHONPATH"))
    command = command.removeprefix("RUN ").split("&&")[0]
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "ACCELERATOR": accelerator}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    synced = [line for line in calls.read_text().splitlines() if line.startswith("pip sync")]
    assert all("--require-hashes" in line for line in synced)
    assert [Path(line.split()[-1]).name for line in synced] == ["snakemake.txt", f"{lock}.txt"]
