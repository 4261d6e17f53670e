"""What is published of the reference run is whole, and the texts say what its files say."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from statistics import fmean

import pytest
import yaml

from discern.manifests import read_manifest
from discern.resolved import resolved
from discern.texts import Published, filled
from markdown_tables import read_tables

PROJECT = Path(__file__).parents[1]
REFERENCE = PROJECT / "docs/reference"
TEXTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
TITLES = {
    "Raw pixels": "pixels",
    "Softmax": "softmax",
    "Semi-hard triplet": "triplet_semihard",
    "Large margin cosine": "cosface",
    "Intra-enhanced triplet": "intra_triplet",
    "Semi-hard triplet + softmax": "triplet_softmax",
    "A-Softmax": "sphereface",
    "Contrastive": "contrastive",
}
# What stands in a measure file below the title of a column, and the digits that tables show of it.
SHOWN = {
    "k-NN accuracy": (lambda found: 100 * found["knn_accuracy"], 2),
    "MAP@R": (lambda found: 100 * found["map_at_r"], 2),
    "silhouette": (lambda found: found["silhouette"], 3),
    "variance ratio": (lambda found: found["l2_normalised"]["variance_ratio"], 3),
    "equal error rate": (lambda found: 100 * found["verification"]["equal_error_rate"], 2),
    "k-NN accuracy in the map": (lambda found: 100 * found["map"]["knn_accuracy"], 2),
    "trustworthiness of the map": (lambda found: found["map"]["trustworthiness"], 3),
    "adjusted mutual information": (
        lambda found: found["clustering"]["adjusted_mutual_information"],
        3,
    ),
}


@pytest.fixture(scope="module")
def manifest():
    return read_manifest(REFERENCE / "report/manifest.json")


@pytest.fixture(scope="module")
def configuration():
    return yaml.safe_load((REFERENCE / "report/config.yaml").read_text())


def measured(label):
    """The measure files of a row."""
    return [
        json.loads(path.read_text()) for path in sorted((REFERENCE / "measure" / label).glob("*"))
    ]


# the run


def test_it_was_made_with_the_configuration_as_it_is_and_with_nothing_scaled_down(configuration):
    shipped = yaml.safe_load((PROJECT / "config.yaml").read_text())
    preset = yaml.safe_load((PROJECT / "workflow/presets/reference.yaml").read_text())
    expected = resolved(shipped | preset)
    # more rows may have come since
    expected["losses"] = {label: expected["losses"][label] for label in configuration["losses"]}
    assert configuration == expected
    assert list(configuration["losses"]) == list(TITLES.values())
    assert configuration["training"]["epochs"] == 100
    assert configuration["tsne"]["iterations"] == 5000
    assert configuration["tsne"]["perplexity"] == 30


def test_no_stage_of_any_row_was_skipped(manifest, configuration):
    jobs = set(manifest["stages"])
    for label in configuration["losses"]:
        trained = ["train/{}/record.json", "select/{}.record.json"] if label != "pixels" else []
        seeds = configuration["seeds"] if trained else [0]
        for place in (*trained, "embed/{}/record.json", "tsne/{}.record.json"):
            assert {place.format(f"{label}/{seed}") for seed in seeds} <= jobs, (label, place)
        for seed in seeds:
            found = manifest["stages"][f"tsne/{label}/{seed}.record.json"]["parameters"]["settings"]
            assert (found["iterations"], found["perplexity"]) == (5000, 30)
    assert all(found["images"] == 10_000 for label in TITLES.values() for found in measured(label))


def wrong(label, measure):
    """How many of 10,000 images a row gets wrong, the mean over its seeds."""
    return round(10_000 * (1 - fmean(found[measure] for found in measured(label))))


def test_every_row_is_as_good_as_it_should_be():
    by_row = {label: wrong(label, "knn_accuracy") for label in TITLES.values()}
    assert 280 < by_row.pop("pixels") < 340  # LeCun's table: 309 for one neighbour
    assert max(by_row.values()) <= 150, by_row
    assert wrong("softmax", "classifier_accuracy") <= 90


# what is published


def test_files_are_those_that_the_manifest_vouches_for(manifest):
    files = [path for path in REFERENCE.rglob("*") if path.is_file()]
    hashes = manifest["files"]
    for path in files:
        name = str(path.relative_to(REFERENCE))
        if name != "report/manifest.json":
            assert name in hashes
        if name in hashes and path.suffix != ".png":
            assert hashlib.sha256(path.read_bytes()).hexdigest() == hashes[name], name
    small = {"measure", "select"}
    expected = {name for name in hashes if name.split("/")[0] in small and name.endswith(".json")}
    assert expected <= {str(path.relative_to(REFERENCE)) for path in files}


def test_neither_data_nor_weights_are_published():
    files = [path for path in REFERENCE.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {
        ".json",
        ".png",
        ".svg",
        ".csv",
        ".md",
        ".yaml",
        ".html",
    }
    page = (REFERENCE / "report/index.html").read_text()
    assert len(page.encode()) < 15_000_000
    assert "--sheet-0:" not in page
    assert sum(path.stat().st_size for path in files) < 30_000_000


def test_the_manifest_names_the_machine_and_no_folder_of_it(manifest):
    assert re.search(r"\d+ cores, \d+ GiB; Linux ", manifest["machine"])
    text = (REFERENCE / "report/manifest.json").read_text()
    assert not re.search(r"/(root|home|work|Users|tmp)/", text)


# the texts


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_block_was_changed_by_hand(path):
    text = path.read_text(encoding="utf-8")
    # where a line begins with one, Markdown ends the paragraph
    assert not re.search(r"^\s*<!-- \w+: value", text, re.MULTILINE)
    said = Published(REFERENCE, path.parent).block
    assert filled(text, REFERENCE.name, said) == text


def test_the_tables_of_all_texts_say_what_the_measure_files_say():
    checked = 0
    for path in TEXTS:
        for table in read_tables(path.read_text(encoding="utf-8")):
            if not table or not {"row", "rank"} <= table[0].keys():
                continue
            assert {line["row"] for line in table} == TITLES.keys()
            for line in table:
                found = measured(TITLES[line["row"]])
                for title in SHOWN.keys() & line.keys():
                    value, digits = SHOWN[title]
                    expected = f"{fmean(map(value, found)):.{digits}f}"
                    assert line[title].split()[0] == expected, (path.name, line["row"], title)
                    checked += 1
    assert checked > 8 * len(SHOWN)


def test_the_readme_shows_each_rows_map_formula_and_numbers():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^### (.+) \(`(\w+)`\)\n((?:(?!^##).*\n)*)", text, re.MULTILINE)
    assert [(title, label) for title, label, _ in found] == list(TITLES.items())
    sections = {title: section for title, _, section in found}
    for title, label in TITLES.items():
        assert f'"docs/reference/figures/{label}/0/map.png"' in sections[title]
        assert ("```math" in sections[title]) is (label != "pixels")
        (numbers,) = read_tables(sections[title])[0]
        for name in SHOWN.keys() & numbers.keys():
            value, digits = SHOWN[name]
            expected = f"{fmean(map(value, measured(label))):.{digits}f}"
            assert numbers[name].split()[0] == expected, (title, name)
        after = sections[title].split("<!-- end -->")[1]
        assert re.search(r"\w{3,}.*\.\s", after), f"{title} has no sentence on what is seen"


def test_every_picture_and_file_that_texts_name_is_there():
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        linked = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
        for target in linked + re.findall(r'<img src="([^"]+)"', text):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), f"{path.name}: {target}"
