"""A copy of the project in which the real Snakemake runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).parents[2]
SNAKEMAKE = CHECKOUT / ".venv" / "snakemake" / "bin" / "snakemake"


@dataclass
class Project:
    """A copy of the project in a folder of its own, with a configuration laid over its own."""

    folder: Path
    overlay: dict
    environment: dict[str, str] = field(default_factory=dict)

    def snakemake(
        self, *arguments: str, overlay: dict | None = None, cores: int = 2
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake with ``overlay`` on top; returns the finished process."""
        return subprocess.run(
            self.command(*arguments, overlay=overlay, cores=cores),
            cwd=self.folder,
            env=self.clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # Snakemake uses the one or the other
            text=True,
            check=False,
        )

    def discern(
        self, *arguments: str, environment: str = "snakemake"
    ) -> subprocess.CompletedProcess[str]:
        """Run an environment's ``discern`` in the project; returns the finished process."""
        return subprocess.run(
            [str(CHECKOUT / ".venv" / environment / "bin" / "discern"), *arguments],
            cwd=self.folder,
            env=self.clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def command(self, *arguments: str, overlay: dict | None = None, cores: int = 2) -> list[str]:
        """The command line of Snakemake, whose configuration is written."""
        path = self.folder / "overlay.yaml"
        path.write_text(yaml.safe_dump(merge(self.overlay, overlay or {})))
        command = [str(SNAKEMAKE), *arguments, "--cores", str(cores)]
        return [*command, "--resources", f"gpu={cores}", "--configfile", str(path)]

    def clean_environment(self) -> dict[str, str]:
        """The process's environment without what would leak into the run."""
        kept = {name: value for name, value in os.environ.items() if name != "DISCERN_DATA"}
        return kept | self.environment

    def planned(self, overlay: dict | None = None, *arguments: str) -> dict[str, int]:
        """How many jobs of each rule a run would do, without doing them."""
        done = self.snakemake("--dry-run", *arguments, overlay=overlay)
        assert done.returncode == 0, done.stdout
        text = done.stdout
        if "Nothing to be done" in text:
            return {}
        table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", text, re.MULTILINE | re.DOTALL)
        assert table, text
        return {name: int(n) for name, n in (line.split() for line in table[1].splitlines())}


def merge(below: dict, above: dict) -> dict:
    """``above`` laid over ``below``, key by key."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def load_preset(name: str) -> dict:
    """A preset of the checkout."""
    path = CHECKOUT / "config" / "presets" / f"{name}.yaml"
    found: dict = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def files_below(folder: Path) -> list[str]:
    """The names of all files below ``folder``, those behind links to folders too, sorted."""
    found = []
    for above, _, names in os.walk(folder, followlinks=True):
        paths = [Path(above, name) for name in names if name != ".snakemake_timestamp"]
        found += [str(path.relative_to(folder)) for path in paths]
    return sorted(found)


# What is made of all records, and so of how long each job took.
JOINED = frozenset({"report/manifest.json", "ro-crate-metadata.json"})


def stable(folder: Path, left_out: frozenset[str] = frozenset()) -> dict:
    """Every file below ``folder`` by name, without what says how long something took."""
    found: dict = {}
    for name in sorted(set(files_below(folder)) - left_out):
        path = folder / name
        if name.endswith("record.json"):
            record = json.loads(path.read_text())
            for measured in ("wall_seconds", "peak_memory_mb"):
                del record[measured]
            for role in ("inputs", "outputs"):  # the history's hash depends on its seconds
                record[role] = {k: v for k, v in record[role].items() if "history.csv" not in k}
            found[name] = record
        elif path.name == "history.csv":
            found[name] = [line.rsplit(",", 1)[0] for line in path.read_text().splitlines()]
        else:
            found[name] = path.read_bytes()
    return found


def copy_project(target: Path) -> Path:
    """The parts of the checkout that a run needs; the environments are shared by a link."""
    target.mkdir(parents=True)
    for name in ("Snakefile", "config.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, target)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("config", "envs", "profiles", "workflow"):
        shutil.copytree(CHECKOUT / name, target / name, ignore=ignored)
    (target / ".venv").symlink_to(CHECKOUT / ".venv")
    return target
