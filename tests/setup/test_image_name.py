"""The image that ``--sdm apptainer`` uses is named by the environment."""

from pathlib import Path

import pytest

from discern.errors import DiscernError
from discern.setup import image

CONTAINERFILE = Path(__file__).parents[2] / "Containerfile"


def test_the_image_is_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("DISCERN_IMAGE", "discern.sif")
    assert image.named() == "discern.sif"


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_name_the_variable_is_named(monkeypatch, value):
    monkeypatch.delenv("DISCERN_IMAGE", raising=False)
    if value is not None:
        monkeypatch.setenv("DISCERN_IMAGE", value)
    with pytest.raises(DiscernError, match="set DISCERN_IMAGE"):
        image.named()


def test_the_interpreter_lies_where_the_containerfile_builds_it():
    environments = image.PYTHON.removesuffix("/training/bin/python")
    assert f"ln --symbolic {environments} .venv" in CONTAINERFILE.read_text(encoding="utf-8")
