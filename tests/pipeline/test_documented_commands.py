"""Every command in README and docs can be run.

Snakemake's are dry-run, make's are printed, and the options of the others are in their help.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from project import CHECKOUT, copy_project

pytestmark = pytest.mark.slow

TEXTS = [CHECKOUT / "README.md", CHECKOUT / "config" / "README.md"]
TEXTS += sorted((CHECKOUT / "docs").rglob("*.md"))
# Files that a reader is told to write, and what stands in for them.
WRITTEN = {
    name: f"version: {Path(name).stem}"
    for name in (
        *("letters.yaml", "short.yaml", "own.yaml"),
        *("config/presets/mine.yaml", "config/presets/study.yaml"),
    )
}
# What needs results, or something that is not part of the project.
LEFT_OUT = (
    "--unlock",
    "--version",
    "--report",
    "podman",
    "apptainer",
    "gzip",
    "rm ",
    "salloc",
    "uv ",
    "pip ",
    "lenet transfer",
)


def commands():
    """The commands of all texts: lines of indented blocks, and code within sentences."""
    found = {}
    for path in TEXTS:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        blocks = re.findall(r"^    (\S.*)$", text, re.MULTILINE)
        within = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]
        for line in blocks + [code for code in within if "--cores" in code or "make " in code]:
            command = re.sub(r"\s+#\s.*$", "", " ".join(line.split()))
            if re.match(r"(\w+=\S+ )*(make|snakemake|discern|\S+/python) ", command):
                found[command] = path.name
    return [
        pytest.param(command, id=f"{name}: {command}")
        for command, name in found.items()
        if "…" not in command and not any(word in command for word in LEFT_OUT)
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the published versions, and the files that readers shall write."""
    folder = copy_project(tmp_path_factory.mktemp("documented") / "project")
    (folder / "docs").symlink_to(CHECKOUT / "docs")
    for name, content in WRITTEN.items():
        (folder / name).write_text(content)
    return folder


def run(arguments, folder, settings=()):
    return subprocess.run(
        ["env", *settings, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def assert_can_be_planned(arguments, folder, settings=()):
    """Whether Snakemake, with these ``arguments`` and variables, finds all jobs of a run."""
    snakemake = CHECKOUT / ".venv/snakemake/bin/snakemake"
    done = run([snakemake, "--dry-run", *arguments], folder, settings)
    assert done.returncode == 0, done.stdout
    assert "Job stats" in done.stdout


@pytest.mark.parametrize("command", commands())
def test_a_documented_command_can_be_given(project, command):
    words = shlex.split(command)
    settings = [word for word in words if re.match(r"[A-Z_]+=", word)]
    program, *arguments = (word for word in words if word not in settings)
    if program == "snakemake":
        assert_can_be_planned(arguments, project, settings)
    elif program == "make":
        done = run(["make", "--dry-run", *settings, *arguments], CHECKOUT)
        assert done.returncode == 0, done.stdout
        for line in done.stdout.splitlines():
            _, starts, given = line.partition("-m discern.setup.start ")
            if starts:
                assert_can_be_planned(shlex.split(given), project)
    else:
        if program == "discern":
            program = ".venv/training/bin/discern"
        assert (CHECKOUT / program).is_file()
        script = arguments[: 2 if arguments[0] == "-m" else 1]  # a module, a script or a command
        done = run([program, *script, "--help"], CHECKOUT, settings)
        assert done.returncode == 0, done.stdout
        for option in (word for word in arguments[len(script) :] if word.startswith("--")):
            assert re.search(rf"{option}\b", done.stdout), option


def test_there_are_commands():
    assert len(commands()) > 25
