"""What the tests of the training share."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture
def said():
    """The messages so far, whatever stages that ran earlier have set."""
    messages = []
    log, handler = logging.getLogger("discern"), logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    yield messages
    log.removeHandler(handler)
    log.setLevel(level)
