"""The shipped configuration and its presets, and changes to them."""

import copy
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
PRESETS = PROJECT / "config" / "presets"


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def laid_over(below: dict, above: dict) -> dict:
    """``above`` laid over ``below``, as Snakemake does with a second configuration file."""
    merged = copy.deepcopy(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = laid_over(merged[key], value) if both else value
    return merged


SHIPPED = load(PROJECT / "config.yaml")


def with_change(text: str) -> dict:
    """The shipped configuration with the YAML ``text`` laid over it."""
    return laid_over(SHIPPED, yaml.safe_load(text))


def with_preset(name: str) -> dict:
    """The shipped configuration with a preset laid over it."""
    return laid_over(SHIPPED, load(PRESETS / f"{name}.yaml"))
