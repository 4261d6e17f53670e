"""Fixtures for the tests of the stages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

import chain
from claims import words_of
from discern.results import Version
from figure_inputs import write_version


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("DISCERN_DATA", raising=False)
    monkeypatch.delenv("DISCERN_SOURCES", raising=False)


@pytest.fixture
def version(tmp_path):
    return Version(tmp_path / "version")


@pytest.fixture
def downloaded(version, digits_folder):
    """The version with the digits."""
    shutil.copytree(digits_folder, version.idx("train_images").parent)
    return version


@pytest.fixture
def job(version, digits_folder, digits_sha256):
    """Makes a stage's job of the chain in the version; what is given beside its name is changed."""

    def job(name, **changes):
        jobs = chain.jobs(version, version, digits_folder, digits_sha256)
        return replace(jobs[name], **changes)

    return job


@pytest.fixture
def threads(monkeypatch):
    """The threads that TensorFlow was asked for; in this process they can no longer be set."""
    from discern.training import determinism

    threads = []

    def configure(number, *_, **__):
        threads.append(number)
        return "The processor"

    monkeypatch.setattr(determinism, "configure", configure)
    return threads


@pytest.fixture
def drawable(version):
    """The version with what figures are drawn from."""
    write_version(version)
    return version


# Does jobs one after another, each in a fork of a process that has imported TensorFlow but not used
# it. A line names the stage, the file or folder whose writing kills it, or none, and has the
# command line; the answer is the exit status.
FORKS = """
import importlib, json, os, pathlib, signal, sys

import discern.training.loop


def dying(rename, name):
    def call(source, target, **options):
        if pathlib.Path(target).name == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(source, target, **options)

    return call


for line in sys.stdin:
    module, kind, name, words = json.loads(line)
    stage = getattr(importlib.import_module(module), kind)
    child = os.fork()
    if not child:
        os.replace, os.rename = dying(os.replace, name), dying(os.rename, name)
        os._exit(stage.main(words))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="session")
def forked(tmp_path_factory):
    """Does a job in a process of its own; returns what it said, and its exit status."""
    log = tmp_path_factory.mktemp("forks") / "log"
    process = subprocess.Popen(
        [sys.executable, "-c", FORKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def forked(job, dying=None):
        kind, words = type(job), [*words_of(job), "--log", str(log)]
        line = json.dumps([kind.__module__, kind.__name__, dying, words])
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        return log.read_text(), status

    yield forked
    process.stdin.close()
    process.wait()
