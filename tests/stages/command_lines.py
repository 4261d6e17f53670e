"""What is claimed of the command line of every stage."""

import subprocess
import sys
from pathlib import Path

WORKFLOW = Path(__file__).parents[2] / "workflow"


def assert_is_program(stage):
    """``python -m discern.stages.STAGE --help`` says how it is used."""
    done = subprocess.run(
        [sys.executable, "-m", f"discern.stages.{stage}", "--help"],
        cwd=WORKFLOW,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"usage: python -m discern.stages.{stage}" in done.stdout


def assert_one_sentence(stage, status, capfd, *parts):
    """The ``stage`` ended with status 1 and one sentence that says ``parts``."""
    assert status == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"{stage}: ")
    assert "nobody foresaw" not in line
    assert [part for part in parts if part not in line] == []
