"""Measures time and memory of candidates, each in a process of its own per batch size.

A service is a program that imports slow libraries once and then forks a process for every
candidate. So the services of two environments can be timed in turn, and the peak memory of one
candidate does not hide another's. Needs only numpy.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

CLASSES = 10
EMBEDDING_DIM = 128
MARGIN = 0.2
# Runs the loss and its gradient once and returns the loss.
Run = Callable[[], float]
# Makes what is run for a candidate from embeddings float32 (B, D) and labels int32 (B,).
Prepare = Callable[[str, np.ndarray, np.ndarray], Run]


def batch(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings float32 (B, D) of overlapping classes and labels int32 (B,), B = P·K, P = 10."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(CLASSES, dtype=np.int32), size // CLASSES)
    centres = 0.05 * random.normal(size=(CLASSES, EMBEDDING_DIM))
    embeddings = centres[labels] + 0.05 * random.normal(size=(len(labels), EMBEDDING_DIM))
    return embeddings.astype(np.float32), labels


class Service:
    """The client of a service.

    Args:
        interpreter: the Python of the service's environment.
        program: its file.
        path: where it finds its modules.
    """

    def __init__(self, interpreter: Path, program: Path, path: list[Path]) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
        self._process = subprocess.Popen(
            [interpreter, program],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def open(self, name: str, size: int) -> dict[str, Any]:
        """Make the candidate ``name`` ready: its ``value`` and ``peak`` bytes, or its ``error``."""
        return self._ask({"do": "open", "name": name, "size": size})

    def time(self, name: str, seconds: float) -> dict[str, Any]:
        """Run it for about ``seconds``, at least once: ``seconds`` per run, or its ``error``."""
        return self._ask({"do": "time", "name": name, "seconds": seconds})

    def close(self, name: str) -> None:
        """End its process."""
        self._ask({"do": "close", "name": name})

    def stop(self) -> None:
        """End the service."""
        assert self._process.stdin  # noqa: S101
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("a service ended unasked; its own message stands above")
        found: dict[str, Any] = json.loads(answer)
        return found


def serve(prepare: Prepare) -> None:
    """Answer the questions on standard input until it ends; what else is printed goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    fork = multiprocessing.get_context("fork")
    running: dict[str, tuple[Any, Connection]] = {}
    for line in sys.stdin:
        question = json.loads(line)
        name = question["name"]
        if question["do"] == "open":
            ours, theirs = fork.Pipe()
            process = fork.Process(target=_candidate, args=(theirs, prepare, question), daemon=True)
            process.start()
            theirs.close()
            running[name] = (process, ours)
        process, connection = running[name]
        if question["do"] == "close":
            # not by closing the pipe, which processes forked later hold as well
            if process.is_alive():
                connection.send(None)
            process.join()
            answer: dict[str, Any] = {}
        else:
            if question["do"] == "time":
                connection.send(question["seconds"])
            try:
                answer = connection.recv()
            except EOFError:
                process.join()
                answer = {"error": f"ended with exit code {process.exitcode}"}
        print(json.dumps(answer), file=answers, flush=True)


def _candidate(connection: Connection, prepare: Prepare, question: dict[str, Any]) -> None:
    """The process of one candidate: answers with its peak, then with a time for each request."""
    # An allocation beyond the free memory should fail, not stop another process.
    limit = _status("VmSize") + _free_memory()
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        prepare(question["name"], *batch(2 * CLASSES))()  # threads, kernels, first allocations
        run = prepare(question["name"], *batch(question["size"]))
        before = _reset_peak()
        start = time.perf_counter()
        value = run()
        first = time.perf_counter() - start
        connection.send({"value": value, "peak": _peak() - before})
        while (wanted := connection.recv()) is not None:
            if first < 1:  # what ran in between has emptied the caches, which only short runs feel
                run()
            start, runs, elapsed = time.perf_counter(), 0, 0.0
            while not runs or elapsed < wanted:
                run()
                runs += 1
                elapsed = time.perf_counter() - start
            connection.send({"seconds": elapsed / runs})
    except Exception as error:
        connection.send({"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]})


def _reset_peak() -> int:
    """Reset the peak of this process's resident memory; returns the current value."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _status(field: str) -> int:
    return _bytes(Path("/proc/self/status"), field)


def _free_memory() -> int:
    return _bytes(Path("/proc/meminfo"), "MemAvailable")


def _bytes(path: Path, field: str) -> int:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)
