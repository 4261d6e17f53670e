"""What TensorFlow's errors on a GPU mean for the user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from discern.errors import DiscernError

_AGAIN = "run the same command again, which continues after the last complete epoch"
_CPU = "or set environment.accelerator to cpu"

# Patterns of messages, with cause and remedy; the first that fits counts. A message on what is
# broken often also says that no algorithm worked or that a library did not start.
_CAUSES = {
    "ECC_UNCORRECTABLE|uncorrectable ECC|CUDA_ERROR_NVLINK_UNCORRECTABLE": (
        "the GPU's memory or link is faulty",
        f"reset the GPU (nvidia-smi --gpu-reset) or use another, and {_AGAIN}",
    ),
    "GPU is lost|fallen off the bus|Xid|CUDA_ERROR_UNKNOWN|CUDA_ERROR_DEVICE_UNAVAILABLE": (
        "the GPU does not answer any more",
        f"see the kernel's messages (dmesg | grep -i xid), restart the machine, and {_AGAIN}",
    ),
    "ILLEGAL_ADDRESS|illegal memory access|CUDA_ERROR_ASSERT|device-side assert"
    "|CUDA_ERROR_LAUNCH_FAILED|unspecified launch failure": (
        "a computation on the GPU was aborted",
        f"{_AGAIN}; if it is aborted again, report it with the log, {_CPU}",
    ),
    "UNSUPPORTED_PTX_VERSION|unsupported toolchain": (
        "NVIDIA's driver is too old to compile TensorFlow's kernels for this GPU",
        f"install driver 535 or newer, {_CPU}",
    ),
    "INVALID_PTX|NO_BINARY_FOR_GPU|no kernel image|kernel image is invalid|ERROR_INVALID_HANDLE": (
        "this GPU is too new for TensorFlow 2.15, which has neither machine code nor a compiler "
        "for it",
        f"use a GPU of compute capability 5.0 to 9.0, {_CPU}",
    ),
    "busy or unavailable": (
        "the GPU is in exclusive compute mode and in use by another process",
        f"wait for the process that nvidia-smi shows on it, end it, {_CPU}",
    ),
    "OUT_OF_MEMORY|Status: out of memory|RESOURCE_EXHAUSTED|STATUS_ALLOC_FAILED"
    "|No algorithm worked|Dst tensor is not initialized": (
        "the GPU's memory is full",
        f"end other processes that nvidia-smi shows on it, lower batches.size, {_CPU}",
    ),
    "STATUS_NOT_INITIALIZED|DNN library|without BLAS support": (
        "cuDNN or cuBLAS can't start on the GPU: its memory is full, or LD_LIBRARY_PATH has "
        "another version of them",
        f"end other processes that nvidia-smi shows on it, unset LD_LIBRARY_PATH, {_CPU}",
    ),
}
_MAIN_MEMORY = r"device:CPU|by allocator (mkl)?cpu|by allocator \w*host"


@contextmanager
def explained() -> Iterator[None]:
    """Turn TensorFlow's errors on a GPU into sentences for the user."""
    try:
        yield
    except Exception as error:
        sentence = explain(error)
        if not sentence:
            raise
        raise sentence from error


def explain(error: BaseException) -> DiscernError | None:
    """The sentence for an error of TensorFlow on a GPU; None if the GPU is not the cause."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, DiscernError) or re.search(_MAIN_MEMORY, text):
        return None
    text = text.replace("ResourceExhaustedError", "RESOURCE_EXHAUSTED")
    for pattern, (cause, remedy) in _CAUSES.items():
        if re.search(pattern, text):
            return DiscernError(f"{cause}; {remedy}")
    return None
