"""What the terminal shows while the real Snakemake runs jobs."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.slow


def test_each_job_has_a_line_for_begin_and_end_and_snakemakes_details_are_in_its_log(fresh):
    done = fresh.snakemake("--until", "split")
    assert done.returncode == 0, done.stdout
    said = re.findall(r"^\d\d:\d\d:\d\d  (.*)", done.stdout, re.MULTILINE)
    assert [line for line in said if "begins" in line] == ["download: begins", "split: begins"]
    ends = [line for line in said if "done in" in line]
    assert [line.split(":")[0] for line in ends] == ["download", "split"]
    assert re.fullmatch(r"split: done in \d+ s; train 1,\d+, validation 197, test \d+", ends[1])
    assert "rule download:" not in done.stdout
    assert "The result is" not in done.stdout  # the page was not made
    (log,) = (fresh.folder / ".snakemake/log").iterdir()
    assert "rule download:" in log.read_text()

    planned = fresh.snakemake("--dry-run", "--until", "train")
    assert "rule train:" in planned.stdout
    assert "begins" not in planned.stdout


@pytest.mark.parametrize(
    ("option", "own"), [("--printshellcmds", "rule download:"), ("--quiet", "")]
)
def test_who_asks_for_more_or_less_of_snakemakes_own_messages_gets_them(fresh, option, own):
    done = fresh.snakemake("--until", "download", option)
    assert done.returncode == 0, done.stdout
    assert own in done.stdout
    assert "begins" not in done.stdout
    assert "download: train-labels-idx1-ubyte from" in done.stdout  # what the stage prints
