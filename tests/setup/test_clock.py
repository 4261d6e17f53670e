"""Files from the future get the present time, and no other file's time changes."""

import errno
import os
import time

import pytest

from discern.errors import DiscernError
from discern.setup.clock import TOLERANCE, end_the_future
from plain_files import write_bytes


@pytest.fixture
def made(tmp_path):
    """Makes a file that was written so many seconds from now."""

    def made(name, seconds):
        path = tmp_path / name
        write_bytes(path, b"content")
        moment = time.time() + seconds
        os.utime(path, (moment, moment))
        return path

    return made


def test_files_from_the_future_all_get_the_same_present_time(tmp_path, made):
    coming = [made("results/a", 86_400), made("results/deep/.timestamp", 3 * TOLERANCE)]
    earlier, soon = made("results/b", -5), made("results/c", TOLERANCE / 2)
    kept = [path.stat().st_mtime_ns for path in (earlier, soon)]
    start = time.time()
    assert end_the_future(tmp_path / "results") == 2
    first, second = (path.stat().st_mtime for path in coming)
    assert start - 1 <= first == second <= time.time()
    assert [path.stat().st_mtime_ns for path in (earlier, soon)] == kept
    assert end_the_future(tmp_path / "results") == 0


def test_links_and_their_targets_get_the_present_time(tmp_path, made):
    target = made("cache/a", 86_400)
    link = tmp_path / "results/a"
    link.parent.mkdir()
    link.symlink_to(target)
    os.utime(link, (target.stat().st_mtime,) * 2, follow_symlinks=False)
    assert end_the_future(link.parent) == 1
    for moment in (link.lstat().st_mtime, target.stat().st_mtime):
        assert moment <= time.time()


def test_dangling_link_is_left_alone(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/a").symlink_to(tmp_path / "gone")
    assert end_the_future(tmp_path / "results") == 0


def test_missing_folder_has_no_such_files(tmp_path):
    assert end_the_future(tmp_path / "results") == 0


def test_a_file_of_somebody_else_is_named_with_a_remedy(tmp_path, made, monkeypatch):
    path = made("results/a", 86_400)

    def refuse(path, *arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "utime", refuse)
    with pytest.raises(DiscernError, match=f"{path}: permission denied; make the folder writable"):
        end_the_future(tmp_path / "results")
