"""The images of each part are embedded in the data set's order, by the selected network."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from claims import assert_refused, words_of
from discern import losses
from discern.data.embeddings import SEEN, read_embeddings, read_seen_embeddings
from discern.files import read_arrays, read_json
from discern.training.network import EmbeddingNetwork, build, named_weights
from plain_files import write_arrays
from training.plain import plain_embeddings

ARRAYS = {"embeddings", "labels", "indices"}
# Most of the 1,297 training images are left out, and most of the 500 test images.
SHUFFLED = np.random.default_rng(0).permutation(1297)
SPLIT = {
    "train": np.sort(SHUFFLED[:120]),
    "validation": np.sort(SHUFFLED[120:200]),
    "test": np.sort(np.random.default_rng(1).permutation(500)[:60]),
}


@pytest.fixture
def baseline(job, downloaded, threads):
    """Makes the baseline's stage."""
    write_arrays(downloaded.split, SPLIT)
    return lambda **changes: job("embed", **{"loss": "pixels", "weights": None} | changes)


@pytest.fixture
def trained(baseline, version):
    """Makes the stage of a loss, with random weights as a training could have left them."""

    def trained(loss, known=10, **changes):
        stage = baseline(loss=loss, weights=version.weights("a", 0), parameters={}, **changes)
        layer = losses.create(loss, classes=known, embedding_dim=8)
        names = named_weights(build(EmbeddingNetwork(stage.network, seed=1), layer, (8, 8)))
        random = np.random.default_rng(2)
        arrays = {n: random.normal(0, 0.2, v.shape).astype(np.float32) for n, v in names.items()}
        write_arrays(stage.weights, arrays)
        return stage

    return trained


def assert_embedded(stage, digits, queries="test", classes=range(10), arrays=ARRAYS):
    """Gallery and queries are what the stage's network gives, in the data set's own order."""
    for part, path in (("train", stage.gallery), (queries, stage.queries)):
        source = "test" if part == "test" else "train"
        images, labels = digits[f"{source}_images"], digits[f"{source}_labels"]
        indices = [i for i in SPLIT[part] if labels[i] in classes]
        embeddings, found = read_embeddings(path)  # float32, int16 and finite
        np.testing.assert_array_equal(found, labels[indices])
        np.testing.assert_array_equal(read_arrays(path)["indices"], indices)
        assert set(read_arrays(path)) == arrays
        assert_close(embeddings, stage, images[indices])
        if SEEN in arrays:
            trained = [i for i in SPLIT[part] if labels[i] in stage.classes]
            assert_close(read_seen_embeddings(path), stage, images[trained])


def assert_close(embeddings, stage, images):
    """The embeddings are those of the images, by the stage's network or without one."""
    if stage.weights:
        expected = plain_embeddings(read_arrays(stage.weights), images)
    else:
        expected = images.reshape(-1, 64) / np.float32(255)
    np.testing.assert_allclose(embeddings, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("loss", "arrays"),
    [("triplet_semihard", ARRAYS), ("softmax", ARRAYS | {"predictions", "class_weights"})],
)
def test_gallery_and_queries_are_embedded_in_the_data_sets_order(
    trained, digits, threads, loss, arrays
):
    stage = trained(loss, threads=3)
    assert stage.run() == 0
    assert_embedded(stage, digits, arrays=arrays)
    assert threads == [3]


def test_validation_images_can_be_embedded_instead_of_test_images(trained, digits):
    stage = trained("contrastive", part="validation")
    assert stage.run() == 0
    assert_embedded(stage, digits, queries="validation")


@pytest.mark.parametrize("queries", ["test", "validation"])
def test_unseen_classes_are_embedded_beside_trained_ones_and_no_classifier_is_asked(
    trained, digits, queries
):
    unseen = (3, 4, 6, 7)
    stage = trained("softmax", 5, classes=(0, 1, 2, 5, 9), unseen=unseen, part=queries)
    assert stage.run() == 0
    assert_embedded(stage, digits, queries, classes=unseen, arrays=ARRAYS | {SEEN})


def test_a_network_that_was_trained_on_other_images_embeds_all_classes_and_does_not_classify(
    trained, digits
):
    stage = trained("softmax", 5, classes=(0, 1, 2, 3, 4), trained_shape=(8, 8))
    assert stage.run() == 0
    assert_embedded(stage, digits)


def test_images_of_another_size_than_the_trained_ones_are_refused(trained, capfd):
    stage = trained("softmax", trained_shape=(28, 20))
    why = (
        f"{stage.weights} was trained on images of 28 × 20 pixels, but {stage.train_images} has "
        "8 × 8; give images of the same size"
    )
    assert_refused(stage, capfd, why)


def test_the_baseline_embeds_with_the_pixels_and_does_without_tensorflow(baseline, digits):
    program = (
        "import sys; from discern.stages.embed import Embed; status = Embed.main(sys.argv[1:]); "
        "print(status, {'tensorflow', 'keras'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, *words_of(baseline())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "0 set()\n", done.stderr
    assert_embedded(baseline(), digits)


def test_weights_must_fit_the_loss(trained, baseline, capfd):
    cosface = trained("cosface")
    pixels = replace(cosface, loss="pixels")
    assert_refused(pixels, capfd, "pixels has no network to train; leave out --weights")
    none = replace(cosface, weights=None)
    why = (
        "cosface needs the weights of a training and the settings of its network; give --weights "
        "and --network"
    )
    assert_refused(none, capfd, why)
    assert_refused(replace(cosface, network=None), capfd, why)
    few = replace(cosface, classes=(0, 1, 2))
    why = "does not fit the network (class_weights: (8, 10) instead of (8, 3)); delete it to have"
    assert_refused(few, capfd, f"{cosface.weights} {why}")


def test_a_split_that_lacks_a_part_is_named(baseline, downloaded, capfd):
    parts = {name: indices for name, indices in SPLIT.items() if name != "test"}
    write_arrays(downloaded.split, parts)
    assert_refused(baseline(), capfd, f"{downloaded.split} holds no array 'test'")


@pytest.fixture
def given(baseline, tmp_path, digits):
    """Makes the stage of embeddings from elsewhere: squared pixels, one for each image."""

    def given(**changes):
        files = {part: tmp_path / f"{part}.npz" for part in ("train", "test")}
        for part, path in files.items():
            images, labels = digits[f"{part}_images"], digits[f"{part}_labels"]
            embeddings = images.reshape(-1, 64).astype(float) ** 2
            write_arrays(path, {"embeddings": embeddings, "labels": labels})
        own = {"loss": "given", "given_train": files["train"], "given_test": files["test"]}
        return baseline(**own | changes)

    return given


@pytest.mark.parametrize(
    ("changes", "source", "classes"),
    [
        ({}, "test", range(10)),
        ({"part": "validation", "classes": (1, 2), "unseen": (3, 4)}, "train", (3, 4)),
    ],
)
def test_embeddings_from_elsewhere_are_those_of_the_images_of_each_part(
    given, digits, changes, source, classes
):
    stage = given(**changes)
    assert stage.run() == 0
    parts = (("train", "train", stage.gallery), (source, stage.part, stage.queries))
    for source_, part, path in parts:
        images, labels = digits[f"{source_}_images"], digits[f"{source_}_labels"]
        indices = [i for i in SPLIT[part] if labels[i] in classes]
        embeddings, found = read_embeddings(path)
        squares = images.reshape(-1, 64).astype(int) ** 2
        np.testing.assert_array_equal(embeddings, squares[indices])
        np.testing.assert_array_equal(found, labels[indices])
        np.testing.assert_array_equal(read_arrays(path)["indices"], indices)
        assert set(read_arrays(path)) == (ARRAYS | {SEEN} if stage.unseen else ARRAYS)
        if stage.unseen:
            trained = [i for i in SPLIT[part] if labels[i] in stage.classes]
            np.testing.assert_array_equal(read_seen_embeddings(path), squares[trained])


def test_the_record_names_the_files_from_elsewhere_with_their_hashes(given):
    stage = given()
    assert stage.run() == 0
    inputs = read_json(stage.record)["inputs"]
    for path in (stage.given_train, stage.given_test):
        (digest,) = (hash_ for name, hash_ in inputs.items() if name.endswith(f"/{path.name}"))
        assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_files_from_elsewhere_must_fit_the_data_and_come_with_their_loss(given, digits, capfd):
    stage = given()
    write_arrays(stage.given_test, {"embeddings": np.ones((499, 3))})
    assert_refused(stage, capfd, f"{stage.given_test} holds 499 embeddings for 500 images; save")
    labels = digits["train_labels"][::-1]
    write_arrays(stage.given_train, {"embeddings": np.ones((1297, 3)), "labels": labels})
    assert_refused(stage, capfd, f"{stage.given_train} holds labels that differ from the data")
    why = "--loss given, --given-train and --given-test need each other; give all three or none"
    for change in ({"loss": "pixels"}, {"given_test": None}):
        assert_refused(replace(stage, **change), capfd, why)


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(trained, forked):
    stage = trained("cosface", threads=2)
    made = []
    for _ in range(2):
        assert forked(stage)[1] == 0
        made.append((stage.gallery.read_bytes(), stage.queries.read_bytes()))
    assert made[0] == made[1]
