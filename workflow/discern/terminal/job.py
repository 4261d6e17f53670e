"""A running job: its messages and what it says of its end."""

from __future__ import annotations

import re
import time
from pathlib import Path

from discern.terminal.estimate import Running
from discern.terminal.messages import Messages

# The name that a stage puts before its messages: train its loss and seed, the others their own. The
# line about its end says already that it is done.
_OWN_NAME = re.compile(r"(?:[a-z_]+: |\S+ \(seed \d+\)  )(?:done )?")
_LEFT = re.compile(r"at most (\d+) (s|min) left$")


class Job:
    """A running job.

    Args:
        rule: its rule.
        name: its rule and its row, for readers.
        log: its log.
        record: its record; None if it has none.
        printed: the file with what local jobs print.

    Attributes:
        errors: the lines of its errors.
        held: the newest message, if it is held back.
        logged: all lines of its messages.
    """

    def __init__(self, rule: str, name: str, log: Path, record: Path | None, printed: Path) -> None:
        self.rule = rule
        self.name = name
        self.log = log
        self.record = record
        self.errors: list[str] = []
        self.held: list[str] = []
        self.logged: set[str] = set()
        self._messages = Messages(log)
        self._begin = time.monotonic()
        self._left: float | None = None
        self._left_since = self._begin
        self._printed = printed
        self._printed_before = printed.stat().st_size

    def look(self) -> list[str]:
        """The messages to be shown now.

        One that may be the last is held back until the next one or the job's end, as it is shown in
        the line about the end. Errors are kept for the line about the failure.
        """
        shown: list[str] = []
        for message in self._messages.new():
            self.logged.update(message.text.splitlines())
            if message.level in ("ERROR", "CRITICAL"):
                self.errors += message.text.splitlines()
                continue
            self._note_time_left(message.text)
            text = _OWN_NAME.sub("", message.text, count=1)
            shown += self.held
            self.held = [text]
            if message.level == "WARNING" or text.startswith("epoch "):
                shown += self.held
                self.held = []
        return shown

    def _note_time_left(self, text: str) -> None:
        if left := _LEFT.search(text):
            self._left = int(left[1]) * (60 if left[2] == "min" else 1)
            self._left_since = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the job began."""
        return time.monotonic() - self._begin

    @property
    def running(self) -> Running:
        """The job, for the estimate."""
        left = self._left
        if left is not None:
            left = max(0.0, left - (time.monotonic() - self._left_since))
        return Running(self.rule, self.elapsed, left)

    def printed(self) -> list[str]:
        """All lines that this and other jobs printed since this one began."""
        with self._printed.open("rb") as file:
            file.seek(self._printed_before)
            return file.read().decode("utf-8", errors="replace").splitlines()
