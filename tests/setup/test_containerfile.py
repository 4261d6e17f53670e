"""The container image is described by what is there, whatever tools this machine has."""

import re
import shutil
from pathlib import Path

import pytest

from programs import run_program

CHECKOUT = Path(__file__).parents[2]
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
    rules = (CHECKOUT / ".containerignore").read_text().splitlines()
    let_through = [rule[1:] for rule in rules if rule.startswith("!")]
    copied = [source.rstrip("/") for words in words_of("COPY") for source in words[:-1]]
    assert sorted(let_through) == sorted(copied)
    assert [name for name in copied if not (CHECKOUT / name).exists()] == []


@pytest.fixture
def image(tmp_path):
    """What stands for the image's root: its working folder has the copied files, and no others."""
    (folder,) = (words[0] for words in words_of("WORKDIR"))
    work = tmp_path / folder[1:]
    for *sources, target in words_of("COPY"):
        (work / target).mkdir(parents=True, exist_ok=True)
        for source in (CHECKOUT / name for name in sources):
            if source.is_dir():
                shutil.copytree(source, work / target, dirs_exist_ok=True)
            else:
                shutil.copy(source, work / target)
    return tmp_path


@pytest.mark.parametrize(("accelerator", "lock"), [("cpu", "training"), ("gpu", "training-gpu")])
def test_its_build_commands_need_no_other_file_and_take_the_lock_files(
    image, uv, accelerator, lock
):
    commands = [line.removeprefix("RUN ") for line in LINES if line.startswith("RUN ")]
    for command in (line for line in commands if "apt-get" not in line):
        line = command.split("&& rm")[0].replace("/opt/", f"{image}/opt/")
        environment = {"PATH": uv.path, "ACCELERATOR": accelerator}
        done = run_program("sh", "-c", line, cwd=image / "work", env=environment)
        assert done.returncode == 0, done.stderr
    made = uv.lines()
    environments = [f"{image}/opt/discern/.venv/{name}" for name in ("snakemake", "training")]
    assert [line.split()[-1] for line in made if line.startswith("venv")] == environments
    synced = [line for line in made if line.startswith("pip sync")]
    assert all("--require-hashes" in line for line in synced)
    assert [Path(line.split()[-1]).name for line in synced] == ["snakemake.txt", f"{lock}.txt"]
    installed = [line.split()[-2:] for line in made if line.startswith("pip install")]
    assert installed == 2 * [["--editable", f"{image}/work"]]
