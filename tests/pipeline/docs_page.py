"""Following a page of the docs word for word: its files, lines and commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from project import CHECKOUT, copy_project

# The rows of config.yaml but pixels and softmax, which are enough beside a new one.
OTHER_ROWS = ("triplet_semihard", "cosface", "intra_triplet")
OTHER_ROWS += ("triplet_softmax", "sphereface", "contrastive")


@dataclass(frozen=True)
class DocsPage:
    """A page below ``docs``.

    Attributes:
        name: its file's name without the ending.
    """

    name: str

    @property
    def text(self) -> str:
        """Its Markdown."""
        return (CHECKOUT / "docs" / f"{self.name}.md").read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        """Its blocks of code in a language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    def add_file(self, folder: Path) -> None:
        """Write the one Python file that the page shows."""
        (path,) = re.findall(r"`(workflow/.+\.py)`:", self.text)
        (file,) = self.blocks("python")
        (folder / path).write_text(file, encoding="utf-8")

    def add_row(self, folder: Path) -> None:
        """Add the row that the page shows to the configuration."""
        (line,) = self.blocks("yaml")
        config = (folder / "config.yaml").read_text(encoding="utf-8")
        assert config.count("\nlosses:\n") == 1
        added = config.replace("\nlosses:\n", f"\nlosses:\n{line}")
        (folder / "config.yaml").write_text(added, encoding="utf-8")


def copy_with_tests(folder: Path, *further: str) -> Path:
    """A copy of the project in ``folder`` with what `make test` needs, and ``further`` folders."""
    copy_project(folder)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, folder)
    for name in ("tests", *further):
        shutil.copytree(CHECKOUT / name, folder / name)
    return folder


def run(command: str, folder: Path, **environment: str) -> str:
    """What a command of a page says; it must succeed."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def assert_tests_passed(said: str, more_than: int) -> None:
    """Check that more than so many tests passed and that none was skipped."""
    passed = re.search(r"(\d+) passed", said)
    assert passed, said[-2000:]
    assert int(passed[1]) > more_than
    assert "skipped" not in said
