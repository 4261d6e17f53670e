"""The rules' Python of a module: the environment's own, which is built when it is missing."""

import shutil
from pathlib import Path

import pytest

from programs import run_program

CHECKOUT = Path(__file__).parents[2]
# What stands for an environment's Python says what it is called with.
PYTHON = """
if [ "$1" = venv ]; then
  printf '#!/bin/sh\\necho "$@"\\n' > "$last/bin/python"
  chmod +x "$last/bin/python"
fi
"""


@pytest.fixture
def checkout(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("envs", "workflow/discern"):
        shutil.copytree(CHECKOUT / name, tmp_path / "checkout" / name, ignore=ignored)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path / "checkout")
    return tmp_path / "checkout"


def interpreter(checkout, uv, accelerator="cpu"):
    program = checkout / "workflow/discern/setup/interpreter.py"
    environment = {"PATH": uv.path, "DISCERN_ACCELERATOR": accelerator}
    return run_program(program, "-P", "a word", env=environment)


@pytest.mark.parametrize(("accelerator", "lock"), [("cpu", "training"), ("gpu", "training-gpu")])
def test_it_builds_the_environment_of_its_accelerator_once_and_becomes_its_python(
    checkout, uv, accelerator, lock
):
    uv.does(PYTHON)
    first, second = (interpreter(checkout, uv, accelerator) for _ in range(2))
    assert (first.returncode, first.stdout) == (0, "-P a word\n")
    assert f"Building {checkout}/.venv/training from envs/{lock}.txt" in first.stderr
    assert (second.returncode, second.stdout, second.stderr) == (0, "-P a word\n", "")


def test_an_environment_that_can_not_be_built_ends_it_in_a_sentence(checkout, uv):
    uv.does('test "$2" != sync')
    done = interpreter(checkout, uv)
    assert done.returncode == 1
    assert done.stderr.endswith("discern: the packages of training.txt could not be installed\n")
