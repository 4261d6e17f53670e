"""TensorFlow's errors on a GPU become a sentence with the cause and what to do."""

from __future__ import annotations

import pytest
import tensorflow as tf

from discern.errors import DiscernError
from discern.gpu.errors import explain

FULL, BROKEN = "the GPU's memory is full", "a computation on the GPU was aborted"
NEW, LOST = "this GPU is too new for TensorFlow 2.15", "the GPU does not answer any more"
AGAIN = "continues after the last complete epoch"


def error(kind, message):
    return getattr(tf.errors, kind)(None, None, message)


@pytest.mark.parametrize(
    ("kind", "message", "cause", "remedy"),
    [
        (
            "ResourceExhaustedError",
            "OOM when allocating tensor with shape[4096,32,26,26] and type float on /job:localhost/"
            "replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc [Op:Conv2D]",
            FULL,
            "lower batches.size",
        ),
        ("ResourceExhaustedError", "failed to allocate memory [Op:Mul]", FULL, "end other process"),
        (
            "NotFoundError",
            "No algorithm worked!  Error messages:\n  Profiling failure on CUDNN engine 1: "
            "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 16998992 bytes.",
            FULL,
            "nvidia-smi",
        ),
        ("NotFoundError", "No algorithm worked!  Error messages:\n", FULL, "nvidia-smi"),
        (
            "InternalError",
            "failed to allocate 2.0KiB: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
            FULL,
            "lower batches.size",
        ),
        (
            "InternalError",
            "cudaSetDevice() on GPU:0 failed. Status: out of memory",
            FULL,
            "lower batches.size",
        ),
        ("UnknownError", "CUDNN_STATUS_ALLOC_FAILED in cuda_dnn.cc(5333)", FULL, "batches.size"),
        ("InternalError", "create: CUBLAS_STATUS_ALLOC_FAILED", FULL, "batches.size"),
        ("InternalError", "Dst tensor is not initialized.", FULL, "batches.size"),
        (
            "InternalError",
            "'cuLaunchKernel(...)' failed with 'CUDA_ERROR_INVALID_HANDLE' [Op:Mul]",
            NEW,
            "use a GPU of compute capability 5.0 to 9.0",
        ),
        ("InternalError", "'cuModuleLoadData' failed with 'CUDA_ERROR_INVALID_PTX'", NEW, "5.0"),
        ("InternalError", "CUDA_ERROR_NO_BINARY_FOR_GPU: no kernel image", NEW, "5.0 to 9.0"),
        ("InternalError", "no kernel image is available for execution", NEW, "5.0 to 9.0"),
        (
            "InternalError",
            "CUDA runtime implicit initialization on GPU:0 failed. Status: device kernel image is "
            "invalid",
            NEW,
            "5.0 to 9.0",
        ),
        (
            "InternalError",
            "CUDA_ERROR_UNSUPPORTED_PTX_VERSION: the provided PTX was compiled with an unsupported "
            "toolchain.",
            "NVIDIA's driver is too old to compile TensorFlow's kernels",
            "install driver 535 or newer",
        ),
        (
            "InternalError",
            "cudaSetDevice() on GPU:0 failed. Status: CUDA-capable device(s) is/are busy or "
            "unavailable",
            "the GPU is in exclusive compute mode and in use by another process",
            "wait for the process",
        ),
        (
            "InternalError",
            "CUDA_ERROR_ECC_UNCORRECTABLE: uncorrectable ECC error encountered",
            "the GPU's memory or link is faulty",
            "reset the GPU",
        ),
        ("InternalError", "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory ac", BROKEN, "report it"),
        ("InternalError", "CUDA_ERROR_ASSERT: device-side assert triggered", BROKEN, AGAIN),
        ("InternalError", "unspecified launch failure", BROKEN, AGAIN),
        ("InternalError", "CUDA_ERROR_UNKNOWN: unknown error", LOST, "restart the machine"),
        ("InternalError", "GPU is lost.  Reboot the system to recover this GPU", LOST, AGAIN),
        (
            "FailedPreconditionError",
            "DNN library initialization failed. Look at the errors above for more details.",
            "cuDNN or cuBLAS can't start on the GPU",
            "unset LD_LIBRARY_PATH",
        ),
        (
            "InternalError",
            "Attempting to perform BLAS operation using StreamExecutor without BLAS support",
            "cuDNN or cuBLAS can't start on the GPU",
            "nvidia-smi",
        ),
    ],
)
def test_an_error_on_the_gpu_has_a_cause_and_a_remedy(kind, message, cause, remedy):
    explained = explain(error(kind, message))
    assert isinstance(explained, DiscernError)
    before, after = str(explained).split("; ", 1)
    assert before.startswith(cause)
    assert remedy in after


def test_what_is_broken_comes_before_what_fails_of_it():
    message = "No algorithm worked!  Error messages:\n  CUDNN engine 1: UNKNOWN: "
    for sign, cause in (
        ("CUDA_ERROR_ILLEGAL_ADDRESS", BROKEN),
        ("CUDA_ERROR_INVALID_PTX", NEW),
        ("CUDA_ERROR_UNKNOWN", LOST),
    ):
        assert str(explain(error("NotFoundError", message + sign))).startswith(cause)


def test_memory_of_the_machine_is_not_the_gpus():
    with pytest.raises(tf.errors.ResourceExhaustedError) as caught:
        tf.zeros((2**22, 2**22)) + 1.0  # 64 TB
    assert explain(caught.value) is None
    pinned = "OOM when allocating tensor with shape[9] and type float by allocator gpu_host_bfc"
    assert explain(error("ResourceExhaustedError", pinned)) is None


@pytest.mark.parametrize(
    "other",
    [
        error("InvalidArgumentError", "Incompatible shapes: [2] vs. [3] on device:GPU:0"),
        error("NotFoundError", "Key epoch not found"),
        ValueError("out of memory"),
        MemoryError(),
        DiscernError("the GPU can't be used: cuInit failed (CUDA_ERROR_UNKNOWN, 999)"),
    ],
    ids=lambda other: type(other).__name__,
)
def test_other_errors_are_not_the_gpus(other):
    assert explain(other) is None
