"""What the terminal shows of a run: a line when a job begins and ends, and the time left."""

from __future__ import annotations

import logging
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from discern.provenance.record import read_record
from discern.terminal.estimate import Costs, Slots, duration, seconds_left, share_done
from discern.terminal.job import Job

# Seconds between two looks at the running jobs' logs, and between two lines about the whole run.
LOOK_SECONDS = 1.0
STATE_SECONDS = 60.0
# How many of the printed lines are shown where a job failed and its log does not say why.
LAST_LINES = 10
# What Snakemake says before each choice of jobs; it is no event.
_SELECTION = "Select jobs to execute..."

# How a failed command ended, in Snakemake's report of it.
_STATUS = re.compile(r"returned non-zero exit status \d+|died with <Signals\.\w+: \d+>")


class Display(logging.Handler):
    """Shows the run's events, in place of Snakemake's handler for the terminal.

    What Snakemake says beside its events, such as warnings, that handler still shows. The events
    have the names and fields of Snakemake's interface for logger plugins.

    Args:
        other: Snakemake's handler for the terminal.
        planned: the number of jobs of each rule.
        costs: what a job of each rule costs.
        slots: how many jobs run at a time; None where a scheduler decides it.

    Attributes:
        printed: a temporary file for what local jobs print. Their logs have it too, except why a
            program did not start or was ended.
    """

    def __init__(
        self,
        other: logging.StreamHandler[Any],
        planned: Mapping[str, int],
        costs: Costs,
        slots: Slots | None,
    ) -> None:
        super().__init__()
        self._other = other
        self._planned = planned
        self._costs = costs
        self._slots = slots
        self._file = tempfile.NamedTemporaryFile(prefix="discern-")  # noqa: SIM115
        self.printed = Path(self._file.name)
        self._jobs: dict[int, Job] = {}
        self._finished: Counter[str] = Counter()
        self._last_state = time.monotonic()
        self._ended = threading.Event()
        self._status = ""
        self._events = {
            "job_info": self._begins,
            "job_finished": self._ends,
            "job_error": self._fails,
            "error": self._error,
            "job_started": None,
            "group_info": None,
            "progress": None,
        }

    def watch(self) -> None:
        """Look at the running jobs from now on, in a thread of its own."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            with self.lock:  # type: ignore[union-attr]
                self.look()

    def look(self) -> None:
        """Show the running jobs' new messages and, now and then, the state of the run."""
        for job in self._jobs.values():
            for message in job.look():
                self._say(f"{job.name}: {message}")
        if self._jobs and time.monotonic() - self._last_state >= STATE_SECONDS:
            self._last_state = time.monotonic()
            self._say(self.state())

    def state(self) -> str:
        """One line: how many jobs are done, how much of the work, and the time left."""
        running = [job.running for job in self._jobs.values()]
        counts = (self._planned, self._finished, running, self._costs)
        done, total = self._finished.total(), sum(self._planned.values())
        text = f"{done} of {total} jobs done, {share_done(*counts):.0%} of the work"
        if self._slots:
            text += f"; about {duration(seconds_left(*counts, self._slots))} left"
        return text

    def close(self) -> None:
        """End the thread and remove the temporary file."""
        self._ended.set()
        self._file.close()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Show an event of the run, or leave it to Snakemake's handler."""
        event = getattr(record, "event", None)
        if record.msg == _SELECTION:
            return
        if event not in self._events:
            self._other.handle(record)
            return
        try:
            if show := self._events[event]:
                show(record)
        except Exception:
            self.handleError(record)

    def _begins(self, record: Any) -> None:
        if not record.log:  # rule all, which only has inputs
            return
        row = [str(value) for key, value in record.wildcards.items() if key != "version"]
        records = (Path(path) for path in record.output if path.endswith("record.json"))
        job = Job(
            record.rule_name,
            " ".join([record.rule_name, *row]),
            Path(record.log[0]),
            next(records, None),
            self.printed,
        )
        self._jobs[record.jobid] = job
        self._say(f"{job.name}: {'begins' if self._slots else 'is submitted'}")

    def _ends(self, record: Any) -> None:
        job = self._jobs.pop(record.job_id, None)
        if job is None:
            return
        *before, last = [*job.look(), *job.held] or [""]
        for message in before:
            self._say(f"{job.name}: {message}")
        if job.record:
            # A job from the cache takes no time here, and one that waits for a scheduler too much.
            here = job.elapsed if self._slots else 0.0
            self._costs.add(job.rule, max(here, read_record(job.record)["wall_seconds"]))
        self._finished[job.rule] += 1
        self._say(f"{job.name}: done in {duration(job.elapsed)}" + (f"; {last}" if last else ""))

    def _fails(self, record: Any) -> None:
        job = self._jobs.pop(record.jobid, None)
        if job is None or not self._slots:  # Snakemake tells what the scheduler says
            self._other.handle(record)
            return
        for message in [*job.look(), *job.held]:
            self._say(f"{job.name}: {message}")
        self._say(
            f"{job.name}: FAILED after {duration(job.elapsed)}{self._status}; its log is {job.log}"
        )
        self._status = ""
        for line in job.errors or self._unlogged(job):
            self._say(f"    {line}", time_of_day=False)

    def _unlogged(self, job: Job) -> list[str]:
        """The last lines that were printed beside the messages of this and the running jobs."""
        logged = job.logged.union(*(each.logged for each in self._jobs.values()))
        return [line for line in job.printed() if line not in logged][-LAST_LINES:]

    def _error(self, record: Any) -> None:
        """Keep how a command ended, which Snakemake reports with all of its text."""
        if record.exception == "RuleException" and (found := _STATUS.search(record.msg)):
            self._status = f" ({found[0]})"
        else:
            self._other.handle(record)

    def _say(self, text: str, *, time_of_day: bool = True) -> None:
        begin = time.strftime("%H:%M:%S  ") if time_of_day else ""
        self._other.stream.write(f"{begin}{text}\n")
        self._other.flush()
