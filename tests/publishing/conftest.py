"""What is published, and where."""

import pytest

from discern.results import Version
from publishing.publishable import TEXT, write_publishable


@pytest.fixture
def version(tmp_path):
    """A finished version whose page has no images."""
    return write_publishable(tmp_path / "results/full")


@pytest.fixture
def docs(tmp_path):
    return Version(tmp_path / "docs")


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "TEXT.md"
    path.write_text(TEXT)
    return path
