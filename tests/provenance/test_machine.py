"""A machine is described in one line that says nothing of whose it is."""

import os
import platform
import re
from pathlib import Path

from discern.provenance.machine import describe


def test_a_machine_is_its_processor_cores_memory_and_system():
    line = rf".+, {len(os.sched_getaffinity(0))} cores, \d+ GiB; Linux \d+\.\d+\S*"
    assert re.fullmatch(line, describe())
    assert platform.node() not in describe()


def test_the_memory_is_that_of_the_machine():
    total = int(re.search(r"MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text())[1])
    assert f" {total / 2**20:.0f} GiB;" in describe()
