"""The page is made of one version's files, which belong together."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from discern.configuration.rows import rows as rows_of
from discern.data.idx import encode
from discern.errors import DiscernError
from discern.files import write_bytes, write_json
from discern.losses.shared.catalogue import descriptions
from discern.page.class_splits import SharedSplit
from discern.page.page import mathml
from html_elements import read
from page_inputs import (
    ALL_LABELS,
    IMAGES,
    QUERIES,
    RANKED,
    ROWS,
    page_of,
    write_evaluated,
    write_version,
)
from samples import COSFACE, PIXELS, SOFTMAX

PROJECT = Path(__file__).parents[2]


def test_all_rows_of_the_shipped_configuration_are_on_the_page(page_with):
    config = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
    rows = list(rows_of(config).values())
    count = sum(len(row.seeds) for row in rows)
    page = page_with(*rows, accuracies=[0.9 + place / 1000 for place in range(count)])
    rows.reverse()  # the last has the highest accuracy
    assert [section.one("h3").text for section in page.sections] == [row.title for row in rows]
    for row, section in zip(rows, page.sections, strict=True):
        assert len(section.all("math")) == row.trained
        assert ("without training" in section.text) is not row.trained
        assert [item.text for item in section.all("li")] == list(row.references)
        terms = section.terms
        expected = {name: str(value) for name, value in row.parameters.items()}
        assert {name: terms[name] for name in row.parameters} == expected


def test_the_evidence_names_the_data_the_network_and_the_most_epochs(page_with):
    four = (0.9, 0.91, 0.92, 0.8)
    header = page_with(COSFACE, SOFTMAX, PIXELS, accuracies=four).one("header").text
    images = "54,000 training images and 10,000 test images"
    assert f"per trained row, Digits, {images}; network: Original, at most 40 epochs." in header
    header = page_with(PIXELS, replace(PIXELS, label="again")).one("header").text
    assert f"per row, Digits, {images}." in header


def test_the_header_and_the_rows_say_where_other_networks_were_trained(page_with):
    others = [replace(row, trained=False, trained_in="results/a") for row in (COSFACE, SOFTMAX)]
    page = page_with(*others, PIXELS, accuracies=(0.9, 0.91, 0.92, 0.8))
    header = page.one("header").text
    assert "54,000 gallery images and 10,000 test images; network: Original, at most" in header
    assert "epochs, trained in results/a." in header
    assert "The networks were trained in results/a, and the weights with the lowest" in header
    assert "with the 54,000 images of the training part as gallery" in header
    assert "The same network was trained" not in header
    terms = [section.terms.get("network") for section in page.sections]
    assert sorted(map(str, terms)) == ["None", *["Original, trained in results/a"] * 2]
    header = page_with(COSFACE, SOFTMAX, PIXELS, accuracies=(0.9, 0.91, 0.92, 0.8)).one("header")
    assert "The same network was trained on the same 54,000 images with each loss." in header.text
    assert "trained in" not in header.text


def test_rows_whose_trainings_were_cut_short_are_named(page_with):
    assert "ended" not in page_with(COSFACE, SOFTMAX).one("header").text
    header = page_with(COSFACE, SOFTMAX, epochs=25, patience=10).one("header").text
    assert "The maximum of 25 epochs ended 1 of 2 trainings of Large margin cosine" in header


def test_maps_sections_and_choices_stand_in_the_order_of_the_leaderboard(page):
    titles = [row.title for row in RANKED]
    maps = [each.attributes["aria-label"].partition(":")[0] for each in page.all("canvas")]
    assert maps == [f"Map of {title}" for title in titles]
    assert [section.one("h3").text for section in page.sections] == titles
    (bars,) = [each for each in page.all("select") if each.attributes["id"] == "page.bars"]
    assert [each.text for each in bars.all("option")] == titles


def test_the_figure_of_separation_is_shown_before_any_table(page_with):
    page = page_with(PIXELS)
    shown = [e for e in page.all() if e.name in ("img", "table")]
    assert shown[0].attributes["alt"].startswith("Densities of the distances of pairs")
    assert "separation.csv" in [e.attributes.get("download") for e in page.all("a")]


def test_a_row_of_embeddings_from_elsewhere_is_called_so(page_with):
    row = replace(PIXELS, label="mine", given={"train": "a.npz", "test": "b.npz"})
    (section,) = page_with(row).sections
    assert "Embeddings that were made elsewhere, read from files." in section.text
    assert "pixel values" not in section.text


def test_published_rows_have_their_map_and_say_where_the_rest_is(tmp_path):
    home, version = write_version(tmp_path / "docs"), write_version(tmp_path / "made")
    rows = [
        replace(row, map=kind, published={str(seed): str(home.folder) for seed in row.seeds})
        for row, kind in zip(RANKED, ("tsne", "tsne", "none"), strict=True)
    ]
    sections = read(page_of(version, rows)).sections
    assert [len(section.all("img")) for section in sections] == [1, 1, 0]
    blocks = [[each.attributes.get("class") for each in part.all("div")] for part in sections]
    assert ["figures" in block for block in blocks] == [True, True, False]
    texts = [section.text for section in sections]
    assert all("its distances are in the figure of the separation" in text for text in texts)
    assert ["its losses by epoch" in text for text in texts] == [row.trained for row in RANKED]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "predictions and its nearest neighbours in each row. Drag"),
        (2, "in each row, and its nearest neighbours in those that were embedded here. Drag"),
        (3, "predictions in each row. Drag"),
    ],
)
def test_neighbours_are_promised_only_of_rows_that_are_not_published(tmp_path, count, said):
    home, version = write_version(tmp_path / "docs"), write_version(tmp_path / "made")
    published = [
        replace(row, published={str(seed): str(home.folder) for seed in row.seeds})
        for row in ROWS[:count]
    ]
    text = read(page_of(version, [*published, *ROWS[count:]])).text
    assert said in " ".join(text.split())


def test_the_same_inputs_give_the_same_bytes_from_any_folder(html, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert page_of(write_version(Path("elsewhere"))) == html


def test_classes_are_called_by_their_names(page_with):
    names = [f"<class {number}>" for number in range(10)]
    assert page_with(PIXELS, class_names=names).tables[-1][0] == ["class", *names]


def test_the_page_says_which_classes_were_trained_and_which_are_evaluated(page_with):
    splits = [SharedSplit([0, 1, 8], [7, 9], [3]), SharedSplit([2, 4], [5, 6], [4, 8])]
    header = page_with(PIXELS, SOFTMAX, class_splits=splits).one("header")
    assert "With seed 3, the network was trained on the classes 0, 1, 8 only." in header.text
    assert "With the seeds 4, 8, the network was trained on the classes 2, 4 only." in header.text
    assert [classes.text for classes in header.all("strong")] == ["7, 9", "5, 6"]
    # no number of images that holds for one seed alone
    said = " ".join(header.text.split())
    assert "on the same images, those of some classes among 54,000. The weights" in said
    assert "They embed the test images of other classes, which" in said
    assert "Digits, trained classes among 54,000 training images, and test images of c" in said


def test_a_named_class_may_be_in_no_split(page_with):
    split = [SharedSplit([0, 1], [3, 2], [0])]
    with pytest.raises(DiscernError, match=r"has 2 names.*from 0 to 9"):
        page_with(PIXELS, class_splits=split, class_names=["too", "few"])
    names = [f"class-{label}" for label in range(10)]
    header = page_with(PIXELS, class_splits=split, class_names=names).one("header")
    assert [classes.text for classes in header.all("strong")] == ["class-3, class-2"]


@pytest.mark.parametrize("name", sorted(descriptions()))
def test_every_losss_formula_becomes_mathml_without_a_rest_of_latex(name):
    formula = descriptions()[name].formula
    if not formula:
        assert not descriptions()[name].trained
        return
    (element,) = read(str(mathml(formula))).children
    assert (element.name, element.attributes["display"]) == ("math", "block")
    assert re.search(r"[\\{}&^_]", element.text) is None
    assert len(element.all("mfrac")) == len(re.findall(r"\\[td]?frac(?![a-z])", formula))
    sums = len(re.findall(r"\\sum(?![a-z])", formula))
    assert [each.text for each in element.all("mo")].count("∑") == sums


def test_the_signs_of_a_formula_are_no_tags(page_with):
    (section,) = page_with(replace(SOFTMAX, formula=r"a <b> c \& d")).sections
    assert section.all("b") == []
    assert section.one("math").text.replace(" ", "") == "a<b>c&d"


def test_images_that_belong_to_something_else_are_refused(tmp_path):
    version = write_version(tmp_path, [PIXELS])
    write_bytes(version.idx("test_images"), encode(IMAGES[:399]))
    sentence = f"{version.split} refers to image 399 of .*, which holds 399; they belong to differ"
    with pytest.raises(DiscernError, match=sentence):
        page_of(version, [PIXELS])
    write_evaluated(version, ALL_LABELS, QUERIES[1:])
    with pytest.raises(DiscernError, match=f"{version.split} has other test images than those"):
        page_of(version, [PIXELS])


@pytest.mark.parametrize("content", [[], {}, {"train": {"images": 3}}, {"train": 1}], ids=str)
def test_a_split_summary_without_numbers_is_damaged(tmp_path, content):
    version = write_version(tmp_path, [PIXELS])
    write_json(version.split_summary, content)
    with pytest.raises(DiscernError, match=r"split\.json does not count .*; delete it"):
        page_of(version, [PIXELS])
