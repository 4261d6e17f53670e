"""The terminal shows each job's begin and end with its row, and why a job failed."""

from __future__ import annotations

import io
import json
import logging
import re
from types import SimpleNamespace

import pytest

from discern.stages.surroundings import logged
from discern.terminal import display as module
from discern.terminal import job as job_module
from discern.terminal.display import Display
from discern.terminal.estimate import Costs, Slots
from discern.training.progress import Progress

log = logging.getLogger("discern")


@pytest.fixture
def clock(monkeypatch):
    """The clock that the display and its jobs look at."""
    clock = SimpleNamespace(now=1000.0)
    time = SimpleNamespace(monotonic=lambda: clock.now, strftime=lambda form: "08:00:00  ")
    monkeypatch.setattr(module, "time", time)
    monkeypatch.setattr(job_module, "time", time)
    return clock


class Run:
    """A display, the events that Snakemake sends it, and what the terminal shows."""

    def __init__(self, folder, planned, slots):
        self.folder = folder
        self.terminal = io.StringIO()
        costs = Costs({"train": 100.0})
        other = logging.StreamHandler(self.terminal)
        self.display = Display(other, planned, costs, slots)

    def tell(self, message, level=logging.INFO, **event):
        record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
        vars(record).update(event)
        self.display.handle(record)

    def begin(self, jobid, rule, *row):
        wildcards = {"version": "small"} | dict(zip(("label", "seed"), row, strict=False))
        output = [str(self.folder / str(jobid) / "record.json")]
        info = {"wildcards": wildcards, "log": [self.log(jobid)], "output": output}
        self.tell("", event="job_info", jobid=jobid, rule_name=rule, **info)

    def end(self, jobid, seconds=10.0):
        path = self.folder / str(jobid) / "record.json"
        path.parent.mkdir(exist_ok=True)
        content = dict.fromkeys(("stage", "code", "python", "device", "peak_memory_mb"), "x")
        content["wall_seconds"] = seconds
        content |= {name: {} for name in ("parameters", "inputs", "outputs", "packages")}
        path.write_text(json.dumps(content))
        self.tell("Finished", event="job_finished", job_id=jobid)

    def fail(self, jobid, status="returned non-zero exit status 1"):
        text = f"CalledProcessError in file x:\nCommand 'python train' {status}."
        self.tell(text, logging.ERROR, event="error", exception="RuleException")
        self.tell("Error in rule", logging.ERROR, event="job_error", jobid=jobid)

    def log(self, jobid):
        return str(self.folder / f"{jobid}.log")

    @property
    def lines(self):
        return [re.sub(r"^08:00:00  +", "", line) for line in self.terminal.getvalue().splitlines()]


@pytest.fixture
def run(tmp_path, clock):
    slots = Slots(cores=1, threads=1)
    made = Run(tmp_path, {"train": 2, "select": 2, "split": 1}, slots)
    yield made
    made.display.close()


def test_a_job_is_named_with_its_row_and_ends_with_its_last_message(run, clock):
    run.begin(1, "select", "softmax", "0")
    with logged(run.folder / "1.log"):
        log.info("select: many epochs")
        log.info("select: epoch 3 of 5")
    clock.now += 7
    run.end(1)
    run.begin(2, "split")
    run.end(2)
    assert run.lines == [
        "select softmax 0: begins",
        "select softmax 0: many epochs",
        "select softmax 0: done in 7 s; epoch 3 of 5",
        "split: begins",
        "split: done in 0 s",
    ]


def test_the_epochs_of_a_training_are_shown_while_it_runs_without_its_losss_name(run):
    run.begin(1, "train", "softmax_relu", "3")
    with logged(run.folder / "1.log"):
        log.info("softmax (seed 3)  400 training images")
        run.display.look()
        assert run.lines[1:] == []  # it might be the last
        log.warning("softmax (seed 3)  collapsed")
        run.display.look()
        assert run.lines[1:] == [
            "train softmax_relu 3: 400 training images",
            "train softmax_relu 3: collapsed",
        ]
        log.info("softmax (seed 3)  epoch 1/2  loss 0.5  800 images/s")
        run.display.look()
        assert run.lines[3:] == ["train softmax_relu 3: epoch 1/2  loss 0.5  800 images/s"]
        log.info("softmax (seed 3)  epoch 2/2")
        log.info("softmax (seed 3)  done after 2 epochs")
        run.display.look()
    run.end(1)
    assert run.lines[4:] == [
        "train softmax_relu 3: epoch 2/2",
        "train softmax_relu 3: done in 0 s; after 2 epochs",
    ]


def test_now_and_then_a_line_tells_how_much_is_done_and_the_time_left(run, clock):
    run.begin(1, "train", "softmax", "0")
    clock.now += 59
    run.display.look()
    assert len(run.lines) == 1
    clock.now += 1
    run.display.look()
    run.display.look()
    # 203 seconds, of which 60 are done
    assert run.lines[1:] == ["0 of 5 jobs done, 30% of the work; about 2 min left"]


@pytest.mark.parametrize(
    # this training needs two more epochs, the next one three, and three jobs a second each
    ("seconds", "left"),
    [(20.0, "103 s"), (210.0, "18 min")],
)
def test_a_running_training_corrects_the_time_left_by_its_epochs(run, clock, seconds, left):
    run.begin(1, "train", "softmax", "0")
    with logged(run.folder / "1.log"):
        progress = Progress("softmax (seed 0)", epochs=3, batch=400)
        progress.start(1)
        row = {"loss": 1.0, "validation_loss": 1.0, "learning_rate": 0.1, "seconds": seconds}
        progress.end(row, 1.0, best=True)
    clock.now += seconds
    run.display.look()
    assert run.display.state().endswith(f"; about {left} left")


@pytest.mark.parametrize(
    ("here", "state"),
    [
        (0, "48% of the work; about 33 s left"),  # from the cache: what its record says
        (77, "49% of the work; about 80 s left"),  # with the start of its program
    ],
)
def test_finished_trainings_correct_the_time_left(run, clock, here, state):
    run.begin(1, "train", "softmax", "0")
    clock.now += here
    run.end(1, seconds=30.0)
    run.begin(2, "train", "cosface", "0")
    assert run.display.state() == f"1 of 5 jobs done, {state}"


def test_a_failed_job_shows_its_error_with_the_traceback_and_its_log(run, clock):
    run.begin(1, "train", "softmax", "0")
    with logged(run.folder / "1.log"):
        log.info("softmax (seed 0)  epoch 1/3")
        log.error("train: the loss became nan; lower the learning rate")
    clock.now += 3
    run.fail(1)
    assert run.lines[1:] == [
        "train softmax 0: epoch 1/3",
        f"train softmax 0: FAILED after 3 s (returned non-zero exit status 1); its log is "
        f"{run.log(1)}",
        "    train: the loss became nan; lower the learning rate",
    ]
    assert "CalledProcessError" not in run.terminal.getvalue()


def test_a_job_that_died_without_an_error_shows_what_only_was_printed(run):
    run.display.printed.write_text("before\n")
    run.begin(1, "train", "softmax", "0")
    run.begin(2, "train", "cosface", "0")
    for jobid in (1, 2):
        with logged(run.folder / f"{jobid}.log"):
            log.info(f"epoch of {jobid}")
    run.display.look()
    with run.display.printed.open("a") as file:
        file.write("epoch of 1\nepoch of 2\nbad_alloc\n")
    run.fail(1, "died with <Signals.SIGKILL: 9>")
    failure, *printed = run.lines[-2:]
    assert "(died with <Signals.SIGKILL: 9>)" in failure
    assert printed == ["    bad_alloc"]


def test_where_a_scheduler_runs_jobs_no_time_is_promised(tmp_path, clock):
    run = Run(tmp_path, {"split": 2}, slots=None)
    run.begin(1, "split")
    assert run.lines == ["split: is submitted"]
    assert run.display.state() == "0 of 2 jobs done, 0% of the work"
    clock.now += 1000  # in the queue
    run.end(1, seconds=3.0)
    run.begin(2, "split")
    clock.now += 1
    assert run.display.state() == "1 of 2 jobs done, 67% of the work"


def test_snakemakes_other_messages_stay_and_its_own_lines_about_jobs_do_not(run):
    run.tell("Select jobs to execute...")
    run.tell("Execute 1 jobs...", event="job_started")
    run.tell(None, event="progress", done=1, total=2)
    run.tell("", event="job_info", jobid=9, rule_name="all", log=[], wildcards={})
    run.tell("Finished", event="job_finished", job_id=9)
    run.tell("Trying to restart job 5.")
    run.tell("WorkflowError: a loss is missing", event="error", exception="WorkflowError")
    run.tell("no room", event="error", exception="RuleException")
    assert run.lines == [
        "Trying to restart job 5.",
        "WorkflowError: a loss is missing",
        "no room",
    ]


def test_a_failure_under_a_scheduler_is_left_to_snakemake_which_knows_its_reason(tmp_path, clock):
    run = Run(tmp_path, {"split": 1}, slots=None)
    run.begin(1, "split")
    run.tell("Error in rule split", event="job_error", jobid=1)
    assert run.lines[1:] == ["Error in rule split"]


def test_the_file_with_what_jobs_print_is_removed_at_the_end(run):
    assert run.display.printed.is_file()
    run.display.close()
    assert not run.display.printed.exists()
