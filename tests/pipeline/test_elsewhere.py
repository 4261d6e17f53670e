"""The workflow runs in another working directory, and as a module of another workflow."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
import yaml

from project import CHECKOUT, SNAKEMAKE, copy_project, merge, stable

pytestmark = pytest.mark.slow

LEFT_OUT = ("triplet_semihard", "intra_triplet", "triplet_softmax", "sphereface", "contrastive")

OUTER = """\
configfile: "outer.yaml"


rule all:
    default_target: True
    input:
        "summary.txt",


module discern:
    snakefile:
        {snakefile!r}
    config:
        config["discern"]


use rule * from discern exclude all as discern_*


rule summary:
    input:
        "results/digits/report/leaderboard.csv",
    output:
        "summary.txt",
    shell:
        "head -n 3 {{input}} > {{output}} && echo $PATH ${{{{PYTHONPATH:-}}}} > paths.txt"
"""

# A uv whose environments are the Python of another.
UV = """\
#!/bin/sh
for last; do :; done
if [ "$1" = venv ]; then
  mkdir -p "$last/bin"
  printf '#!/bin/sh\\nexec {python} "$@"\\n' > "$last/bin/python"
  chmod +x "$last/bin/python"
fi
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The folder of a project that is run from elsewhere."""
    return copy_project(tmp_path_factory.mktemp("elsewhere") / "project")


@pytest.fixture
def overlay(digits_overlay):
    return merge(digits_overlay, {"losses": dict.fromkeys(LEFT_OUT, False)})


def snakemake(folder, *arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "DISCERN_DATA"}
    return subprocess.run(
        [SNAKEMAKE, *arguments, "--cores", "2", "--resources", "gpu=2"],
        cwd=folder,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def run(folder, *arguments, **environment):
    done = snakemake(folder, *arguments, **environment)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def assert_same_trainings(results, finished):
    """The results of the rows that both have are the same to the byte."""
    here, there = stable(results), stable(finished.folder / "results/digits")
    of_rows = ("train/", "select/", "embed/", "tsne/", "measure/", "figures/cosface/")
    compared = [name for name in here if name.startswith(of_rows)]
    assert {name.split("/")[1] for name in compared} == {"cosface", "softmax", "pixels"}
    assert [name for name in compared if here[name] != there[name]] == []


def test_another_directory_has_the_results_and_the_projects_own_configuration(
    project, overlay, finished, tmp_path
):
    (tmp_path / "overlay.yaml").write_text(yaml.safe_dump(overlay))
    where = ["--snakefile", str(project / "Snakefile"), "--directory", str(tmp_path)]
    run(tmp_path, *where, "--configfile", "overlay.yaml")
    assert_same_trainings(tmp_path / "results/digits", finished)
    assert not (project / "results").exists()
    assert "Nothing to be done" in run(tmp_path, *where, "--configfile", "overlay.yaml")


def test_a_read_only_checkout_is_run_from_a_folder_whose_name_has_braces(
    overlay, mounted, tmp_path
):
    study = tmp_path / "my {study}"
    study.mkdir()
    (study / "overlay.yaml").write_text(yaml.safe_dump(overlay))
    shared = tmp_path / "shared"
    with mounted(shared, "size=64m"):
        project = copy_project(shared / "project")
        (project / ".venv").unlink()
        (project / ".venv").mkdir()
        (project / ".venv/training").symlink_to(CHECKOUT / ".venv/training")
        subprocess.run(["mount", "-o", "remount,ro", shared], check=True)
        where = ["--snakefile", str(project / "Snakefile"), "--directory", "."]
        run(study, *where, "--configfile", "overlay.yaml", "--cache", "--until", "split")
    assert (study / "results/digits/split/split.npz").exists()
    assert list((study / ".cache").iterdir())


def test_a_checkout_with_braces_in_its_path_is_refused(tmp_path):
    project = copy_project(tmp_path / "{project}")
    done = snakemake(project, "--dry-run")
    assert done.returncode == 1
    assert f"{project}: Snakemake would take the braces for a wildcard; move" in done.stdout


def test_another_workflow_uses_all_rules_with_a_configuration_and_builds_their_environment(
    overlay, finished, tmp_path
):
    project = copy_project(tmp_path / "project")
    (project / ".venv").unlink()
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(UV.format(python=CHECKOUT / ".venv/training/bin/python"))
    (tools / "uv").chmod(0o755)
    snakefile = str(project / "workflow" / "Snakefile")
    (tmp_path / "Snakefile").write_text(OUTER.format(snakefile=snakefile))
    (tmp_path / "outer.yaml").write_text(yaml.safe_dump({"discern": overlay}))
    done = run(tmp_path, PATH=f"{tools}:{os.environ['PATH']}")
    assert done.count(f"Building {project}/.venv/training from envs/training.txt") == 1
    assert_same_trainings(tmp_path / "results/digits", finished)
    assert (tmp_path / "summary.txt").read_text().startswith("label,title,")
    # the rules of the outer workflow keep the environment that they were started in
    assert str(project) not in (tmp_path / "paths.txt").read_text()
    record = json.loads((tmp_path / "results/digits/train/cosface/0/record.json").read_text())
    assert record["stage"] == "train"
