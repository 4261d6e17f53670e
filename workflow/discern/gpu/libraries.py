"""CUDA's libraries as TensorFlow 2.15 loads them: which ones fail, and their versions."""

from __future__ import annotations

import ctypes
import importlib.util
import os
from pathlib import Path

from discern.errors import DiscernError
from discern.gpu.card import Card
from discern.gpu.driver import unusable, version

# TensorFlow uses no GPU at all unless it can load each of them.
LIBRARIES = (
    "libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11",
    "libcusolver.so.11", "libcusparse.so.12", "libcudnn.so.8",
)  # fmt: skip


def unloadable_libraries() -> list[str]:
    """For each library that can't be loaded, its name and the reason."""
    reasons = []
    for name in LIBRARIES:
        try:
            ctypes.CDLL(_file(name))
        except OSError as error:
            # A library that another one needs may be the one that is missing.
            reasons.append(str(error) if name in str(error) else f"{name}: {error}")
    return reasons


def tensorflow_sees_no_card(card: Card) -> DiscernError:
    """The error for a card that CUDA's driver shows and TensorFlow does not."""
    reasons = unloadable_libraries()
    cause = f"TensorFlow can't load CUDA's libraries ({', '.join(reasons)})"
    if not reasons:
        cause = f"TensorFlow does not show {card.name}, though CUDA's driver and libraries load"
    return unusable(
        cause,
        "remove .venv/training and run the same command, which builds the environment again, with "
        "environment.accelerator set to gpu if it was built without CUDA",
    )


def describe(card: Card) -> str:
    """The card and the versions that its results depend on, in one line, for the record."""
    found = versions(card)
    named = {"capability": "capability", "driver": "driver", "cuda": "CUDA", "cudnn": "cuDNN"}
    known = [f"{word} {found[key]}" for key, word in named.items() if key in found]
    return ", ".join([card.name, *known])


def versions(card: Card) -> dict[str, str]:
    """What the last digits of results depend on; versions that can't be determined are left out.

    The versions of ``cuda`` and ``cudnn`` are those of the libraries that TensorFlow has loaded.
    """
    found = {"card": card.name, "capability": version(card.capability)}
    if card.driver:
        found["driver"] = card.driver
    number = ctypes.c_int()
    runtime = _loaded("libcudart.so.12")
    if runtime and not runtime.cudaRuntimeGetVersion(ctypes.byref(number)):
        found["cuda"] = version(number.value)
    if cudnn := _loaded("libcudnn.so.8"):
        cudnn.cudnnGetVersion.restype = ctypes.c_size_t
        text = f"{cudnn.cudnnGetVersion():04}"  # 8904 is 8.9.4
        found["cudnn"] = f"{text[0]}.{text[1]}.{int(text[2:])}"
    return found


def _loaded(name: str) -> ctypes.CDLL | None:
    """A library that this process has loaded, from wherever."""
    try:
        return ctypes.CDLL(name, os.RTLD_NOLOAD)
    except OSError:
        return None


def _file(name: str) -> str:
    """The file that TensorFlow opens as ``name``, or the name itself if only the system knows it.

    The linker looks into ``LD_LIBRARY_PATH``, then into the packages ``nvidia-*`` beside
    TensorFlow, which TensorFlow names to it, and then into the system's folders.
    """
    folders = [
        Path(folder) for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder
    ]
    tensorflow = importlib.util.find_spec("tensorflow")  # imports nothing
    if tensorflow and tensorflow.origin:
        folders += Path(tensorflow.origin).parents[1].glob("nvidia/*/lib")
    return next((str(folder / name) for folder in folders if (folder / name).exists()), name)
