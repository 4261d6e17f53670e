"""What all stages share: a command line that knows inputs from outputs, a log, and a record.

A stage is a module with a parser and a function; this module turns the two into a program::

    def main(argv=None):
        parser = StageParser("split", __doc__)
        parser.input("--labels", help="...")
        parser.output("--split", help="...")
        parser.parameter("--seed", type=int, help="...")
        return run_stage(parser, split, argv)
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import logging
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from discern.errors import DiscernError
from discern.files import explain, files_below, sha256, write_json
from discern.fingerprint import code_fingerprint

log = logging.getLogger("discern")

Settings = TypeVar("Settings")


class StageParser(argparse.ArgumentParser):
    """An argument parser whose options are declared as inputs, outputs and parameters.

    Args:
        stage: the stage's name.
        description: the text of ``--help``, usually the module's docstring.
    """

    def __init__(self, stage: str, description: str | None) -> None:
        super().__init__(
            prog=f"python -m discern.stages.{stage}",
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.stage = stage
        self.roles: dict[str, list[str]] = {"inputs": [], "outputs": [], "parameters": []}
        self.add_argument("--record", type=Path, help="JSON: how the outputs were made")
        self.add_argument("--log", type=Path, help="a copy of all messages, with tracebacks")

    def input(self, flag: str, **options: Any) -> None:
        """Declare a file (or several) that the stage reads."""
        self._declare("inputs", flag, required=True, type=Path, **options)

    def output(self, flag: str, **options: Any) -> None:
        """Declare a file or folder that the stage writes."""
        self._declare("outputs", flag, required=True, type=Path, **options)

    def parameter(self, flag: str, **options: Any) -> None:
        """Declare a value that decides what the outputs contain."""
        options.setdefault("required", "default" not in options)
        self._declare("parameters", flag, **options)

    def _declare(self, role: str, flag: str, **options: Any) -> None:
        self.roles[role].append(self.add_argument(flag, **options).dest)


def optional(kind: Callable[[str], Settings]) -> Callable[[str], Settings | None]:
    """The argument type ``kind``, or None for the word ``none``."""

    def parse(text: str) -> Settings | None:
        return None if text == "none" else kind(text)

    parse.__name__ = f"{kind.__name__} or 'none'"
    return parse


def settings(kind: type[Settings]) -> Callable[[str], Settings]:
    """The argument type of a JSON object that holds the fields of the dataclass ``kind``."""

    def parse(text: str) -> Settings:
        return kind(**json.loads(text))

    parse.__name__ = f"JSON object for {kind.__name__}"
    return parse


def run_stage(
    parser: StageParser,
    work: Callable[[argparse.Namespace], dict[str, Any] | None],
    argv: Sequence[str] | None = None,
    modules: Callable[[argparse.Namespace], Sequence[str]] = lambda arguments: (),
    afterwards: Callable[[argparse.Namespace], None] = lambda arguments: None,
) -> int:
    """Parse the command line, do the ``work``, write the record; returns the exit status.

    Args:
        parser: the stage's options.
        work: does it; what it returns stands in the record as ``results``.
        argv: the command line, by default that of the process.
        modules: names the modules that ``work`` imports by a computed name.
        afterwards: cleans up once all outputs and the record are written.

    A :class:`DiscernError` or an error of the operating system ends in one sentence and status 1,
    any other exception in its traceback as well.
    """
    arguments = parser.parse_args(argv)
    start = time.monotonic()
    try:
        with _logging(arguments.log):
            try:
                with _pinned_threads(getattr(arguments, "threads", 1)):
                    results = work(arguments) or {}
                if arguments.record:
                    code = code_fingerprint(f"discern.stages.{parser.stage}", *modules(arguments))
                    record = _record(parser, arguments, results, code)
                    record["wall_seconds"] = round(time.monotonic() - start, 3)
                    write_json(arguments.record, record)
                afterwards(arguments)
            except DiscernError as error:
                return _fail(parser.stage, error)
            except OSError as error:
                return _fail(parser.stage, explain(error))
            except MemoryError:
                return _fail(parser.stage, _OUT_OF_MEMORY)
            except KeyboardInterrupt:
                log.error("%s: interrupted", parser.stage)
                return 130
            except Exception as error:
                # TensorFlow's own, of a stage that has imported it.
                if type(error).__name__ == "ResourceExhaustedError":
                    return _fail(parser.stage, _OUT_OF_MEMORY)
                log.exception("%s: an error nobody foresaw; please report it", parser.stage)
                return 1
    except OSError as error:  # the log itself can't be written
        return _fail(parser.stage, explain(error))
    return 0


_OUT_OF_MEMORY = DiscernError("out of memory; give the job more, or run fewer at a time")


def _fail(stage: str, error: DiscernError) -> int:
    log.error("%s: %s", stage, error)
    log.debug("the traceback", exc_info=True)
    return 1


@contextlib.contextmanager
def _logging(path: Path | None) -> Iterator[None]:
    """Messages go to standard error, and with more detail to the file ``path``."""
    console = logging.StreamHandler()
    console.setLevel(logging.INFO)
    handlers: list[logging.Handler] = [console]
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _LogFile(path, mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        handlers.append(file)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    for handler in handlers:
        log.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            with contextlib.suppress(OSError):
                handler.close()


class _LogFile(logging.FileHandler):
    """A log that is given up when it can't be written: its messages are on standard error too.

    A disk that is full for the results is mostly full for the log as well, and one failure of both
    is to be said in one sentence.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        log.removeHandler(self)
        log.warning("%s can't be written any more", self.baseFilename)


@contextlib.contextmanager
def _pinned_threads(threads: int) -> Iterator[None]:
    """Run BLAS and OpenMP on exactly ``threads`` threads: sums depend on how they are cut up."""
    import threadpoolctl

    with threadpoolctl.threadpool_limits(limits=threads):
        yield


def _record(
    parser: StageParser, arguments: argparse.Namespace, results: dict[str, Any], code: str
) -> dict[str, Any]:
    """What is known of a job.

    Files are named as seen from the record's own folder, so that a record stays true when its job
    is taken from the cache into another version, or the results are moved.
    """

    def hashes(role: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in parser.roles[role]:
            value = getattr(arguments, name)
            for path in value if isinstance(value, list) else [value]:
                for file in files_below(path):
                    found[os.path.relpath(file, arguments.record.parent)] = sha256(file)
        return found

    return {
        "stage": parser.stage,
        "parameters": {
            name: _plain(getattr(arguments, name)) for name in parser.roles["parameters"]
        },
        "inputs": hashes("inputs"),
        "outputs": hashes("outputs"),
        "results": results,
        "code": code,
        "python": platform.python_version(),
        "packages": _loaded_packages(),
        "device": results.get("device") or platform.machine(),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _plain(value: Any) -> Any:
    """``value`` as JSON can hold it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value) if isinstance(value, Path) else value


def _loaded_packages() -> dict[str, str]:
    """Name and version of every distribution of which something has been imported."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    found = {
        distribution
        for module, distributions in importlib.metadata.packages_distributions().items()
        if module in loaded
        for distribution in distributions
    }
    return {name: importlib.metadata.version(name) for name in sorted(found)}
