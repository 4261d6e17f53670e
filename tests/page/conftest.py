"""Pages that several tests read."""

import contextlib
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import sync_playwright

from browser_window import CHROMIUM, DESKTOP, Opened
from discern.configuration.rows import rows as rows_of
from discern.maps.side_by_side import read_side_by_side
from discern.ranking.comparisons import read_comparisons
from discern.ranking.leaderboard import read_lines
from html_elements import read
from page_inputs import PLACES, ROWS, page_of, write_crowd, write_version

PROJECT = Path(__file__).parents[2]


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


@pytest.fixture(scope="package")
def page_file(html, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture(scope="package")
def full_page_file(tmp_path_factory):
    """The page of all shipped rows."""
    config = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
    rows = list(rows_of(config).values())
    folder = tmp_path_factory.mktemp("full")
    accuracies = [0.9 + place / 1000 for place in range(sum(len(row.seeds) for row in rows))]
    path = folder / "index.html"
    path.write_text(page_of(write_version(folder, rows, accuracies), rows), encoding="utf-8")
    return path


@pytest.fixture(scope="package")
def crowd(tmp_path_factory):
    """A page without images whose maps have 10,000 points, and the points of each map."""
    version = write_version(tmp_path_factory.mktemp("crowd"))
    write_crowd(version, ROWS, 10_000)
    path = version.folder / "index.html"
    path.write_text(page_of(version, images=None), encoding="utf-8")
    return path, points_in(version)


@pytest.fixture(scope="package")
def points(version):
    """The points of each map as the page shows them, (N, 2) each."""
    return points_in(version)


def points_in(version):
    """The turned maps' points, in the page's order."""
    maps = read_side_by_side([version.map(row.label, row.seeds[0]) for row in ROWS])
    return [maps[place].points for place in PLACES]


@pytest.fixture(scope="package")
def browser():
    assert CHROMIUM, "continuous integration has to install Chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM)
        yield running
        running.close()


@pytest.fixture
def window(browser, page_file):
    """Opens a page in a window of its own, as many as a test needs."""
    with contextlib.ExitStack() as stack:

        def window(device=DESKTOP, path=page_file, **options):
            context = browser.new_context(**device, **options)
            return Opened(stack.enter_context(context), path)

        yield window


@pytest.fixture
def opened(window):
    return window()
