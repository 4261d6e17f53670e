"""The rule graph in the documentation is that of the workflow."""

from __future__ import annotations

import re
import subprocess

import pytest

from project import CHECKOUT, SNAKEMAKE, copy_project

pytestmark = pytest.mark.slow


def edges(graph: str) -> set[tuple[str, str]]:
    """Which rule each rule of a Mermaid flowchart leads to."""
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", graph))
    return {(names[a], names[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", graph)}


def test_the_rule_graph_is_the_one_that_snakemake_draws(tmp_path):
    project = copy_project(tmp_path / "project")
    command = [SNAKEMAKE, "results/full/report/index.html", "--rulegraph", "mermaid-js"]
    drawn = subprocess.run(
        [*command, "--cores", "1"], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    documented = (CHECKOUT / "docs" / "rule-graph.mermaid").read_text(encoding="utf-8")
    assert ("train", "select") in edges(drawn)
    assert edges(documented) == edges(drawn)
