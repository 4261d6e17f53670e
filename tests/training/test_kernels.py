"""All losses and networks train, validate and embed on a GPU's own kernels, and repeatably.

No GPU is needed: TensorFlow's registry says which kernels there are, for which dtypes, and what
they keep in the host's memory.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import config

import discern
from discern import losses
from discern.files import write_arrays
from discern.losses.shared.catalogue import descriptions
from discern.networks.shared.catalogue import descriptions as networks
from discern.training import determinism
from discern.training.embedding import network_embedder
from discern.training.loop import make_trainer
from discern.training.network import named_weights
from discern.training.settings import BatchSettings, NetworkSettings
from discern.training.trainer import Data
from programs import run_program
from training.kernel_table import faults, operations

NETWORK = NetworkSettings(embedding_dim=128, embedding_activation="linear", dropout=0.25)
BATCHES = BatchSettings("grouped", size=400, samples=40)
STEPS = 20

# Operations that give the same bits whenever they run on the same GPU, and why. An operation that
# is not here was not reviewed: see what its kernel does before it is added.
REPEATABLE = {
    "moves or makes values; each output element comes from one place": """
        BroadcastTo ConcatV2 Const DynamicStitch ExpandDims Fill GatherV2 Identity IdentityN
        InvertPermutation MatrixDiagPartV3 MatrixSetDiagV3 OneHot OnesLike Pack Pad Placeholder
        Range ReadVariableOp Reshape ResourceGather Select SelectV2 Slice Squeeze StopGradient
        StridedSlice StridedSliceGrad TensorListReserve TensorListSetItem TensorListStack Tile
        Transpose ZerosLike""",
    "computes shapes in the host's memory": "BroadcastGradientArgs ConcatOffset Shape ShapeN Size",
    "runs functions, whose operations are looked up as well": """
        NoOp PartitionedCall StatelessIf While""",
    "computes each output element by itself, in one thread": """
        AddN AddV2 AssignAddVariableOp AssignSubVariableOp AssignVariableOp BiasAdd BitwiseOr Cast
        Cos DivNoNan Equal Exp FloorDiv FloorMod Greater GreaterEqual IsFinite LeftShift Less
        LessEqual Log LogicalAnd LogicalNot LogicalOr Maximum Minimum Mul Neg NotEqual Pow RealDiv
        Reciprocal Relu ReluGrad Rsqrt RsqrtGrad Sigmoid Sin Softplus Sqrt SqrtGrad Square Sub""",
    "reduces in an order that the shape alone determines, without atomic additions": """
        Any ArgMax LogSoftmax Max Mean Min Prod Softmax Sum""",
    "draws from a counter, a pure function of its seed": """
        StatelessRandomUniformFullIntV2 StatelessRandomUniformV2""",
    "sorts or searches; equal values stay in the order of their indices": "TopKV2 UpperBound",
    "cuBLAS, which repeats its bits on one stream; op determinism rules out trying algorithms": """
        MatMul""",
    "cuDNN's batch normalisation; op determinism refuses its gradient outside training": """
        FusedBatchNormGradV3 FusedBatchNormV3""",
    "has atomic additions or a choice of algorithms, which op determinism replaces": """
        BiasAddGrad Conv2D Conv2DBackpropFilter Conv2DBackpropInput MaxPool MaxPoolGrad
        UnsortedSegmentSum""",
}
REVIEWED = {name for names in REPEATABLE.values() for name in names.split()}


@pytest.fixture(scope="module", autouse=True)
def op_determinism():
    """It decides which operations are traced. Other tests go on as they were."""
    before = config.is_op_determinism_enabled()
    config.enable_op_determinism()
    yield
    if not before:
        config.disable_op_determinism()


def complaints(of_function):
    """What is wrong with these operations on a GPU."""
    unknown = {operation.type for operation in of_function} - REVIEWED
    found = [f"{kind} is not among the reviewed operations" for kind in sorted(unknown)]
    return found + [sentence for operation in of_function for sentence in faults(operation)]


def random_images(count):
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), np.uint8)
    return Data(images, (np.arange(count) % 10).astype(np.uint8))


def cases():
    """Every loss that is trained, with each value of a parameter that has choices.

    And every network.
    """
    for network in networks():
        yield pytest.param("softmax", {}, network, id=f"softmax {network}")
    for name, description in descriptions().items():
        if description.trained:
            yield pytest.param(name, {}, "original", id=name)
            for parameter, knob in description.parameters.items():
                for choice in set(knob.choices) - {knob.default}:
                    setting = {parameter: choice}
                    yield pytest.param(name, setting, "original", id=f"{name} {choice}")


@pytest.fixture
def trainer():
    """Makes the trainer of a loss and a network."""

    def trainer(name, parameters, network):
        data = random_images(800)
        return make_trainer(
            data,
            data,
            loss=losses.create(name, classes=10, embedding_dim=128, **parameters),
            grouped=descriptions()[name].grouped,
            distance="euclidean",
            network=replace(NETWORK, name=network),
            settings=BATCHES,
            seed=0,
        )

    return trainer


@pytest.fixture
def embedding(tmp_path, monkeypatch):
    """The function of TensorFlow that the stage embed calls, with a trainer's weights."""

    def embedding(name, trainer):
        write_arrays(tmp_path / "weights.npz", named_weights(trainer.weights))
        embedder, _ = network_embedder(
            tmp_path / "weights.npz",
            loss=name,
            parameters={},
            network=trainer.network.settings,
            classes=10,
            image_shape=(28, 28),
            classifies=descriptions()[name].classifies,
            threads=1,
        )
        return inspect.getclosurevars(embedder).nonlocals["compute"]

    # In this process threads can no longer be set.
    monkeypatch.setattr(determinism, "configure", lambda threads: None)
    return embedding


@pytest.mark.parametrize(("name", "parameters", "network"), [*cases()])
def test_a_gpu_has_kernels_that_repeat_their_bits(name, parameters, network, trainer, embedding):
    made = trainer(name, parameters, network)
    images = tf.TensorSpec((400, 28, 28), tf.uint8)
    embeddings, labels = tf.TensorSpec((400, 128)), tf.TensorSpec((400,), tf.int64)
    training = operations(made._steps.get_concrete_function(), (STEPS, 400), ())
    assert {"Conv2DBackpropFilter", "GatherV2"} < {operation.type for operation in training}
    assert complaints(training) == []
    assert complaints(operations(made._embed.get_concrete_function(images))) == []
    assert complaints(operations(made._evaluate.get_concrete_function(embeddings, labels))) == []
    embedded = embedding(name, made).get_concrete_function(images)
    assert complaints(operations(embedded)) == []


def complaints_on(function, *inputs):
    """What is wrong with a function of inputs with these dtypes and shapes."""
    specs = [tf.TensorSpec(shape, dtype) for dtype, shape in inputs]
    traced = tf.function(function, autograph=function is in_a_loop)
    return complaints(operations(traced.get_concrete_function(*specs)))


def fourth(values):
    return tf.raw_ops.NthElement(input=values, n=3)


def ranked_by_int32(values):
    return tf.minimum(tf.argsort(values, axis=1), 9)


def in_a_loop(values):
    for _ in tf.range(3):
        values = tf.scatter_nd(tf.constant([[0], [0]]), values, (2, 4))
    return values


def fetched(values):
    doubled = 2 * values
    with tf.device("CPU:0"):
        return fourth(doubled)


PAIRS, LABELS = (tf.float32, (400, 400)), (tf.int32, (400,))
FOURTH = r"NthElement \(.*\) has no kernel for a GPU and handles float32 \(400, 400\)"


@pytest.mark.parametrize(
    ("function", "inputs", "complaint"),
    [
        (fourth, [PAIRS], FOURTH),
        (lambda values: tf.function(fourth)(values), [PAIRS], FOURTH),
        (
            lambda values: tf.cond(values[0, 0] > 0, lambda: fourth(values), lambda: values[:, 0]),
            [PAIRS],
            FOURTH,
        ),
        (
            lambda values: fourth(tf.boolean_mask(values, values[:, 0] > 0)),
            [PAIRS],
            r"NthElement \(.*\) has no kernel for a GPU and handles float32 \(None, 400\)",
        ),
        (
            tf.gather,
            [(tf.uint8, (800, 28, 28)), (tf.int64, (400,))],
            r"GatherV2 \(.*\) has no kernel for a GPU and handles uint8 \(800, 28, 28\)",
        ),
        (fetched, [PAIRS], r"NthElement \(.*\) gets float32 \(400, 400\) from the GPU"),
        (
            ranked_by_int32,
            [PAIRS],
            r"Minimum \(.*\) has int32 \(400, 400\) in the host's memory",
        ),
        (
            lambda labels: labels[:, None] == labels,
            [LABELS],
            r"Equal \(.*\) has bool \(400, 400\) in the host's memory",
        ),
        (
            lambda count: tf.range(count) + 1,
            [(tf.int32, ())],
            r"Range \(.*\) has int32 \(None,\) in the host's memory",
        ),
        (
            lambda values: tf.math.bincount(values, minlength=10, maxlength=10),
            [LABELS],
            "DenseBincount is not among the reviewed operations",
        ),
        (in_a_loop, [(tf.float32, (2, 4))], "ScatterNd is not among the reviewed operations"),
        (
            lambda logits, labels: tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(
                features=logits, labels=labels
            ),
            [(tf.float32, (400, 10)), (tf.int64, (400,))],
            "SparseSoftmaxCrossEntropyWithLogits is not among the reviewed operations",
        ),
    ],
)
def test_what_leaves_the_gpu_or_may_not_repeat_its_bits_is_noticed(function, inputs, complaint):
    found = complaints_on(function, *inputs)
    assert any(re.fullmatch(complaint, sentence) for sentence in found), found


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        (lambda labels: labels[:, None] == labels, [(tf.int64, (400,))]),
        (lambda labels: labels + 1, [LABELS]),
        (lambda values: tf.reshape(values, [-1, 1, tf.shape(values)[1]]), [PAIRS]),
    ],
)
def test_shapes_batches_of_integers_and_the_gpus_own_kernels_pass(function, inputs):
    assert complaints_on(function, *inputs) == []


def test_what_only_the_processor_can_do_may_do_so_for_few_bytes():
    assert complaints_on(fourth, (tf.float32, (50, 50))) == [
        "NthElement is not among the reviewed operations"
    ]


# Two devices of one processor: the second stands for the GPU, where everything is by default.
TWO_DEVICES = """
import sys
import numpy as np
import tensorflow as tf
processor = tf.config.list_physical_devices("CPU")[0]
device = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(processor, [device, device])
from tensorflow.python.eager import context
from discern import losses
from discern.training.loop import make_trainer
from discern.training.settings import BatchSettings, NetworkSettings
from discern.training.trainer import Data

images = np.zeros((60, 8, 8), np.uint8)
data = Data(images, np.arange(60) % 10)
with tf.device("CPU:1"):
    trainer = make_trainer(
        data,
        data,
        loss=losses.create(sys.argv[1], classes=10, embedding_dim=8),
        grouped=True,
        distance="euclidean",
        network=NetworkSettings(8, "linear", 0.25),
        settings=BatchSettings("grouped", 20, 2),
        seed=0,
    )
    context.context().enable_graph_collection()
    trainer.run_epoch(1, 0.001, lambda *report: None)
for graphs in context.context().export_run_metadata().function_graphs:
    for graph in graphs.partition_graphs:
        nodes = {node.name: node for node in graph.node}
        for node in graph.node:
            # what only says that something is done is sent as a constant
            if node.op == "_Send" and nodes[node.input[0].split(":")[0]].op != "Const":
                sender, receiver = (node.attr[f"{end}_device"].s for end in ("send", "recv"))
                kind = tf.DType(node.attr["T"].type).name
                print(sender[-1:].decode(), receiver[-1:].decode(), kind)
"""


@pytest.mark.parametrize("name", ["softmax", "triplet_semihard"])
def test_in_a_call_nothing_leaves_the_gpu_and_only_images_and_labels_come_to_it(name):
    package = str(Path(discern.__path__[0]).parent)
    environment = {**os.environ, "PYTHONPATH": package}
    done = run_program(sys.executable, "-c", TWO_DEVICES, name, env=environment)
    assert done.returncode == 0, done.stderr
    sent = {tuple(line.split()) for line in done.stdout.splitlines()}
    # A GPU's int32 and the condition of a loop are in the host's memory anyway.
    sent -= {(*ends, kind) for ends in ("01", "10") for kind in ("int32", "bool")}
    assert sent == {("0", "1", "uint8"), ("0", "1", "int64")}
