"""No file is of the future afterwards, and no other file's time has changed."""

import os
import time

import pytest

from discern.file_times import TOLERANCE, end_the_future


@pytest.fixture
def made(tmp_path):
    """Makes a file that was written so many seconds from now."""

    def made(name, seconds):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        moment = time.time() + seconds
        os.utime(path, (moment, moment))
        return path

    return made


def test_files_of_the_future_get_the_present_time_all_the_same(tmp_path, made):
    coming = [made("results/a", 86_400), made("results/deep/.timestamp", 3 * TOLERANCE)]
    earlier, soon = made("results/b", -5), made("results/c", TOLERANCE / 2)
    kept = [path.stat().st_mtime_ns for path in (earlier, soon)]
    start = time.time()
    assert end_the_future(tmp_path / "results") == 2
    first, second = (path.stat().st_mtime for path in coming)
    assert start - 1 <= first == second <= time.time()
    assert [path.stat().st_mtime_ns for path in (earlier, soon)] == kept
    assert end_the_future(tmp_path / "results") == 0


def test_links_and_what_they_lead_to_are_of_the_present(tmp_path, made):
    target = made("cache/a", 86_400)
    link = tmp_path / "results/a"
    link.parent.mkdir()
    link.symlink_to(target)
    os.utime(link, (target.stat().st_mtime,) * 2, follow_symlinks=False)
    assert end_the_future(link.parent) == 1
    for moment in (link.lstat().st_mtime, target.stat().st_mtime):
        assert moment <= time.time()


def test_link_that_leads_nowhere_is_left_alone(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/a").symlink_to(tmp_path / "gone")
    assert end_the_future(tmp_path / "results") == 0


def test_folder_that_is_not_there_holds_none(tmp_path):
    assert end_the_future(tmp_path / "results") == 0
