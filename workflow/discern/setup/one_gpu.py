#!/usr/bin/env -S python3 -I
"""Run a bash command with exclusive use of one GPU: the shell of rule ``train``.

    one_gpu.py -c 'command'

The GPUs are those of ``CUDA_VISIBLE_DEVICES``, or all that nvidia-smi lists. The command takes the
first free one, waits while none is free, and sees no other. It is given the GPU's UUID: a number
could mean another GPU to CUDA than the one that is locked. Without a GPU nothing changes; with
``DISCERN_ACCELERATOR=cpu`` the command sees none.

A GPU is locked by a file in a folder that all users of the machine share. The command and its
children inherit the lock, and the kernel releases it when the last of them ends for any reason.

The file runs on its own, with the standard library and Python 3.8 or later.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

VISIBLE = "CUDA_VISIBLE_DEVICES"
LOCKS = "DISCERN_GPU_LOCKS"
FOLDER = "/tmp/discern-gpus"  # noqa: S108 - TMPDIR may differ between users and jobs
DRIVER = "/proc/driver/nvidia"
ANSWER_SECONDS = 30  # nvidia-smi may have to wake all cards
WAIT_SECONDS = 0.5
CARD = re.compile(r"([0-9]+), (GPU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def say(sentence: str) -> None:
    """Tell the user."""
    sys.stderr.write(f"discern: {sentence}\n")


def nvidia_smi(*options: str) -> tuple[str, str]:
    """What nvidia-smi prints, and how it failed; the latter is empty if it did not."""
    try:
        process = subprocess.Popen(
            ["nvidia-smi", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        printed, complaint = process.communicate(timeout=ANSWER_SECONDS)
    except OSError as error:
        return "", f"it can't be run: {error.strerror}"
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(1)  # no longer: a fault of the driver can keep it from ending
        return "", f"no answer within {ANSWER_SECONDS} s"
    text = (printed or complaint).decode(errors="replace")
    status = process.returncode
    return text, f"status {status}: {quoted(text)}" if status else ""


def quoted(text: str) -> str:
    """The beginning of a text, as one line."""
    return " ".join(text.split())[:200] or "it prints nothing"


def cards() -> tuple[dict[str, str], str]:
    """The UUID of each card by its number, and why there are none.

    The reason is empty if there are cards or no sign of any, neither nvidia-smi nor a driver.
    """
    if not shutil.which("nvidia-smi"):
        hidden = "there is an NVIDIA driver, but nvidia-smi is not on PATH"
        return {}, hidden if os.path.exists(DRIVER) else ""
    printed, fault = nvidia_smi("--query-gpu=index,uuid", "--format=csv,noheader")
    lines = printed.splitlines()
    matches = [match for match in map(CARD.fullmatch, lines) if match]
    listed = {match[1]: match[2] for match in matches}
    if not fault and not len(lines) == len(matches) == len(set(listed.values())) > 0:
        fault = f"no list of cards: {quoted(printed)}"
    return ({}, f"nvidia-smi failed ({fault})") if fault else (listed, "")


def instances() -> dict[str, list[str]]:
    """The UUIDs of the MIG instances of each card by the card's UUID."""
    found: dict[str, list[str]] = {}
    of_card: list[str] = []
    for uuid in re.findall(r"\(UUID: ([GM][^)]+)\)", nvidia_smi("-L")[0]):
        if uuid.startswith("GPU-"):
            of_card = found[uuid] = []
        else:
            of_card.append(uuid)
    return found


def devices(environment: Mapping[str, str]) -> list[str]:
    """The GPUs that may be used, by UUID, or by the names given if nvidia-smi lists no card.

    A card that is split into MIG instances counts as these; its own name means the first of them,
    as for CUDA. As for CUDA, the list ends at the first entry that names no GPU, such as -1.
    """
    visible = environment.get(VISIBLE)
    listed, reason = cards()
    names = "no GPU is assigned" if visible is None else f"{VISIBLE} is taken as it is"
    if visible is None and not listed and environment.get("DISCERN_ACCELERATOR") == "gpu":
        # A GPU is meant: one command at a time finds the first one, or says why it can't.
        visible, names = "0", "the first GPU is assigned"
    if reason:
        say(f"{reason}; {names}")
    split = instances() if listed else {}
    meaning: dict[str, str] = {}
    for number, uuid in listed.items():
        parts = split.get(uuid) or [uuid]
        meaning.update({part: part for part in parts})
        meaning[number] = meaning[uuid] = parts[0]
    if visible is None:
        return list(dict.fromkeys(meaning.values()))
    named = (meant(entry.strip(), meaning) for entry in visible.split(","))
    return list(dict.fromkeys(itertools.takewhile(bool, named)))


def meant(entry: str, meaning: Mapping[str, str]) -> str:
    """The GPU that an entry names, by ``meaning`` if it is not empty; empty if it names none."""
    if re.fullmatch("[0-9]+", entry):
        entry = entry.lstrip("0") or "0"
    elif not re.fullmatch("(GPU|MIG)-[0-9A-Za-z/-]+", entry):
        return ""
    if not meaning or entry in meaning:
        return meaning.get(entry, entry)
    matches = [name for name in meaning if name.startswith(entry) and not entry.isdigit()]
    return meaning[matches[0]] if len(matches) == 1 else ""


def lock_path(device: str) -> str:
    """The file that locks ``device``."""
    job = os.environ.get("SLURM_JOB_ID", "")
    # An allocation counts its own GPUs from 0; a UUID is the same everywhere.
    name = f"{job}-{device}" if job and device.isdigit() else device
    given = os.environ.get(LOCKS)
    folder = os.path.realpath(given) if given else FOLDER
    return os.path.join(folder, re.sub("[^0-9A-Za-z-]", "_", name))


def open_for_all(path: str) -> int:
    """A descriptor of a file that all users may lock; it and its folder are made if missing.

    It can be written to, as NFS locks no other. No link is followed, as anybody may put one here.
    """
    folder, name = os.path.split(path)
    with contextlib.ExitStack() as after:
        after.callback(os.umask, os.umask(0))
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o1777)
        place = os.open(folder, os.O_DIRECTORY | os.O_NOFOLLOW)
        after.callback(os.close, place)
        flags = os.O_RDWR | os.O_NOFOLLOW
        with contextlib.suppress(FileExistsError):
            # not O_CREAT at once, which fs.protected_regular forbids for another user's file
            with contextlib.suppress(FileNotFoundError):
                return os.open(name, flags, dir_fd=place)
            return os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=place)
        return os.open(name, flags, dir_fd=place)


def take(device: str) -> int | None:
    """A descriptor that locks ``device`` while it or a child's copy is open; None if it is in use.

    Raises:
        OSError: if the file can't be opened or locked.
    """
    path = lock_path(device)
    lock = open_for_all(path)
    with contextlib.suppress(BlockingIOError, FileNotFoundError), contextlib.ExitStack() as undo:
        undo.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with contextlib.suppress(PermissionError):
            os.utime(lock)  # systems remove old files from /tmp, locked or not
        if os.path.samestat(os.fstat(lock), os.stat(path)):
            undo.pop_all()
            return lock
    return None


def wait_for_one(names: Sequence[str]) -> tuple[str, int | None]:
    """The first free GPU of ``names`` and its lock, which is None if it can't be locked."""
    told = False
    while True:
        for name in names:
            try:
                lock = take(name)
            except OSError as error:
                say(
                    f"{lock_path(name)} can't be locked ({error.strerror}), so that another "
                    "training may use the same GPU at the same time; name another folder in "
                    f"{LOCKS}, or run one training at a time (--resources gpu=1)"
                )
                return name, None
            if lock is not None:
                return name, lock
        if not told:
            say(f"waiting for {'one of the GPUs' if names[1:] else 'the GPU'} {', '.join(names)}")
            told = True
        time.sleep(WAIT_SECONDS)


def main(arguments: Sequence[str]) -> None:
    """Replace this process by ``bash`` with ``arguments``; it sees one GPU, or none."""
    if os.environ.get("DISCERN_ACCELERATOR") == "cpu":
        os.environ[VISIBLE] = "-1"
    elif names := devices(os.environ):
        name, lock = wait_for_one(names)
        # The order makes a number, which is all there is without nvidia-smi, that of nvidia-smi.
        os.environ.update({VISIBLE: name, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"})
        if lock is not None:
            os.set_inheritable(lock, True)
    os.execvp("bash", ["bash", *arguments])  # noqa: S606


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1:])
    sys.exit(128 + signal.SIGINT)
