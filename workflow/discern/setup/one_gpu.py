#!/usr/bin/env -S python3 -I
"""Run a bash command with exclusive use of one GPU: the shell of rule ``train``.

    one_gpu.py -c 'command'

The GPUs are those of ``CUDA_VISIBLE_DEVICES``, or all that nvidia-smi lists. If there are several,
the command takes the first free one, and waits while none is free. With one GPU or none, nothing
changes, so a scheduler's assignment is kept. A GPU is locked by a socket name that the command and
its children keep bound. No file is left behind, and the kernel releases the name when the last of
these processes ends for any reason. The names belong to the machine, so several runs and users
never share a GPU.

The file runs on its own, with the standard library and Python 3.8 or later.
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
    """The GPUs that may be used, by CUDA's numbers or names."""
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
    """A socket that locks ``device`` while it or a child's copy is open; None if it is in use.

    The same name in two scopes means two devices.
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
    """The first free GPU of ``names`` and the socket that locks it; waits until one is free."""
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
    """Replace this process by ``bash`` with ``arguments``; it sees one GPU of several."""
    names = devices(os.environ)
    if len(names) > 1:
        # A Slurm allocation counts its own devices from 0.
        name, holder = wait_for_one(names, os.environ.get("SLURM_JOB_ID", ""))
        os.environ[VISIBLE] = name
        holder.detach()
    os.execvp("bash", ["bash", *arguments])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
