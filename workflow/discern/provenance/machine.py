"""A description of this machine, which times and memory depend on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> str:
    """Processor, cores that this process may use, memory and system, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_model()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB; "
        f"{platform.system()} {platform.release().partition('-')[0]}"
    )


# They choose among the routines of a library, and so determine the last digits. Some processors
# need them, because an old OpenBLAS takes them for others.
PROCESSOR_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def processor() -> str:
    """The processor that computes, in as much detail as the last digits depend on it."""
    told = [f"{name}={os.environ[name]}" for name in PROCESSOR_VARIABLES if name in os.environ]
    return ", ".join([_model(), *told])


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
