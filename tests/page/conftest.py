"""Pages that several tests read."""

import pytest

from discern.ranking.comparisons import read_comparisons
from discern.ranking.leaderboard import read_lines
from html_elements import read
from page_inputs import ROWS, page_of, write_version


@pytest.fixture(scope="package")
def version(tmp_path_factory):
    """A version of ``ROWS``, which no test changes."""
    return write_version(tmp_path_factory.mktemp("version"))


@pytest.fixture(scope="package")
def html(version):
    """Its page, as text."""
    return page_of(version)


@pytest.fixture(scope="package")
def page(html):
    """Its page, as elements."""
    return read(html)


@pytest.fixture(scope="package")
def lines(version):
    """The leaderboard's lines by label."""
    lines = read_lines(version, ROWS, read_comparisons(version))
    return {line.row.label: line for line in lines}


@pytest.fixture
def page_with(tmp_path):
    """The page of other rows."""

    def page_with(*rows, accuracies=(0.9, 0.91, 0.92), **options):
        return read(page_of(write_version(tmp_path, rows, accuracies), rows, **options))

    return page_with
