"""Whether TensorFlow can use the GPU, or one sentence that says why not.

CUDA's driver is asked directly: TensorFlow trains on the CPU without a word when it fails.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from discern.gpu.driver import (
    INVALID_DEVICE,
    NO_DEVICE,
    OUT_OF_MEMORY,
    UNAVAILABLE,
    WAIT,
    CallError,
    Cuda,
    driver_version,
    unusable,
    version,
)

log = logging.getLogger("discern")

# TensorFlow 2.15.1 is built with CUDA 12.2, and any driver for CUDA 12 runs its machine code. That
# ends at capability 8.x: for 9.0 the driver compiles the kernels, which 12.0 is too old for.
_OLDEST = {(5, 0): ("525", 12000), (9, 0): ("530", 12010)}
_COMPILED_AT_START = (9, 0)
_TOO_NEW = (10, 0)
_NEEDED_MEMORY = 10**9  # bytes: TensorFlow's libraries and kernels, network, batch and optimiser

# CUDA's numbers of attributes and compute modes, as in cuda.h.
_COMPUTE_MODE, _MAJOR, _MINOR = 20, 75, 76
_PROHIBITED, _EXCLUSIVE = 2, (1, 3)


@dataclass(frozen=True)
class Card:
    """A GPU and its driver.

    Attributes:
        name: NVIDIA's name of the card.
        capability: the compute capability, major and minor.
        memory: bytes.
        driver: the driver's version, such as 535.104.05; empty if unknown.
        cuda: the highest version of CUDA that the driver supports, such as 12.2.
    """

    name: str
    capability: tuple[int, int]
    memory: int
    driver: str
    cuda: str


def require_card() -> Card:
    """The first card that CUDA shows this process.

    It starts CUDA's driver, which can't be used in a process that is forked afterwards.

    Raises:
        DiscernError: if TensorFlow can't use it; the message has the cause and the remedy.
    """
    cuda = Cuda()
    try:
        cuda.call("cuInit", 0)
        if not cuda.number("cuDeviceGetCount"):
            raise CallError("cuDeviceGetCount", NO_DEVICE)
        device = cuda.number("cuDeviceGet", 0)
        level = cuda.number("cuDriverGetVersion")
        card = Card(
            name=cuda.name(device),
            capability=(cuda.attribute(_MAJOR, device), cuda.attribute(_MINOR, device)),
            memory=cuda.memory(device),
            driver=driver_version(),
            cuda=version(level),
        )
        _check_support(card, level)
        _check_free(card, cuda, device)
    except CallError as error:
        raise cuda.explain(error) from error
    return card


def _check_support(card: Card, level: int) -> None:
    has = f"{card.name} has compute capability {version(card.capability)}"
    if card.capability >= _TOO_NEW:
        raise unusable(
            f"{has}, and TensorFlow 2.15 has no machine code and no compiler for 10.0 or newer",
            "use a card of capability 5.0 to 9.0",
        )
    needed = [value for capability, value in _OLDEST.items() if card.capability >= capability]
    if not needed:
        raise unusable(
            f"{has}, and TensorFlow 2.15 needs 5.0 or newer", "use a card of capability 5.0 to 9.0"
        )
    release, oldest = needed[-1]
    if level < oldest:
        raise unusable(
            f"the driver {card.driver or '(of unknown version)'} of {card.name} supports CUDA "
            f"{card.cuda}, and TensorFlow 2.15 needs {version(oldest)} for this card",
            f"install driver {release} or newer",
        )


def _check_free(card: Card, cuda: Cuda, device: int) -> None:
    mode = cuda.attribute(_COMPUTE_MODE, device)
    if mode == _PROHIBITED:
        raise unusable(
            f"{card.name} is in the compute mode Prohibited",
            "set the mode Default (nvidia-smi -c 0, as root)",
        )
    total = f"{card.memory // 10**6:,} MB"
    try:
        free = cuda.free_memory(device)
    except CallError as error:
        if error.code == OUT_OF_MEMORY:
            raise unusable(f"all {total} of {card.name} are in use", WAIT) from error
        # Older drivers call a card that another process has an invalid device.
        if mode in _EXCLUSIVE and error.code in (UNAVAILABLE, INVALID_DEVICE):
            raise unusable(
                f"{card.name} is in exclusive compute mode and in use by another process "
                f"({cuda.error_name(error.code)})",
                f"{WAIT}, or set the mode Default (nvidia-smi -c 0, as root)",
            ) from error
        raise
    if free < _NEEDED_MEMORY:
        raise unusable(
            f"only {free // 10**6:,} of {total} of {card.name} are free, and a training needs "
            f"{_NEEDED_MEMORY // 10**6:,} MB; another process is using the card",
            WAIT,
        )


def announce_compilation(card: Card, cache: Path | None) -> None:
    """Say once what the first start on a new card waits for.

    Args:
        card: the card.
        cache: the folder of compiled kernels, ``CUDA_CACHE_PATH``; None: the driver's own.
    """
    folder = cache or Path.home() / ".nv" / "ComputeCache"
    if card.capability < _COMPILED_AT_START or (folder.is_dir() and any(folder.iterdir())):
        return
    log.info(
        f"the driver compiles TensorFlow's kernels for {card.name} (compute capability "
        f"{version(card.capability)}), which takes about 2 minutes once; they are kept in {folder}"
    )
