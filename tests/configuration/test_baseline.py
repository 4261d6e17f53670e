"""A baseline's rows stand beside those trained here, or one sentence says what differs."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml

from configuration.shipped import laid_over, with_change
from discern.configuration.baseline import (
    differing_settings,
    read_baselines,
    refuse_incomparable,
    with_baselines,
    with_published,
)
from discern.configuration.plan import Plan
from discern.configuration.rows import rows
from discern.configuration.snapshot import snapshot
from discern.errors import DiscernError
from discern.files import files_below
from discern.results import Version
from plain_files import write_bytes, write_json

CODE = "c" * 64
LOSSES = "losses: {cosface: false, triplet_semihard: false, contrastive: false, sphereface: false}"


def configuration(text="", baseline="docs/reference", seeds="[0]"):
    """The shipped configuration with fewer rows, a baseline and the change ``text``."""
    config = with_change(f"baseline: {baseline}\nseeds: {seeds}\n{LOSSES}")
    for label in ("intra_triplet", "triplet_softmax"):
        config["losses"][label] = False
    changed = yaml.safe_load(text) or {}
    for key, value in changed.items():
        old = config.get(key)
        config[key] = laid_over(old, value) if isinstance(old, dict) else value
    return config


def publish(folder, seeds="[0, 1]", text="", code=CODE):
    """A publication of the rows of :func:`configuration` in ``folder``."""
    config = configuration(text, "null", seeds)
    version, made = Version(folder), rows(config)
    for row in made.values():
        for seed in row.seeds:
            write_bytes(version.outcomes(row.label, seed), f"{row.label} {seed}".encode())
    write_bytes(version.configuration, yaml.safe_dump(snapshot(config)).encode())
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_below(folder)
        if path != version.manifest
    }
    empty = {"inputs": {}, "outputs": {}, "code": code}
    stated = json.loads(json.dumps([asdict(row) for row in made.values()]))
    stages = {
        "report/record.json": {"stage": "report", "parameters": {"rows": stated}, **empty},
        "measure/softmax/0.record.json": {"stage": "measure", "parameters": {}, **empty},
    }
    write_json(version.manifest, {"records": {}, "files": files, "stages": stages})
    return version


@pytest.fixture(autouse=True)
def published(tmp_path, monkeypatch):
    """A working directory with pixels and softmax published, softmax with two seeds."""
    monkeypatch.chdir(tmp_path)
    publish(tmp_path / "docs/reference")


def compared(config):
    """The rows of ``config`` and its baselines, which must be comparable."""
    baselines = read_baselines(config)
    refuse_incomparable(config, baselines, CODE)
    extended = with_baselines(config, baselines)
    return with_published(rows(extended), config["losses"], baselines), extended


def seeds_of(found):
    return {label: (row.seeds, sorted(row.published)) for label, row in found.items()}


def refused(config, sentence):
    with pytest.raises(DiscernError) as caught:
        compared(config)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("the configuration: ")


SEARCH = "search: {trials: 2, learning_rates: [0.001, 0.002], seed: 0}"


@pytest.mark.parametrize("changes", ["{}", SEARCH])
def test_without_a_baseline_nothing_changes(changes):
    config = configuration(changes, baseline="null")
    found, extended = compared(config)
    assert (found, extended) == (rows(config), config)


MINE = "losses: {pixels: false, softmax: false, mine: {loss: softmax, dropout: 0.1}}"


def test_a_new_row_stands_beside_all_published_ones_with_all_their_seeds():
    config = configuration("losses: {mine: {loss: cosface}}")
    del config["losses"]["softmax"]
    assert seeds_of(compared(config)[0]) == {
        "pixels": ((0,), ["0"]),
        "mine": ((0,), []),
        "softmax": ((0, 1), ["0", "1"]),
    }


def test_a_row_that_is_false_is_left_out_of_the_baseline_too():
    assert list(compared(configuration(MINE))[0]) == ["mine"]


@pytest.mark.parametrize(
    ("there", "here", "mapped"),
    [
        ("none", "all", []),
        ("first", "all", [0]),
        ("all", "first", [0]),
        ("all", "all", [0, 1, 2]),
        ("all", "none", []),
    ],
)
def test_a_published_row_has_only_maps_that_were_published(tmp_path, there, here, mapped):
    publish(tmp_path / "docs/reference", text=f"tsne: {{mapped_seeds: {there}}}")
    found, _ = compared(configuration(f"tsne: {{mapped_seeds: {here}}}", seeds="[0, 1, 2]"))
    row = found["softmax"]
    assert [seed for seed in row.seeds if row.has_map(seed)] == mapped


def test_only_the_seeds_that_are_not_published_are_made():
    found, _ = compared(configuration(seeds="[2, 1]"))
    assert found["softmax"].seeds == (0, 1, 2)
    plan = Plan(found, Version(Path("v")), "test", is_search=False)
    assert [(row.label, seed) for row, seed in plan.made] == [("softmax", 2)]
    records = {str(path) for path in plan.records() if "softmax" in str(path)}
    assert not {name for name in records if "/0" in name or "/1" in name}
    assert "v/train/softmax/2/record.json" in records
    measures = [str(path) for path in plan.each(Version.measures)]
    assert measures == [
        *("docs/reference/measure/pixels/0.json", "docs/reference/measure/softmax/0.json"),
        *("docs/reference/measure/softmax/1.json", "v/measure/softmax/2.json"),
    ]


def test_the_settings_of_the_version_are_those_of_one_without_a_baseline():
    _, extended = compared(configuration(seeds="[0, 1, 2]"))
    assert snapshot(extended) == snapshot(configuration(baseline="null", seeds="[0, 1, 2]"))


def test_two_baselines_may_share_a_row_but_no_seed(tmp_path):
    publish(tmp_path / "docs/more", "[2]", "losses: {pixels: false}")
    both = "[docs/reference, docs/more]"
    found, _ = compared(configuration("losses: {mine: {loss: cosface}}", both))
    assert found["softmax"].published == {
        **dict.fromkeys("01", "docs/reference"),
        "2": "docs/more",
    }
    publish(tmp_path / "docs/more", "[1]", "losses: {pixels: false}")
    sentence = "docs/reference and docs/more both have seed 1 of softmax; name one of them"
    refused(configuration("losses: {mine: {loss: cosface}}", both), sentence)


def test_where_everything_is_published_all_is_ranked_and_no_training_made():
    found, _ = compared(configuration())
    assert seeds_of(found) == {"pixels": ((0,), ["0"]), "softmax": ((0, 1), ["0", "1"])}
    plan = Plan(found, Version(Path("v")), "test", is_search=False)
    assert plan.made == plan.page_embeddings == []
    assert {path.parent.name for path in plan.records()} == {
        *("download", "split", "compare", "figures", "report"),
    }
    assert str(plan.each(Version.outcomes)[0]) == "docs/reference/measure/pixels/0.npz"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "data: {sha256: {t10k-images: another}}",
            "docs/reference was made with data.sha256.t10k-images 0fa7898d",
        ),
        ("split: {test: 500}", "made with split.test none, not 500; set it to the same"),
        ("classes: {train: [0, 1], unseen: [2, 3]}", "made with classes none, not {"),
        ("evaluation: {neighbours: 7, queries: test}", "evaluation.neighbours 5, not 7"),
        ("evaluation: {queries: validation, neighbours: 5}", "queries test, not validation"),
        (
            "evaluation: {trained_in: results/a}",
            "evaluation.trained_in none, not results/a",
        ),
        ("training: {epochs: 3}", "made with training.epochs 100, not 3"),
        ("losses: {softmax: {dropout: 0.1}}", "made with losses.softmax.dropout 0.5, not 0.1"),
    ],
)
def test_other_data_queries_or_settings_are_refused(change, sentence):
    refused(configuration(change, seeds="[0, 2]"), sentence)


NOISE, TAIL = "{label_noise: 0.2}", "{imbalance: 100}"


@pytest.mark.parametrize(
    ("there", "here", "sentence"),
    [
        (NOISE, TAIL, "made with corruption.label_noise 0.2, not none; "),
        (NOISE, "{label_noise: 0.2, imbalance: 100}", "with corruption.imbalance none, not 100"),
        ("{label_noise: 0.2, imbalance: 100}", TAIL, "with corruption.label_noise 0.2, not none"),
        ("null", TAIL, 'made with corruption none, not {"imbalance": 100}; '),
    ],
)
def test_images_that_are_corrupted_in_another_way_are_refused(tmp_path, there, here, sentence):
    publish(tmp_path / "docs/reference", text=f"corruption: {there}")
    compared(configuration(f"corruption: {there}", seeds="[0, 2]"))
    refused(configuration(f"corruption: {here}", seeds="[0, 2]"), sentence)


def test_a_row_of_a_network_and_one_of_given_embeddings_are_not_the_same():
    given = {"embeddings": {"test": "a.npz"}}
    sides = [snapshot(configuration()) for _ in range(2)]
    sides[1]["losses"] = {**sides[1]["losses"], "softmax": given}
    assert [each.key for each in differing_settings(*sides)] == ["losses.softmax.embeddings"]
    sides[0]["losses"] = {**sides[0]["losses"], "softmax": given}
    assert differing_settings(*sides) == []


def test_networks_that_were_trained_on_other_images_are_refused():
    config = configuration(seeds="[0, 2]")
    (found,) = read_baselines(config)
    found = replace(found, settings={**found.settings, "trained_on": {"sha256": "a"}})
    with pytest.raises(DiscernError, match=r"reference was made with trained_on.sha256 a, not b; "):
        refuse_incomparable(config | {"trained_on": {"sha256": "b"}}, [found], CODE)
    noise, tail = {"label_noise": 0.2}, {"imbalance": 100}
    found = replace(found, settings={**found.settings, "trained_on": {"corruption": noise}})
    with pytest.raises(DiscernError, match=r"made with trained_on.corruption.label_noise 0.2, "):
        refuse_incomparable(config | {"trained_on": {"corruption": tail}}, [found], CODE)


def test_a_seed_has_the_same_classes_as_in_the_baseline(tmp_path):
    splits = "[{train: [0, 1], unseen: [2, 3]}, {train: [2, 3], unseen: [0, 1]}]"
    publish(tmp_path / "docs/reference", text=f"classes: {splits}")
    compared(configuration(f"classes: {splits}", seeds="[0, 1, 2]"))
    sentence = "baseline: seed 0 has other classes in docs/reference; list seeds in the order of "
    refused(configuration(f"classes: {splits}", seeds="[1, 0]"), sentence)
    sentence = "seeds lacks 1, which docs/reference has with classes of its own; list the seeds of "
    refused(configuration(f"classes: {splits}", seeds="[0, 2]"), sentence)


def test_a_row_may_have_another_title_here(tmp_path):
    publish(tmp_path / "docs/reference", text="losses: {softmax: {title: Theirs}}")
    found, _ = compared(configuration("losses: {softmax: {title: Mine}}", seeds="[0, 2]"))
    assert found["softmax"].title == "Mine"


def test_a_new_row_has_another_title_than_any_published_one():
    title = rows(configuration())["softmax"].title
    config = configuration(f"losses: {{mine: {{loss: cosface, title: {title}}}}}")
    del config["losses"]["softmax"]
    refused(config, f"losses.mine and losses.softmax have the same title, {title}; give one")


def test_measures_of_other_code_are_refused(tmp_path):
    publish(tmp_path / "docs/reference", code="d" * 64)
    refused(configuration(seeds="[2]"), "docs/reference was measured by another version of the")


def test_a_damaged_or_an_older_publication_or_none_is_refused(tmp_path):
    version = Version(tmp_path / "docs/reference")
    version.outcomes("softmax", 1).write_bytes(b"changed")
    sentence = "baseline: docs/reference/measure/softmax/1.npz has changed; restore the folder"
    refused(configuration(), sentence)
    version.outcomes("softmax", 1).unlink()
    refused(configuration(), "measure/softmax/1.npz is missing; restore the folder")
    manifest = json.loads(version.manifest.read_text())
    del manifest["files"]["measure/softmax/1.npz"]
    write_json(version.manifest, manifest)
    sentence = (
        "holds no measure/softmax/1.npz, so nothing can be compared with it; publish it again"
    )
    refused(configuration(), f"docs/reference {sentence}, without --brief")
    refused(configuration(baseline="docs/refrence"), "docs/refrence is no published version; name")


def test_a_search_has_no_baseline():
    config = configuration("search: {trials: 2}")
    refused(config, "a search is not compared with a baseline; set one of them to null")
