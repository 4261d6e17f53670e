"""Plain Snakemake in a new folder builds the environment that its rules need."""

import shutil

import pytest

from project import CHECKOUT, Project, copy_project

pytestmark = pytest.mark.slow


def test_rules_environment_is_built_on_first_use(tmp_path, digits_overlay):
    project = Project(copy_project(tmp_path / "project"), digits_overlay)
    environments = project.folder / ".venv"
    environments.unlink()
    environments.mkdir()
    if (CHECKOUT / ".venv/uv").exists() and not shutil.which("uv"):
        (environments / "uv").symlink_to(CHECKOUT / ".venv/uv")

    dry = project.snakemake("--dry-run", "--until", "split")
    assert dry.returncode == 0
    assert not (environments / "training").exists()

    done = project.snakemake("--until", "split")
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"Building {environments}/training from envs/training.txt" in done.stdout
    assert (project.folder / "results/digits/split/split.npz").exists()
    assert (environments / "training/bin/python").exists()
    assert (environments / "training/bin/discern").exists()
