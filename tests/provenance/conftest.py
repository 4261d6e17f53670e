"""A finished version to be read, checked and changed."""

from pathlib import Path

import pytest

from discern.results import Version
from provenance.finished import finish, write_jobs


@pytest.fixture
def version(tmp_path, monkeypatch):
    """A version whose jobs are done, seen from the project's folder, without a manifest."""
    monkeypatch.chdir(tmp_path)
    version = Version(Path("results/full"))
    write_jobs(version)
    return version


@pytest.fixture
def finished(version):
    """The version with its manifest."""
    return finish(version, Path("project"))
