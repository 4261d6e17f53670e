"""Questions to NVIDIA's driver, through ``libcuda.so.1`` and NVML."""

from __future__ import annotations

import ctypes
import os
import re
from contextlib import suppress
from pathlib import Path

from discern.errors import DiscernError

# CUDA's codes, as in cuda.h.
OUT_OF_MEMORY, UNAVAILABLE, NO_DEVICE, INVALID_DEVICE = 2, 46, 100, 101

WAIT = "wait for the process that nvidia-smi shows on this card, end it, or use another card"
_REMEDIES = {
    34: "remove the CUDA toolkit's folder of stubs from LD_LIBRARY_PATH",
    UNAVAILABLE: WAIT,
    NO_DEVICE: "ask the scheduler for a GPU, or start the container with its GPUs (--gpus all, "
    "--nv)",
    INVALID_DEVICE: "name a card or MIG instance that nvidia-smi -L lists in CUDA_VISIBLE_DEVICES",
    214: "reset the card (nvidia-smi --gpu-reset) or use another",
    802: "start NVIDIA's fabric manager (systemctl start nvidia-fabricmanager)",
    803: "restart the machine, whose driver was updated while it was running (in a container, use "
    "the libcuda.so.1 of the host)",
    804: "remove the folder of CUDA's compatibility package (cuda-compat) from LD_LIBRARY_PATH",
    999: "load the kernel module nvidia-uvm (nvidia-modprobe -u -c 0) or restart the machine",
}
_VERSION_FILES = (Path("/proc/driver/nvidia/version"), Path("/sys/module/nvidia/version"))


def unusable(cause: str, remedy: str) -> DiscernError:
    """The error for a GPU that was meant and can't be used."""
    return DiscernError(
        f"the GPU can't be used: {cause}; {remedy}, or set environment.accelerator to cpu"
    )


def version(number: int | tuple[int, int]) -> str:
    """CUDA's number of a version, such as 12020, or a capability, such as (9, 0), as text."""
    major, minor = number if isinstance(number, tuple) else (number // 1000, number % 1000 // 10)
    return f"{major}.{minor}"


def driver_version() -> str:
    """The version of NVIDIA's driver, such as 535.104.05; empty if unknown."""
    texts = [_nvml_version()]
    for path in _VERSION_FILES:
        with suppress(OSError):
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
    found = (re.search(r"\b\d+\.\d+(\.\d+)?\b", text) for text in texts)
    return next((match[0] for match in found if match), "")


def _nvml_version() -> str:
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return ""
    text = ctypes.create_string_buffer(80)
    if nvml.nvmlInit_v2():
        return ""
    failed = nvml.nvmlSystemGetDriverVersion(text, len(text))
    nvml.nvmlShutdown()
    return "" if failed else text.value.decode()


class CallError(Exception):
    """A call of CUDA's driver that failed."""

    def __init__(self, function: str, code: int) -> None:
        super().__init__(function, code)
        self.function, self.code = function, code


class Cuda:
    """CUDA's driver, ``libcuda.so.1``."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise unusable(
                f"CUDA's driver can't be loaded ({error})",
                "install NVIDIA's driver, or start the container with its GPUs (--gpus all, --nv)",
            ) from None

    def call(self, function: str, *arguments: object) -> None:
        """Call a function; raises :class:`CallError` with CUDA's code if it fails."""
        code = self._library[function](*arguments)
        if code:
            raise CallError(function, code)

    def number(self, function: str, *arguments: int) -> int:
        """The number that a function writes to its first argument."""
        value = ctypes.c_int()
        self.call(function, ctypes.byref(value), *arguments)
        return value.value

    def attribute(self, attribute: int, device: int) -> int:
        """An attribute of a card."""
        return self.number("cuDeviceGetAttribute", attribute, device)

    def name(self, device: int) -> str:
        """The name of a card."""
        text = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", text, len(text), device)
        return text.value.decode()

    def memory(self, device: int) -> int:
        """A card's memory in bytes."""
        total = ctypes.c_size_t()
        self.call("cuDeviceTotalMem_v2", ctypes.byref(total), device)
        return total.value

    def free_memory(self, device: int) -> int:
        """A card's free memory in bytes; only a process that has a context on it can tell."""
        context, free, total = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
        # TensorFlow uses the same context, and starts it anew after it was released.
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        try:
            self.call("cuCtxPushCurrent_v2", context)
            try:
                self.call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
            finally:
                self.call("cuCtxPopCurrent_v2", ctypes.byref(context))
        finally:
            self.call("cuDevicePrimaryCtxRelease_v2", device)
        return free.value

    def error_name(self, code: int) -> str:
        """CUDA's name of an error and its number."""
        name = ctypes.c_char_p()
        self._library.cuGetErrorName(code, ctypes.byref(name))
        return f"{(name.value or b'unknown error').decode()}, {code}"

    def explain(self, error: CallError) -> DiscernError:
        """The sentence for a call that failed."""
        cause = f"{error.function} failed ({self.error_name(error.code)})"
        remedy = _REMEDIES.get(error.code, "see what nvidia-smi says of the card")
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        if error.code == NO_DEVICE and visible is not None:
            cause += f', and CUDA_VISIBLE_DEVICES is "{visible}"'
            remedy = f"unset it or name a card that nvidia-smi -L lists; if there is none, {remedy}"
        return unusable(cause, remedy)
