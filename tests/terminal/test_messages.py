"""A running job's messages are those that its stage logs from now on."""

from __future__ import annotations

import logging

import pytest

from discern.stages.surroundings import logged
from discern.terminal.messages import Message, Messages

log = logging.getLogger("discern")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "softmax" / "0.log"


def test_messages_of_a_stage_come_once_and_without_those_for_debugging(path):
    messages = Messages(path)
    assert messages.new() == []
    with logged(path):
        log.info("epoch %d/%d", 1, 3)
        log.debug("the traceback\nof two lines")
        log.warning("slow")
        assert messages.new() == [Message("INFO", "epoch 1/3"), Message("WARNING", "slow")]
        assert messages.new() == []
        log.info("epoch 2/3")
        assert messages.new() == [Message("INFO", "epoch 2/3")]


def test_an_error_has_its_traceback(path):
    messages = Messages(path)
    with logged(path):
        try:
            raise ValueError("seven")
        except ValueError:
            log.exception("unexpected")
        log.info("after")
    (error, after) = messages.new()
    lines = error.text.splitlines()
    assert (error.level, lines[0], lines[1]) == (
        "ERROR",
        "unexpected",
        "Traceback (most recent call last):",
    )
    assert lines[-1] == "ValueError: seven"
    assert after == Message("INFO", "after")


@pytest.mark.parametrize("word", ["new", "a much longer message than the earlier job's was"])
def test_the_log_of_an_earlier_job_is_not_read(path, word):
    with logged(path):
        log.info("of the earlier job")
    messages = Messages(path)
    assert messages.new() == []
    with logged(path):
        log.info(word)
        assert messages.new() == [Message("INFO", word)]


def test_half_a_line_is_read_when_it_is_whole(path):
    messages = Messages(path)
    path.parent.mkdir()
    line = "2026-11-27 08:32:42,123 INFO epoch 1/3 of größe\n".encode()
    path.write_bytes(line[:-8])
    assert messages.new() == []
    path.write_bytes(line)
    assert messages.new() == [Message("INFO", "epoch 1/3 of größe")]
