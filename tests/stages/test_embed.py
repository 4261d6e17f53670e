"""Embeddings are the selected network's output, of the right images in their own order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from discern import idx, losses, tensors
from discern.files import read_arrays, read_embeddings, write_arrays
from discern.losses.catalogue import records
from discern.network import EmbeddingNetwork, NetworkSettings, build, named_weights
from discern.stages import embed

WORKFLOW = Path(embed.__file__).parents[2]
NETWORK = {"embedding_dim": 6, "embedding_activation": "linear", "dropout": 0.5}
TRAINED = [name for name, record in records().items() if record.trained]


@pytest.fixture(scope="module")
def split():
    """1,100 of the 1,297 training images train, more than are embedded at once."""
    shuffled = np.random.default_rng(0).permutation(1297)
    test = np.sort(np.random.default_rng(1).permutation(500)[:150])
    return {
        "train": np.sort(shuffled[:1100]),
        "validation": np.sort(shuffled[1100:]),
        "test": test,
    }


@pytest.fixture(scope="module")
def data(digits, split, tmp_path_factory):
    """A folder with the digits and their split."""
    folder = tmp_path_factory.mktemp("data")
    for name, array in digits.items():
        (folder / name).write_bytes(idx.encode(array))
    write_arrays(folder / "split.npz", split)
    return folder


def weights_of(loss, network=NETWORK, classes=10):
    """Random weights that a training with ``loss`` could have left, biases and all."""
    made = losses.create(loss, classes=classes, embedding_dim=network["embedding_dim"])
    settings = NetworkSettings(**network)
    names = named_weights(build(EmbeddingNetwork(settings, seed=1), made, (8, 8)))
    random = np.random.default_rng(2)
    return {n: random.normal(0, 0.2, v.shape).astype(np.float32) for n, v in names.items()}


def keras_embeddings(weights, images, activation="linear"):
    """What a plain Keras model with these weights gives, all images at once."""
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Conv2D(32, 3, activation="relu", input_shape=(*images.shape[1:], 1)),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(weights["network/embedding/bias"].size, activation=activation),
        ]
    )
    names = [
        f"network/{layer}/{part}"
        for layer in ("conv1", "conv2", "embedding")
        for part in ("kernel", "bias")
    ]
    model.set_weights([weights[name] for name in names])
    return model(images[..., None].astype(np.float32) / 255).numpy()


@pytest.fixture
def run(data, tmp_path, monkeypatch):
    """Runs the stage in this process, whose threads can no longer be set; they are logged."""
    run_threads = []
    monkeypatch.setattr(tensors, "configure", run_threads.append)

    def run(loss, *options, weights=(), network=NETWORK):
        return embed.main([*argv(data, tmp_path, loss, weights, network), *options])

    run.threads = run_threads
    run.folder = tmp_path / "made"
    return run


def argv(data, folder, loss, weights=(), network=NETWORK):
    paths = []
    for i, arrays in enumerate(weights):
        paths.append(str(folder / f"weights-{i}.npz"))
        write_arrays(Path(paths[-1]), arrays)
    found = ["--split", str(data / "split.npz"), "--weights", *paths]
    for part in ("train", "test"):
        for kind in ("images", "labels"):
            found += [f"--{part}-{kind}", str(data / f"{part}_{kind}")]
    found += ["--gallery", str(folder / "made" / "train.npz")]
    found += ["--queries", str(folder / "made" / "test.npz")]
    return [*found, "--loss", loss, "--network", json.dumps(network)]


def part_of(digits, split, part):
    """Images and labels of a part of the split, in the data set's own order."""
    source = "test" if part == "test" else "train"
    return digits[f"{source}_images"][split[part]], digits[f"{source}_labels"][split[part]]


def assert_embedded(path, images, labels, weights, activation="linear"):
    embeddings, found_labels = read_embeddings(path)  # float32, uint8 and finite
    np.testing.assert_array_equal(found_labels, labels, strict=True)
    expected = keras_embeddings(weights, images, activation)
    assert embeddings.shape == (len(images), 6)
    np.testing.assert_allclose(embeddings, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("loss", TRAINED)
def test_embeddings_are_the_networks_output_in_the_data_sets_order(run, digits, split, loss):
    weights = weights_of(loss)
    assert run(loss, weights=[weights]) == 0
    for part, file in (("train", "train.npz"), ("test", "test.npz")):
        images, labels = part_of(digits, split, part)
        assert_embedded(run.folder / file, images, labels, weights)
        predictions = "predictions" in read_arrays(run.folder / file)
        assert predictions == records()[loss].classifies


def test_the_embedding_ends_in_the_activation_it_was_trained_with(run, digits, split):
    weights = weights_of("softmax")
    network = NETWORK | {"embedding_activation": "relu"}
    assert run("softmax", weights=[weights], network=network) == 0
    images, labels = part_of(digits, split, "test")
    assert_embedded(run.folder / "test.npz", images, labels, weights, "relu")
    embeddings = read_arrays(run.folder / "test.npz")["embeddings"]
    assert embeddings.min() == 0 < embeddings.max()


def test_validation_images_can_be_judged_instead_of_test_images(run, digits, split):
    weights = weights_of("contrastive")
    assert run("contrastive", "--queries-from", "validation", weights=[weights]) == 0
    for part, file in (("train", "train.npz"), ("validation", "test.npz")):
        assert_embedded(run.folder / file, *part_of(digits, split, part), weights)


def cosines(embeddings, weights):
    columns = weights["class_weights"] / np.linalg.norm(weights["class_weights"], axis=0)
    return embeddings @ columns


def affine(embeddings, weights):
    return embeddings @ weights["class_weights"] + weights["bias"]


@pytest.mark.parametrize(
    ("loss", "scores"),
    [
        ("softmax", affine),
        ("triplet_softmax", affine),
        ("cosface", cosines),
        ("sphereface", cosines),
    ],
)
def test_predictions_are_the_classes_with_the_highest_scores(run, digits, loss, scores):
    weights = weights_of(loss)
    if "bias" in weights:  # without it one or two classes would win nearly always
        centre = keras_embeddings(weights, digits["test_images"]).mean(axis=0)
        weights["bias"] = -centre @ weights["class_weights"]
    assert run(loss, weights=[weights]) == 0
    for file in ("train.npz", "test.npz"):
        found = read_arrays(run.folder / file)
        expected = scores(found["embeddings"].astype(np.float64), weights)
        assert len(set(expected.argmax(axis=1))) > 2
        first, second = np.sort(expected, axis=1)[:, :-3:-1].T
        clear = first - second > 1e-5 * np.abs(expected).max()
        assert clear.mean() > 0.99
        assert found["predictions"].dtype == np.uint8
        assert found["predictions"].shape == first.shape
        np.testing.assert_array_equal(
            found["predictions"][clear], expected.argmax(axis=1)[clear].astype(np.uint8)
        )


def test_the_baseline_is_the_pixels_divided_by_255(run, digits, split):
    assert run("pixels") == 0
    for part, file in (("train", "train.npz"), ("test", "test.npz")):
        images, labels = part_of(digits, split, part)
        found = read_arrays(run.folder / file)
        assert set(found) == {"embeddings", "labels", "indices"}
        np.testing.assert_array_equal(found["indices"], split[part])
        expected = (images.reshape(len(images), 64).astype(np.float64) / 255).astype(np.float32)
        np.testing.assert_array_equal(found["embeddings"], expected, strict=True)
        np.testing.assert_array_equal(found["labels"], labels, strict=True)


def test_unseen_classes_are_embedded_alone_and_no_classifier_is_asked(run, digits, split):
    trained, unseen = [0, 1, 2, 5, 8, 9], [3, 4, 6, 7]
    weights = weights_of("softmax", classes=6)
    options = "--classes", json.dumps(trained), "--unseen", json.dumps(unseen)
    assert run("softmax", *options, weights=[weights]) == 0
    for part, file in (("train", "train.npz"), ("test", "test.npz")):
        source = "test" if part == "test" else "train"
        kept = [i for i in split[part] if digits[f"{source}_labels"][i] in unseen]
        found = read_arrays(run.folder / file)
        assert set(found) == {"embeddings", "labels", "indices"}
        np.testing.assert_array_equal(found["indices"], kept)
        images, labels = (digits[f"{source}_{kind}"][kept] for kind in ("images", "labels"))
        assert_embedded(run.folder / file, images, labels, weights)


def test_weights_of_other_classes_are_refused(run, capfd):
    assert run("softmax", "--classes", "[0, 1, 2]", weights=[weights_of("softmax")]) == 1
    assert_refused(run, capfd, "does not fit the network (first at bias (3,))")


def test_an_unseen_class_that_does_not_exist_is_named(run, capfd):
    assert run("pixels", "--unseen", "[3, 12]") == 1
    assert_refused(run, capfd, "class 12 has no image among")


def test_the_baselines_rows_are_the_images_read_line_by_line():
    image = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    found = embed.pixels(image)["embeddings"]
    np.testing.assert_array_equal(found * 255, [np.arange(12)])
    white = np.full((2, 28, 28), 255, np.uint8)
    np.testing.assert_array_equal(embed.pixels(white)["embeddings"], np.ones((2, 784)))


def test_the_baseline_does_without_tensorflow(data, tmp_path):
    program = (
        "import sys; from discern.stages import embed; status = embed.main(sys.argv[1:]); "
        "print(status, sorted(name for name in sys.modules if name in ('tensorflow', 'keras')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *argv(data, tmp_path, "pixels")],
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "0 []\n", done.stderr


def test_threads_are_set_as_asked(run):
    assert run("cosface", "--threads", "3", weights=[weights_of("cosface")]) == 0
    assert run.threads == [3]


def assert_refused(run, capfd, *sentences):
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("embed: ")
    assert all(sentence in line for sentence in sentences), line
    assert not run.folder.exists()


def test_settings_that_the_network_does_not_have_are_named(run, capfd):
    status = run("softmax", weights=[weights_of("softmax")], network=NETWORK | {"depth": 3})
    assert status == 1
    assert "--network: " in (message := capfd.readouterr().err)
    assert "'depth'" in message
    assert "nobody foresaw" not in message


def test_weights_of_another_loss_are_refused_by_name(run, capfd):
    assert run("softmax", weights=[weights_of("cosface")]) == 1
    assert_refused(
        run, capfd, "weights-0.npz does not fit the network (first at bias (10,)); delete it to"
    )


def test_weights_of_another_width_are_refused_by_name(run, capfd):
    wide = NETWORK | {"embedding_dim": 7}
    assert run("triplet_semihard", weights=[weights_of("triplet_semihard", wide)]) == 1
    assert_refused(run, capfd, "weights-0.npz does not fit the network (first at network/embedding")


def test_weights_for_the_baseline_are_refused(run, capfd):
    assert run("pixels", weights=[weights_of("cosface")]) == 1
    assert_refused(run, capfd, "pixels has nothing to train; leave out --weights")


def test_a_trained_loss_without_weights_is_refused(run, capfd):
    assert run("cosface") == 1
    assert_refused(run, capfd, "cosface needs the weights of a training; give --weights")


def test_weights_that_do_not_exist_are_named(run, capfd, tmp_path):
    assert run("cosface", "--weights", str(tmp_path / "nowhere.npz")) == 1
    assert_refused(run, capfd, "nowhere.npz does not exist; run the stage that makes it")


def test_damaged_weights_are_named(run, capfd, tmp_path):
    write_arrays(tmp_path / "cut.npz", weights_of("cosface"))
    content = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    assert run("cosface", "--weights", str(tmp_path / "cut.npz")) == 1
    assert_refused(run, capfd, "cut.npz is damaged")


def test_a_split_that_lacks_a_part_is_named(run, capfd, tmp_path, split):
    write_arrays(tmp_path / "two.npz", {n: a for n, a in split.items() if n != "test"})
    assert run("pixels", "--split", str(tmp_path / "two.npz")) == 1
    assert_refused(run, capfd, "two.npz holds no array 'test'")


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(data, tmp_path):
    weights = [weights_of("cosface")]
    made = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "discern.stages.embed"]
            + [*argv(data, folder, "cosface", weights), "--threads", "2"],
            env=os.environ | {"PYTHONPATH": str(WORKFLOW), "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        made.append([(folder / "made" / f"{n}.npz").read_bytes() for n in ("train", "test")])
    assert made[0] == made[1]
