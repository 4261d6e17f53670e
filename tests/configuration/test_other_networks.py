"""The networks of another version are evaluated if they were trained as the rows say."""

import gzip
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from configuration.shipped import laid_over, with_change
from discern.configuration.check import check
from discern.configuration.other_networks import read_other_networks
from discern.configuration.rows import rows
from discern.configuration.snapshot import snapshot
from discern.data import idx
from discern.errors import DiscernError
from discern.results import Version
from plain_files import write_bytes, write_json

SEEN = {"train": [0, 1, 2, 3, 4, 5], "unseen": [6, 7]}
OTHER_DATA = f"data: {{sha256: {{train-images: {'ab' * 32}}}}}"


def trained(folder, text="seeds: [0, 1]"):
    """A finished version with the networks of the shipped configuration, changed by ``text``."""
    config, version = with_change(text), Version(folder)
    write_bytes(version.configuration, yaml.safe_dump(snapshot(config)).encode())
    write_json(version.original_labels, [*range(0, 130, 10)])
    images = idx.encode(np.zeros((3, 7, 5), np.uint8))
    write_bytes(version.idx("train_images"), gzip.compress(images))
    hashes = {}
    for row in rows(config).values():
        for seed in row.seeds if row.trained else ():
            weights, content = version.weights(row.label, seed), f"{row.label} {seed}".encode()
            write_bytes(weights, content)
            hashes[f"select/{row.label}/{seed}.npz"] = hashlib.sha256(content).hexdigest()
    write_json(version.manifest, {"records": {}, "stages": {}, "files": hashes})
    return version


def evaluating(version, text="{}"):
    """A configuration that evaluates the networks of ``version``, changed by ``text``."""
    change = {"evaluation": {"trained_in": str(version.folder)}}
    return laid_over(
        with_change("split: {validation: 5000}"), laid_over(change, yaml.safe_load(text))
    )


def networks_of(config):
    check(config)
    return read_other_networks(config, rows(config).values())


def test_rows_are_trained_if_no_version_is_named():
    config = with_change("{}")
    assert networks_of(config) is None
    assert rows(config)["softmax"].trained
    version = Version(Path("results/full"))
    assert rows(config)["softmax"].weights_file(version, 1) == version.weights("softmax", 1)


def test_rows_have_the_networks_of_the_named_version_and_are_not_trained(tmp_path):
    version = trained(tmp_path)
    config = evaluating(version, "seeds: [1]")
    networks = networks_of(config)
    assert networks.image_shape == (7, 5)
    assert networks.trained_on["sha256"] == config["data"]["sha256"]
    assert networks.trained_on["split"]["validation"] == 6000
    here = Version(Path("results/here"))
    for row in rows(config).values():
        assert not row.trained
        assert row.seeds == ((0,) if row.label == "pixels" else (1,))
        wanted = None if row.label == "pixels" else version.weights(row.label, 1)
        assert row.weights_file(here, 1) == wanted
        assert row.varies_with_seed == (row.label != "pixels")


def test_a_network_knows_the_classes_of_its_own_data_or_those_it_was_trained_on(tmp_path):
    assert networks_of(evaluating(trained(tmp_path))).classes == {0: tuple(range(13))}
    split = trained(tmp_path, f"{{seeds: [1], classes: [{SEEN}]}}")
    assert networks_of(evaluating(split, "seeds: [1]")).classes == {1: (0, 1, 2, 3, 4, 5)}


@pytest.mark.parametrize(
    "text",
    [
        "losses: {softmax: {title: S}}",
        "seeds: [1, 0]",
        # Fewer images than a batch has, and fewer classes.
        "{split: {train: 300, validation: 30}, data: {class_names: [a, b, c]}}",
        # Of other data, no image was trained on.
        f"{{evaluation: {{queries: validation}}, {OTHER_DATA}}}",
        "{evaluation: {queries: validation}, split: {validation: 6000}}",
    ],
)
def test_what_has_nothing_to_do_with_the_training_may_differ(tmp_path, text):
    assert networks_of(evaluating(trained(tmp_path), text))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "training: {epochs: 3}",
            "was trained with training.epochs 100, not 3; set it to the same",
        ),
        (
            "network: {dropout: 0.5}",
            "was trained with network.dropout 0.25, not 0.5; set it to the",
        ),
        (
            "batches: {samples: 20}",
            "was trained with batches.samples 40, not 20; set it to the same",
        ),
        ("losses: {cosface: {margin: 0.1}}", "with losses.cosface.margin 0.2, not 0.1; set it to"),
        (
            "losses: {softmax: {network: {embedding_activation: relu}}}",
            "losses.softmax.network.embedding_activation linear, not relu; set it to the same",
        ),
        (
            "losses: {softmax: {learning_rate: 0.1}}",
            "losses.softmax.learning_rate 0.001, not 0.1; ",
        ),
        ("losses: {mine: {loss: softmax}}", "there is no network .*mine/0.npz; leave out the row"),
        (
            "seeds: [0, 2]",
            "there is no network .*softmax/2.npz; leave out the row softmax or seed 2",
        ),
        (
            f"classes: {SEEN}",
            "all classes of data are evaluated; set classes or trained_in to null",
        ),
        ("corruption: {label_noise: 0.1}", "nothing is trained here; set corruption or trained_in"),
        (
            "search: {trials: 1, learning_rates: [0.001], seed: 0}",
            "a search trains its trials here; set trained_in to null",
        ),
        (
            "evaluation: {queries: validation}",
            "on other images of the same data, with split.validation 6000, so validation images",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(tmp_path, text, sentence):
    config = evaluating(trained(tmp_path), text)
    with pytest.raises(
        DiscernError, match=f"the configuration: evaluation.trained_in: .*{sentence}"
    ):
        networks_of(config)


def test_a_row_of_the_named_version_that_had_another_network_or_loss_is_refused(tmp_path):
    relu = "losses: {softmax: {network: {embedding_activation: relu}}}"
    with pytest.raises(
        DiscernError, match=r"network.embedding_activation relu, not linear; set it"
    ):
        networks_of(evaluating(trained(tmp_path / "a", relu)))
    mine = trained(tmp_path / "b", "losses: {n_pairs: {}}")
    with pytest.raises(
        DiscernError, match=r"losses.n_pairs.loss n_pairs, not circle; set it to the"
    ):
        networks_of(evaluating(mine, "losses: {n_pairs: {loss: circle}}"))


def test_weights_that_the_named_version_did_not_make_or_no_longer_has_are_refused(tmp_path):
    version = trained(tmp_path)
    version.weights("softmax", 0).write_bytes(b"others")
    with pytest.raises(DiscernError, match=r"softmax/0.npz has changed; run snakemake for that"):
        networks_of(evaluating(version))
    version = trained(tmp_path)
    version.weights("softmax", 0).unlink()
    with pytest.raises(DiscernError, match=r"there is no network .*softmax/0.npz; leave out the"):
        networks_of(evaluating(version))
    left_over = {"select/softmax/2.npz": hashlib.sha256(b"left over").hexdigest()}
    write_bytes(version.weights("softmax", 2), b"left over")
    write_json(version.manifest, {"records": {}, "stages": {}, "files": left_over})
    with pytest.raises(
        DiscernError, match=r"there is no network .*softmax/2.npz; leave out the row"
    ):
        networks_of(evaluating(version, "seeds: [2]"))


@pytest.mark.parametrize("content", [None, b"", b"no gzip", gzip.compress(b"123")])
def test_images_of_the_named_version_that_cannot_be_read_are_named(tmp_path, content):
    version = trained(tmp_path)
    path = version.idx("train_images")
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(
        DiscernError, match=r"train-images-idx3-ubyte.gz can't be read; run snakemake"
    ):
        networks_of(evaluating(version))


def test_published_trainings_need_no_other_version(tmp_path):
    config = evaluating(Version(tmp_path / "none"))
    published = {"0": "docs/transfer"}
    found = [replace(row, published=published) for row in rows(config).values()]
    assert read_other_networks(config, found) is None
    with pytest.raises(DiscernError, match=r"none is no finished version"):
        read_other_networks(config, [*found[:-1], replace(found[-1], published={})])


def test_a_version_that_is_not_finished_is_refused_by_name(tmp_path):
    version = trained(tmp_path)
    version.manifest.unlink()
    folder = re.escape(str(tmp_path))
    with pytest.raises(
        DiscernError, match=f"trained_in: {folder} is no finished version; name the"
    ):
        networks_of(evaluating(version))


def test_a_version_cannot_evaluate_its_own_networks_without_training_them():
    config = evaluating(Version(Path("results/full")))
    with pytest.raises(
        DiscernError, match=r"trained_in: results/full is this version itself; name"
    ):
        networks_of(config)
