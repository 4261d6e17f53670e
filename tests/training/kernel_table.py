"""What a function of TensorFlow would do on a GPU, by TensorFlow's own registry of kernels.

TensorFlow's standard build has the kernels of GPUs, registered on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import kernels
from tensorflow.python.framework.function_def_to_graph import function_def_to_graph_def
from tensorflow.python.ops.handle_data_util import copy_handle_data

# Bytes of a tensor that may be in the host's memory: shapes, indices of a batch, scalars.
SMALL = 10_000
# As trainer.py asks for the host. Keras' optimiser names the device of each variable in full.
HOST = "/device:CPU:0"
# Shapes are short, however large what they describe is; so is what is made of them.
SHAPES = {"Shape", "ShapeN"}
OF_SHAPES = {"BroadcastGradientArgs", "Cast", "ConcatV2", "Identity", "StatelessIf", "StridedSlice"}
# Nodes that compute nothing.
NO_KERNEL = {"Placeholder", "NoOp"}


def operations(function, *shapes) -> list[tf.Operation]:
    """All operations of a traced function, of loops, branches and called functions too.

    Args:
        function: a concrete function of tf.function.
        shapes: those of its first inputs, where it was traced for any.
    """
    with tf.Graph().as_default():
        inputs = [
            _like(tensor, shapes[place] if place < len(shapes) else tensor.shape)
            for place, tensor in enumerate(function.graph.inputs)
        ]
    return list(_walk(function.function_def.signature.name, inputs))


def _like(tensor: tf.Tensor, shape) -> tf.Tensor:
    made = tf.compat.v1.placeholder(tensor.dtype, shape)
    copy_handle_data(tensor, made)  # the shape of the variable behind a resource
    return made


def _walk(name: str, inputs: Sequence[tf.Tensor]) -> Iterator[tf.Operation]:
    """The operations of the function ``name``; the shapes follow from those of its ``inputs``."""
    definition = context.context().get_function_def(name)
    content, _ = function_def_to_graph_def(definition)
    for node in content.node:
        node.attr.pop("_output_shapes", None)  # those of the trace, which are less exact
        node.attr.pop("_class", None)  # refers to inputs
    with tf.Graph().as_default() as graph:
        known = {
            f"{argument.name}:0": _like(tensor, tensor.shape)
            for argument, tensor in zip(definition.signature.input_arg, inputs, strict=True)
        }
        tf.graph_util.import_graph_def(content, input_map=known, name="")
    for operation in graph.get_operations():
        yield operation
        handed_on = operation.inputs[operation.type.endswith("If") :]  # without the condition
        for attribute in operation.op_def.attr:
            if attribute.type == "func":
                yield from _walk(operation.get_attr(attribute.name).name, handed_on)


def faults(operation: tf.Operation) -> list[str]:
    """Why an operation would slow a GPU down: what it does on the host, or keeps there."""
    tensors = [*operation.inputs, *operation.outputs]
    large = [tensor for tensor in tensors if not is_small(tensor)]
    if operation.type in NO_KERNEL or not large:
        return []
    if operation.device == HOST:
        from_card = [
            tensor
            for tensor in operation.inputs
            if not is_small(tensor) and tensor.op.device != HOST and tensor.op.type != "Placeholder"
        ]
        return [f"{_name(operation)} gets {_text(tensor)} from the GPU" for tensor in from_card]
    kernel = gpu_kernel(operation)
    if not kernel:
        return [f"{_name(operation)} has no kernel for a GPU and handles {_text(large[0])}"]
    on_host = [tensor for tensor in _in_host_memory(operation, kernel) if not is_small(tensor)]
    return [f"{_name(operation)} has {_text(tensor)} in the host's memory" for tensor in on_host]


def is_small(tensor: tf.Tensor) -> bool:
    """Whether a tensor takes few bytes for certain."""
    elements = tensor.shape.num_elements()
    if elements is not None:
        return elements * tensor.dtype.size <= SMALL
    operation = tensor.op
    known = operation.type in OF_SHAPES and tensor.dtype == tf.int32
    return operation.type in SHAPES or (known and all(map(is_small, operation.inputs)))


def gpu_kernel(operation: tf.Operation):
    """The kernel that computes an operation on a GPU, for its dtypes; None if there is none."""
    fitting = [kernel for kernel in _registered(operation.type) if _fits(kernel, operation)]
    fitting.sort(key=lambda kernel: kernel.device_type == "DEFAULT")  # any device; the GPU's first
    return fitting[0] if fitting else None


@cache
def _registered(kind: str):
    found = kernels.get_registered_kernels_for_op(kind).kernel
    return [kernel for kernel in found if kernel.device_type in ("GPU", "DEFAULT")]


def _fits(kernel, operation: tf.Operation) -> bool:
    for constraint in kernel.constraint:
        value = operation.node_def.attr[constraint.name]
        types = [value.type] if value.type else value.list.type
        if not set(types) <= set(constraint.allowed_values.list.type):
            return False
    return True


def _in_host_memory(operation: tf.Operation, kernel) -> Iterator[tf.Tensor]:
    """The inputs and outputs that a kernel of the GPU reads and writes in the host's memory."""
    for arguments, tensors in (
        (operation.op_def.input_arg, iter(operation.inputs)),
        (operation.op_def.output_arg, iter(operation.outputs)),
    ):
        for argument in arguments:
            for _ in range(_count(operation, argument)):
                tensor = next(tensors)
                if argument.name in kernel.host_memory_arg:
                    yield tensor


def _count(operation: tf.Operation, argument) -> int:
    """How many tensors an argument of an operation has."""
    if argument.type_list_attr:
        return len(operation.get_attr(argument.type_list_attr))
    return operation.get_attr(argument.number_attr) if argument.number_attr else 1


def _name(operation: tf.Operation) -> str:
    return f"{operation.type} ({operation.name})"


def _text(tensor: tf.Tensor) -> str:
    return f"{tensor.dtype.name} {tensor.shape}"
