"""Claims about every stage."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from discern.stages.options import flag


def words_of(job):
    """The command line that describes a job; fields that are None are left out."""
    words = []
    for name, value in vars(job).items():
        if isinstance(value, tuple) and value and isinstance(value[0], Path):
            words += [flag(name), *map(str, value)]
        elif value is not None:
            plain = isinstance(value, str | int | float | Path) and not isinstance(value, bool)
            words += [flag(name), str(value) if plain else json.dumps(value, default=asdict)]
    return words


def assert_refused(job, capfd, *parts):
    """The job ends in one sentence that says ``parts``, without a traceback and without outputs."""
    capfd.readouterr()
    assert job.run() == 1
    said = capfd.readouterr().err
    assert "Traceback" not in said, said
    last = said.splitlines()[-1]
    assert last.startswith(f"{job.stage()}: "), said
    assert [part for part in parts if part not in last] == [], last
    assert list(existing(job)) == []


def existing(job):
    """The outputs and the record of a job that are there."""
    for value in (*job.values("output").values(), job.record):
        for path in value if isinstance(value, tuple) else (value,):
            if path and path.exists():
                yield path
