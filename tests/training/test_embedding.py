"""Embeddings are what a plain Keras model gives with the same weights, and predictions follow."""

from __future__ import annotations

import numpy as np
import pytest

from discern import losses
from discern.errors import Damaged
from discern.files import write_arrays
from discern.losses.shared.catalogue import descriptions
from discern.training import determinism, embedding
from discern.training.embedding import embed_in_batches, network_embedder, pixels
from discern.training.network import EmbeddingNetwork, build, named_weights
from discern.training.settings import NetworkSettings
from training.plain import plain_embeddings

NETWORK = NetworkSettings(embedding_dim=6, embedding_activation="linear", dropout=0.5)
TRAINED = [name for name, loss in descriptions().items() if loss.trained]
CLASSIFIERS = [name for name in TRAINED if descriptions()[name].classifies]


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """The threads that were asked for; in this process they can no longer be set."""
    threads = []
    monkeypatch.setattr(determinism, "configure", threads.append)
    return threads


def random_weights(loss, dim=6, classes=10):
    """Weights that a training with ``loss`` could have left, biases and all."""
    layer = losses.create(loss, classes=classes, embedding_dim=dim)
    network = EmbeddingNetwork(NetworkSettings(dim, "linear", 0.5), seed=1)
    weights = named_weights(build(network, layer, (8, 8)))
    random = np.random.default_rng(2)
    return {n: random.normal(0, 0.2, v.shape).astype(np.float32) for n, v in weights.items()}


@pytest.fixture
def embedder_of(tmp_path):
    """Gives what embeds with some weights, and the classifier's weights."""

    def embedder_of(loss, weights, network=NETWORK, **changes):
        write_arrays(tmp_path / "weights.npz", weights)
        description = descriptions()[loss]
        settings = {
            "loss": loss,
            "parameters": description.complete({}),
            "network": network,
            "classes": 10,
            "image_shape": (8, 8),
            "classifies": description.classifies,
            "threads": 3,
        }
        return network_embedder(tmp_path / "weights.npz", **(settings | changes))

    return embedder_of


@pytest.fixture(scope="module")
def images(digits):
    return digits["test_images"][:200]


def assert_close(found, expected):
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("loss", TRAINED)
def test_embeddings_are_the_networks_output_and_a_classifier_predicts(embedder_of, images, loss):
    weights = random_weights(loss)
    embedder, constants = embedder_of(loss, weights)
    found = embedder(images)
    assert_close(found["embeddings"], plain_embeddings(weights, images))
    assert ("predictions" in found) == ("class_weights" in constants) == (loss in CLASSIFIERS)


def test_the_embedding_ends_in_the_activation_it_was_trained_with(embedder_of, images):
    weights = random_weights("softmax")
    embedder, _ = embedder_of("softmax", weights, NetworkSettings(6, "relu", 0.5))
    found = embedder(images)["embeddings"]
    assert_close(found, plain_embeddings(weights, images, "relu"))
    assert found.min() == 0 < found.max()


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
def test_predictions_are_the_classes_with_the_highest_scores(embedder_of, images, loss, scores):
    weights = random_weights(loss)
    if "bias" in weights:  # without it one or two classes would win nearly always
        centre = plain_embeddings(weights, images).mean(axis=0)
        weights["bias"] = -centre @ weights["class_weights"]
    embedder, constants = embedder_of(loss, weights)
    np.testing.assert_array_equal(constants["class_weights"], weights["class_weights"])
    found = embedder(images)
    expected = scores(found["embeddings"].astype(np.float64), weights)
    assert len(set(expected.argmax(axis=1))) > 2
    first, second = np.sort(expected, axis=1)[:, :-3:-1].T
    clear = first - second > 1e-5 * np.abs(expected).max()
    assert clear.mean() > 0.99
    assert found["predictions"].dtype == np.int16
    assert found["predictions"].shape == (200,)
    np.testing.assert_array_equal(found["predictions"][clear], expected.argmax(axis=1)[clear])


def test_a_classifier_that_is_not_asked_predicts_nothing(embedder_of, images):
    embedder, constants = embedder_of("softmax", random_weights("softmax"), classifies=False)
    assert set(embedder(images)) == {"embeddings"}
    assert constants == {}


def test_threads_are_set_as_asked(embedder_of, threads):
    embedder_of("cosface", random_weights("cosface"))
    assert threads == [3]


@pytest.mark.parametrize(
    ("loss", "made_with", "why"),
    [
        ("softmax", {"loss": "cosface"}, "bias: nothing instead of (10,)"),
        ("softmax", {"classes": 6}, "bias: (6,) instead of (10,)"),
        ("triplet_semihard", {"dim": 7}, "network/embedding/bias: (7,) instead of (6,)"),
    ],
)
def test_weights_of_something_else_are_refused_by_name(embedder_of, loss, made_with, why):
    with pytest.raises(Damaged) as damaged:
        embedder_of(loss, random_weights(**{"loss": loss} | made_with))
    assert f"weights.npz does not fit the network ({why}); delete it to" in str(damaged.value)


def test_the_baseline_is_the_pixels_read_line_by_line_and_divided_by_255(digits):
    image = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    np.testing.assert_array_equal(pixels(image)["embeddings"] * 255, [np.arange(12)])
    colour = np.stack([image, image + 12], axis=-1)
    interleaved = np.stack([np.arange(12), np.arange(12, 24)], axis=-1).ravel()
    np.testing.assert_array_equal(pixels(colour)["embeddings"] * 255, [interleaved])
    images = digits["test_images"]
    expected = (images.reshape(len(images), 64).astype(np.float64) / 255).astype(np.float32)
    np.testing.assert_array_equal(pixels(images)["embeddings"], expected, strict=True)


def test_many_images_are_embedded_a_few_at_a_time_and_in_their_order(monkeypatch):
    monkeypatch.setattr(embedding, "_BATCH", 500)
    sizes = []

    def embedder(batch):
        sizes.append(len(batch))
        return {"embeddings": batch[:, 0], "predictions": batch[:, 0, 0]}

    images = np.arange(1100 * 4).reshape(1100, 2, 2)
    found = embed_in_batches(embedder, images)
    assert sizes == [500, 500, 100]
    np.testing.assert_array_equal(found["embeddings"], images[:, 0])
    np.testing.assert_array_equal(found["predictions"], images[:, 0, 0])
