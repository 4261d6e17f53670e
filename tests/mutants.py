"""Break the package on purpose, one line at a time, and see whether a test notices.

    python tests/mutants.py [FILTER ...] [--jobs N] [--list]

Each mutant is a copy of the project in a temporary folder in which one text of one module is
replaced. The tests that should notice are run there until the first failure. A mutant that no test
notices survives. Before that the same tests must pass without a mutation. The exit status is 1 if
any mutant survives, is stale (its old text isn't found exactly once), or can't be tried.

FILTERs are words; a mutant is tried if one of them occurs in its file or its reason.

The mutations are data, a file for each room: tests/mutations/ROOM.py assigns MUTATIONS, a
dictionary by the mutated file, relative to workflow/discern. Its values are dictionaries of

    tests: the test files that should notice, relative to tests, nearest first
    only: optional, pytest's -k for these tests, such as a loss's name
    mutations: a list of (reason, old text, new text); the reason says what is wrong then

    MUTATIONS = {
        "losses/softmax.py": {
            "tests": ["losses/test_softmax.py", "losses/test_common.py"],
            "only": "softmax",
            "mutations": [("the bias has the other sign", "+ self.bias", "- self.bias")],
        },
    }

Old texts may span lines. A mutated text must still be Python, and no mutation may need another.
TensorFlow is imported once, then each mutant is a fork that imports the mutated package.
"""
# ruff: noqa: T201 - speaks to the user

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import multiprocessing
import multiprocessing.connection
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = Path("workflow", "discern")
LISTS = Path(__file__).resolve().parent / "mutations"
# What the package and its tests import, none of it ours: imported once, before the first fork.
LIBRARIES = ("numpy", "scipy", "sklearn", "tensorflow", "hypothesis.extra.numpy", "jsonschema")
TIMEOUT = 900  # seconds; a mutant that never ends is noticed too

PASSED, FAILED, BROKEN = 0, 1, 2  # pytest's exit statuses; 2: a module can't be imported


@dataclass(frozen=True)
class Trial:
    """Tests to run in a copy of the project, in which one text may be replaced.

    Attributes:
        file: the mutated file, relative to the package; empty for no mutation.
        reason: what is wrong then.
        old: the text that is replaced.
        new: what takes its place.
        tests: test files, relative to the folder of tests.
        only: pytest's -k, empty for all tests.
    """

    file: str
    reason: str
    old: str
    new: str
    tests: tuple[str, ...]
    only: str

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"{self.file}: {self.reason}" if self.file else f"unchanged: {' '.join(self.tests)}"

    def unchanged(self) -> Trial:
        """The same tests without the mutation."""
        return Trial("", "", "", "", self.tests, self.only)

    def mutated(self) -> str:
        """The file's text after the mutation.

        Raises:
            ValueError: if the old text doesn't occur exactly once, or the new is no Python.
        """
        text = (PROJECT / PACKAGE / self.file).read_text(encoding="utf-8")
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"stale: {self.old!r} occurs {count} times, not once")
        text = text.replace(self.old, self.new)
        if self.file.endswith(".py"):
            try:
                ast.parse(text)
            except SyntaxError as error:
                raise ValueError(f"no Python: {error}") from error
        return text


def load(filters: list[str]) -> list[Trial]:
    """The mutations of all lists whose file or reason contains one of ``filters``."""
    return [
        trial
        for path in sorted(LISTS.glob("*.py"))
        for file, entry in runpy.run_path(str(path))["MUTATIONS"].items()
        for reason, old, new in entry["mutations"]
        for trial in [Trial(file, reason, old, new, tuple(entry["tests"]), entry.get("only", ""))]
        if not filters or any(word in trial.name for word in filters)
    ]


@contextlib.contextmanager
def copy_of_the_project() -> Iterator[Path]:
    """A folder with the project's own files; environments are linked."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.check_output(command, cwd=PROJECT, text=True).split("\0")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        root = Path(folder, "project")
        for name in filter(None, listed):
            if (PROJECT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(PROJECT / name, root / name)
        if (PROJECT / ".venv").exists() and not (root / ".venv").exists():
            (root / ".venv").symlink_to((PROJECT / ".venv").resolve())
        yield root


def run(trial: Trial, root: Path, log: Path) -> None:
    """Leave this process with pytest's exit status for ``trial``, in the copy at ``root``."""
    os.setsid()  # so that whatever the tests start can be ended with them
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(root)
    # a mutant may have the size and the second of the file it replaces
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # before a discern that is installed, here and in the programs that tests start
    os.environ["PYTHONPATH"] = str(root / "workflow")
    sys.path[0] = str(root / "workflow")
    import pytest

    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    if trial.only:
        arguments += ["-k", trial.only]
    status = pytest.main([*arguments, *(f"tests/{name}" for name in trial.tests)])
    sys.stdout.flush()
    os._exit(status)


def end(process: multiprocessing.process.BaseProcess) -> None:
    """End ``process`` and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def outcome(status: int | None, log: Path) -> tuple[bool, str]:
    """Whether the tests noticed, and how."""
    text = log.read_text(encoding="utf-8", errors="replace")
    if status is None:
        return True, f"no end within {TIMEOUT} s"
    if status < 0:
        return True, signal.Signals(-status).name
    if status in (FAILED, BROKEN):
        noticed = re.search(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
        return True, noticed[1] if noticed else "a test failed"
    return False, "" if status == PASSED else f"pytest ended with {status}: {text[-2000:]}"


def tried(trials: list[Trial], jobs: int) -> Iterator[tuple[Trial, bool, str]]:
    """Each trial with whether its tests failed and how, in the order in which they end."""
    fork = multiprocessing.get_context("fork")
    waiting, running = list(reversed(trials)), []
    with contextlib.ExitStack() as stack:
        free = [stack.enter_context(copy_of_the_project()) for _ in range(min(jobs, len(trials)))]
        stack.callback(lambda: [end(entry[3]) for entry in running])
        while waiting or running:
            while waiting and free:
                trial, root = waiting.pop(), free.pop()
                if trial.file:
                    (root / PACKAGE / trial.file).write_text(trial.mutated(), encoding="utf-8")
                log = root.with_name("log")
                process = fork.Process(target=run, args=(trial, root, log))
                process.start()
                running.append((trial, root, log, process, time.monotonic() + TIMEOUT))
            multiprocessing.connection.wait([entry[3].sentinel for entry in running], timeout=1)
            for entry in list(running):
                trial, root, log, process, deadline = entry
                late = time.monotonic() > deadline
                if process.is_alive() and not late:
                    continue
                end(process)
                yield trial, *outcome(None if late else process.exitcode, log)
                if trial.file:
                    shutil.copy(PROJECT / PACKAGE / trial.file, root / PACKAGE / trial.file)
                running.remove(entry)
                free.append(root)


def not_makeable(trials: list[Trial]) -> list[str]:
    """Why some of these mutations can't be made."""
    faults = []
    for trial in trials:
        try:
            trial.mutated()
        except (ValueError, OSError) as error:
            faults.append(f"{trial.name}: {error}")
    return faults


def not_noticed(trials: list[Trial], jobs: int) -> list[str]:
    """Try these mutants and print how each is noticed; returns what is wrong."""
    faults = []
    for trial, failed, how in tried([*{trial.unchanged(): None for trial in trials}], jobs):
        wrong = failed or how
        print("FAILED  " if wrong else "passed  ", trial.name, how, sep="  ", flush=True)
        if wrong:
            faults.append(f"{trial.name}: these tests must pass without a mutation")
    if faults:
        return faults
    for trial, noticed, how in tried(trials, jobs):
        print("noticed " if noticed else "SURVIVED", trial.name, how, sep="  ", flush=True)
        if not noticed:
            faults.append(f"{trial.name}: no test noticed")
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Try the chosen mutants; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("filter", nargs="*", help="words of the files or reasons to try")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at the same time (1)")
    parser.add_argument("--list", action="store_true", help="name them and try none")
    options = parser.parse_args(arguments)
    trials = load(options.filter)
    faults = not_makeable(trials)
    if options.list:
        print(*(trial.name for trial in trials), sep="\n")
    elif not faults:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        for library in LIBRARIES:
            importlib.import_module(library)
        faults = not_noticed(trials, options.jobs)
        print(f"{len(trials)} mutants, {len(faults)} not noticed")
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
