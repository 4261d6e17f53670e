"""The messages of a running stage, read from its log file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

# The format of discern.stages.surroundings.logged.
_BEGINNING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) ")


class Message(NamedTuple):
    """A message of a stage.

    Attributes:
        level: its level, such as INFO.
        text: one line, or several with a traceback.
    """

    level: str
    text: str


class Messages:
    """The messages that a job writes from now on.

    A stage replaces the log of an earlier job. Until then, that one is not read.

    Args:
        path: the log file; it may be missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._earlier = self._stamp()
        self._read = 0

    def new(self) -> list[Message]:
        """The complete messages since the last call, without those for debugging."""
        stamp = self._stamp()
        if stamp is None or (self._read == 0 and stamp == self._earlier):
            return []
        with self.path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        return parse(whole.decode("utf-8", errors="replace"))

    def _stamp(self) -> tuple[int, int] | None:
        """What tells the file of an earlier job from this one's; None without a file."""
        try:
            state = self.path.stat()
        except FileNotFoundError:
            return None
        return state.st_mtime_ns, state.st_size


def parse(text: str) -> list[Message]:
    """The messages in ``text`` of a log, without those for debugging.

    Lines without a time continue the message before.
    """
    parts = _BEGINNING.split(text)
    found = map(Message, parts[1::2], (part.rstrip("\n") for part in parts[2::2]))
    return [message for message in found if message.level != "DEBUG"]
