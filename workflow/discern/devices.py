#!/usr/bin/env -S python3 -I
"""A bash whose command has one of the machine's GPUs for itself: the shell of rule ``train``.

    devices.py -c 'command'

The GPUs are those of ``CUDA_VISIBLE_DEVICES``, or all that nvidia-smi lists. With several, the
first that is free is taken, and waited for when none is; with one or none there is nothing to
choose, and a scheduler's assignment stays as it is. A taken GPU is a socket's name that the command
and what it starts keep bound: no file is left behind, and the kernel frees it with the last of
them, whatever ends them. Names are the machine's, so that several runs and users stay apart too.

Run as it stands, with the standard library and any Python from 3.8 on.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

VISIBLE = "CUDA_VISIBLE_DEVICES"
WAIT_SECONDS = 0.5


def devices(environment: Mapping[str, str]) -> list[str]:
    """The GPUs that may be used, by the numbers or names that CUDA has for them."""
    listed = environment.get(VISIBLE)
    if listed is None:
        if not shutil.which("nvidia-smi"):
            return []
        query = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
        listed = ",".join(
            subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()
        )
    return [name.strip() for name in listed.split(",") if name.strip()]


def take(device: str, scope: str = "") -> socket.socket | None:
    """What holds ``device`` for as long as it, or a copy of it in a child, is open; None if taken.

    Within different scopes the same name means different devices.
    """
    holder = socket.socket(socket.AF_UNIX)
    try:
        holder.bind(f"\0discern device {scope}/{device}")  # in Linux's abstract namespace
    except OSError as error:
        holder.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    holder.set_inheritable(True)
    return holder


def wait_for_one(names: Sequence[str], scope: str = "") -> tuple[str, socket.socket]:
    """The first of ``names`` that is free, and what holds it; waits until there is one."""
    told = False
    while True:
        for name in names:
            holder = take(name, scope)
            if holder:
                return name, holder
        if not told:
            sys.stderr.write(f"discern: waiting for one of the GPUs {', '.join(names)}\n")
            told = True
        time.sleep(WAIT_SECONDS)


def main(arguments: Sequence[str]) -> None:
    """Become ``bash`` with these arguments, and with one GPU where there are several."""
    names = devices(os.environ)
    if len(names) > 1:
        # A Slurm allocation counts its own devices from 0.
        name, holder = wait_for_one(names, os.environ.get("SLURM_JOB_ID", ""))
        os.environ[VISIBLE] = name
        holder.detach()
    os.execvp("bash", ["bash", *arguments])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
