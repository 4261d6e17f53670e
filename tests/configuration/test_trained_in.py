"""The networks of another version are evaluated if they were trained as the rows say."""

import re
from pathlib import Path

import pytest
import yaml

from configuration.shipped import laid_over, with_change
from discern.configuration.rows import rows
from discern.configuration.snapshot import snapshot
from discern.configuration.trained_in import read_networks
from discern.errors import DiscernError
from discern.results import Version
from plain_files import write_bytes, write_json

SEEN = {"train": [0, 1, 2, 3, 4, 5], "unseen": [6, 7]}


def trained(folder, text="seeds: [0, 1]"):
    """A finished version with the networks of the shipped configuration, changed by ``text``."""
    config, version = with_change(text), Version(folder)
    write_bytes(version.configuration, yaml.safe_dump(snapshot(config)).encode())
    write_json(version.original_labels, [*range(0, 130, 10)])
    for row in rows(config).values():
        for seed in row.seeds if row.network else ():
            write_bytes(version.weights(row.label, seed), b"weights")
    return version


def evaluating(version, text="{}"):
    """A configuration that evaluates the networks of ``version``, changed by ``text``."""
    change = {"evaluation": {"trained_in": str(version.folder)}}
    return laid_over(with_change("split: {validation: 5000}"), change | yaml.safe_load(text))


def networks_of(config):
    return read_networks(config, rows(config).values())


def test_rows_are_trained_if_no_version_is_named():
    config = with_change("{}")
    assert networks_of(config) is None
    assert rows(config)["softmax"].trained
    version = Version(Path("results/full"))
    assert rows(config)["softmax"].weights_file(version, 1) == version.weights("softmax", 1)


def test_rows_have_the_networks_of_the_named_version_and_are_not_trained(tmp_path):
    version = trained(tmp_path)
    config = evaluating(version, "seeds: [1]")
    assert networks_of(config).version == version
    here = Version(Path("results/here"))
    for row in rows(config).values():
        assert not row.trained
        assert row.seeds == ((0,) if row.label == "pixels" else (1,))
        wanted = None if row.label == "pixels" else version.weights(row.label, 1)
        assert row.weights_file(here, 1) == wanted
        assert row.varies_with_seed == (row.label != "pixels")


def test_a_network_knows_the_classes_of_its_own_data_or_those_it_was_trained_on(tmp_path):
    assert networks_of(evaluating(trained(tmp_path))).classes(0) == tuple(range(13))
    split = trained(tmp_path, f"{{seeds: [0, 1], classes: {SEEN}}}")
    assert networks_of(evaluating(split)).classes(1) == (0, 1, 2, 3, 4, 5)


def test_titles_seeds_and_images_may_differ(tmp_path):
    version = trained(tmp_path)
    for text in ("losses: {softmax: {title: S}}", "seeds: [1, 0]", "split: {train: 1000}"):
        assert networks_of(evaluating(version, text))


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
            "seeds: [0, 2]",
            r"there is no .*select/softmax/2.npz; leave out the row softmax or seed 2",
        ),
        ("losses: {mine: {loss: softmax}}", r"there is no .*select/mine/0.npz; leave out the row"),
        (f"classes: {SEEN}", "nothing is trained here, so classes would have no effect; set it or"),
        ("corruption: {label_noise: 0.1}", "here, so corruption would have no effect; set it or"),
        (
            "search: {trials: 2}",
            "nothing is trained here, so search would have no effect; set it or",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(tmp_path, text, sentence):
    config = evaluating(trained(tmp_path), text)
    whole = rows({key: value for key, value in config.items() if key != "search"})
    with pytest.raises(
        DiscernError, match=f"the configuration: evaluation.trained_in: .*{sentence}"
    ):
        read_networks(config, whole.values())


def test_a_version_that_is_not_finished_is_refused_by_name(tmp_path):
    folder = re.escape(str(tmp_path))
    with pytest.raises(
        DiscernError, match=f"trained_in: {folder} is no finished version; name its"
    ):
        networks_of(evaluating(Version(tmp_path)))
