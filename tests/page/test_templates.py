"""The page shows every row, its numbers and its pictures, and nothing foreign."""

import re
from dataclasses import replace

import pytest

from discern.files import read_json
from discern.measures.catalogue import HEADLINES, MEASURES, named
from discern.ranking import leaderboard
from discern.ranking.comparisons import Comparisons, Evidence, Pair
from html_elements import read
from page_inputs import KINDS, ROWS, page_of, write_version
from plain_files import write_json
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

UNTESTED = Pair("pixels", "softmax", 1, -0.01, None, Evidence(-0.02, 0.01))
ONE_SEED = Comparisons(
    "knn_accuracy", True, {"pixels": {}, "softmax": {}}, {"knn_accuracy": [UNTESTED]}
)

EVIL = "\"'> <script>alert(1)</script> onclick=alert(2) &amp;"


SHOWN = (
    "map_at_r",
    "equal_error_rate",
    "knn_accuracy",
    "intra_class_variance",
    "inter_class_variance",
    "variance_ratio",
)
EXCEPTIONS = {"own_distance": "; in the row's own distance", "native": "; of native embeddings"}


def test_the_leaderboard_has_a_line_for_each_row_the_best_first(page):
    head, *cells = page.tables[0]
    titles = [f"{m.title}, %" if m.percent else m.title for m in MEASURES]
    assert head == ["row", "beaten by", *titles, "seeds", "epoch"]
    knn = head.index("k-NN accuracy, %")
    assert [[*line[:2], line[knn], *line[-2:]] for line in cells] == [
        ["Large margin cosine", "1", "99.17 25.00 to 75.00", "2", "13, 17"],
        ["Softmax", "0", "99.03 [20.00 to 80.00]", "1", "13"],
        ["Raw pixels", "0", "96.88 [20.00 to 80.00]", "1", "–"],
    ]
    assert {len(line) for line in cells} == {len(head)}


def test_the_leaderboard_shows_what_answers_and_hides_the_other_columns(page):
    (table,) = [each for each in page.all("table") if each.attributes.get("class") == "sortable"]
    for row in table.all("tr"):
        seen = [c for c in row.all("th", "td") if "hidden" not in c.attributes][1:]
        assert [c.attributes["data-column"] for c in seen] == ["beaten_by", *SHOWN]


def test_the_headline_is_shown_whichever_it_is(page_with):
    known = replace(ONE_SEED, headline="silhouette", pairs={"silhouette": [UNTESTED]})
    page = page_with(PIXELS, SOFTMAX, accuracies=(0.9, 0.91), comparisons=known)
    shown = [head for head in page.all("thead")[0].all("th") if "hidden" not in head.attributes]
    assert "silhouette" in [head.attributes["data-column"] for head in shown]
    assert page.tables[1][1][2] == "+0.010 −0.010 to +0.020"


def test_every_measure_is_a_column_that_can_be_chosen_by_its_definition(page, lines):
    boxes = [box for box in page.all("input") if box.attributes.get("name") == "column"]
    names = [measure.name for measure in MEASURES]
    assert [box.attributes["value"] for box in boxes] == [*names, "seeds", "epoch"]
    assert [b.attributes["value"] for b in boxes if "checked" in b.attributes] == list(SHOWN)
    (choice,) = [each for each in page.all("ul") if each.attributes.get("class") == "columns"]
    for item, measure in zip(choice.all("li"), MEASURES, strict=False):
        distance = {
            "own_distance": "; in the row's own distance",
            "native": "; of native embeddings",
        }
        words = f"{measure.title} {measure.definition}{distance.get(measure.basis, '')}"
        assert item.text == " ".join(words.split())
    table = page.all("tbody")[0]
    for row, label in zip(table.all("tr"), ("cosface", "softmax", "pixels"), strict=True):
        for cell, measure in zip(row.all("td")[1:], MEASURES, strict=False):
            value = lines[label].mean(measure)
            assert cell.attributes["data-order"] == ("" if value is None else str(value))
            assert cell.text.split()[0] == measure.shown(value).removesuffix(" %")


def test_bold_is_what_no_row_beats_and_nothing_where_nothing_was_tested(page):
    # of pixels and cosface, pixels is significantly better; softmax differs from none
    rows = page.all("tbody")[0].all("tr")
    bold = {
        row.one("a").text: [
            cell.attributes["data-column"]
            for cell in row.all("td")
            if cell.attributes.get("class") == "best"
        ]
        for row in rows
    }
    assert bold == {
        "Large margin cosine": [],
        "Softmax": ["knn_accuracy"],
        "Raw pixels": ["knn_accuracy"],
    }


def test_an_interval_ends_where_the_range_of_the_measure_ends(page):
    head, first, *_ = page.tables[0]
    assert first[head.index("intra-class variance")].endswith(" 0.000 to 0.300")


def test_the_rule_of_the_intervals_and_of_better_rows_is_said_above_the_table(page, lines):
    sentences = leaderboard.explanation(list(lines.values()), named("knn_accuracy"))
    assert "Holm's correction for all tested pairs" in sentences
    assert sentences in page.text


def test_the_differences_stand_once_per_pair_and_are_coloured_by_their_adjusted_p(page):
    # of pixels and cosface, pixels and softmax, cosface and softmax: 0.01, 0.02 and 0.03 apart,
    # with p of 0.03, 0.06 and 0.09
    head, *cells = page.tables[1]
    assert head == ["pair", "0 −50.00+50.00", "difference", "p"]
    (zero,) = page.all("thead")[1].one("div").all("span")
    assert zero.attributes["style"] == "left: 50.0%"
    assert cells == [
        ["Large margin cosine − Softmax", "", "+3.00 −50.00 to +50.00", "0.09"],
        ["Large margin cosine − Raw pixels", "", "−1.00 −50.00 to +50.00", "0.03"],
        ["Softmax − Raw pixels", "", "−2.00 −50.00 to +50.00", "0.06"],
    ]
    bars = page.all("tbody")[1].all("svg")
    assert [bar.attributes["class"] for bar in bars] == ["alike", "worse", "alike"]
    parts = [part.attributes["d"] for part in bars[0].all("path")]
    assert parts == ["M50.0 0V10", "M0.0 5H100.0", "M53.0 1V9"]


def test_the_matrix_of_the_differences_is_folded_away(page):
    (folded,) = [e for e in page.all("details") if e.one("summary").text.endswith("as a matrix")]
    (table,) = folded.tables
    assert table == [
        ["", "Large margin cosine", "Softmax", "Raw pixels"],
        ["Large margin cosine", "", "+3.00", "−1.00"],
        ["Softmax", "−3.00", "", "−2.00"],
        ["Raw pixels", "+1.00", "+2.00", ""],
    ]
    marks = [cell.attributes.get("class") for cell in folded.all("td")[1:]]
    assert marks == [None, None, "worse", None, None, None, "better", None, None]


def test_the_verdict_stands_under_the_title(page):
    title, words = page.one("header").all("h1", "p")[:2]
    assert title.text == "Which loss?"
    assert "has the highest variance ratio" in words.text
    assert "54,000 training images and 10,000 test images" in words.text


def test_with_one_seed_nothing_is_called_a_mean_over_seeds_or_tested(page_with):
    page = page_with(PIXELS, SOFTMAX, accuracies=(0.9, 0.91), comparisons=ONE_SEED)
    for words in ("over seeds", "p below", "Bold", "Holm"):
        assert words not in page.text, words
    assert "compares trained networks, not losses" in page.text
    assert page.tables[1][0][-1] == "difference"


def test_each_section_says_what_its_loss_was_given_and_repeats_no_measure(page):
    cosface, softmax, pixels = (section.terms for section in page.sections)
    distances = [next(iter(terms.values())) for terms in (pixels, cosface, softmax)]
    assert distances == ["Euclidean distance", "cosine distance", "cosine distance"]
    assert (cosface["scale"], cosface["margin"], softmax["dropout"]) == ("20.0", "0.35", "0.5")
    assert (cosface["learning rate"], cosface["selected epoch"]) == ("0.004", "13, 17")
    assert {"learning rate", "selected epoch", "classifier accuracy"} & set(pixels) == set()
    for terms in (pixels, cosface, softmax):  # the leaderboard has them
        assert not {measure.title for measure in HEADLINES} & set(terms)


def test_a_section_names_the_network_and_what_is_different_in_it(page_with):
    own = {"name": "lenet", "embedding_dim": 64}
    narrow = replace(SOFTMAX, own_network=own, network_title="LeNet-5")
    page = page_with(PIXELS, COSFACE, narrow, accuracies=[0.9, 0.8, 0.7, 0.6])
    pixels, cosface, softmax = (section.terms for section in page.sections)
    assert (softmax["network"], softmax["network.embedding_dim"]) == ("LeNet-5", "64")
    assert cosface["network"] == "Original"
    assert [name for name in {**pixels, **cosface} if "network" in name] == ["network"]
    assert "network" not in pixels


def test_the_page_says_what_was_done_with_how_many_images(page):
    words = page.one("header").text
    for part in ("54,000 images", "6,000 validation images", "10,000 test images", "5 neighbours"):
        assert part in words
    assert page.one("title").text == page.one("h1").text == "Which loss?"


def test_a_section_names_the_worst_confusions_and_each_classs_accuracy(page):
    cosface, softmax, _ = page.sections
    # the first training of cosface has the number 1, softmax's is 3: so often is 4 taken for 9
    assert "4 taken for 9 (1), 7 taken for 1 (1)." in cosface.text
    assert "4 taken for 9 (3), 7 taken for 1 (1)." in softmax.text
    ((head, line),) = softmax.tables
    assert head == ["class", *"0123456789"]
    right = "100.0 100.0 100.0 100.0 85.0 100.0 100.0 95.0 100.0 100.0"
    assert line == ["k-NN accuracy, %", *right.split()]


@pytest.mark.parametrize(
    ("accuracy", "word"), [(0.95, "understates"), (0.99, "overstates"), (0.97, "reflects")]
)
def test_a_map_that_separates_more_or_less_than_its_embedding_is_called_so(
    version, lines, accuracy, word
):
    of_map = {"map_knn_accuracy": accuracy, "embedding_knn_accuracy": 0.97}
    first = {**lines["pixels"].measures[0], **measures_of(0.9, trained=False, **of_map)}
    changed = replace(lines["pixels"], measures=[first])
    (section,) = read(page_of(version, lines=[changed])).sections
    assert section.one("strong").text == word


def test_each_rows_first_seed_has_its_pictures_and_the_others_are_named(page):
    cosface, softmax, pixels = page.sections
    distances = "Distances of pairs of the same and of different classes, Raw pixels, seed 0"
    assert pixels.pictures == [
        ("t-SNE map of Raw pixels, seed 0", ("map", 0)),
        ("Confusions of the k-NN classification, Raw pixels, seed 0", ("confusions", 0)),
        (distances, ("distances", 0)),
    ]
    kinds = ("map", "confusions", "distances", "curves")
    assert [figure for _, figure in cosface.pictures] == [(kind, 1) for kind in kinds]
    assert [alternative[-6:] for alternative, _ in cosface.pictures] == ["seed 3"] * 4
    assert "figures/cosface/" in cosface.text
    assert "figures/" not in pixels.text + softmax.text
    assert [figure for _, figure in softmax.pictures] == [(kind, 3) for kind in kinds]


def test_the_data_of_each_figure_can_be_saved(version, page, lines):
    saved = page.downloads
    for number, name in ((0, "pixels-0"), (1, "cosface-3"), (3, "softmax-3")):
        for kind in KINDS if number else KINDS[:-1]:
            assert saved.pop(f"{name}-{kind}.csv") == f"kind,number\n{kind},{number}\n".encode()
    assert saved.pop("separation.csv") == b"kind,number\nmap,8\n"
    assert saved.pop("verification.csv") == b"kind,number\nmap,9\n"
    ranking = leaderboard.in_order(list(lines.values()), named("knn_accuracy"))
    assert saved.pop("leaderboard.csv").decode() == leaderboard.as_csv(ranking)
    assert saved.pop("comparisons.json") == version.comparisons.read_bytes()
    assert saved == {}


def test_an_embedding_in_the_plane_is_called_so_and_no_map(page_with):
    (section,) = page_with(replace(SOFTMAX, map="embedding")).sections
    assert section.pictures[0][0] == "Two-dimensional embedding of Softmax, seed 3"


def test_a_page_without_images_holds_none(version, html):
    sheet = re.compile(r"\.sheet-\d+ { background-image: url")
    assert len(sheet.findall(html)) == 2
    without = page_of(version, images=None)
    assert sheet.findall(without) == []


def test_neighbours_are_only_on_a_page_with_images(version, html):
    without = page_of(version, images=None)
    for said in (" and its nearest neighbours in each row", '"neighbours0"'):
        assert said in html
        assert said not in without


def test_the_page_loads_nothing(page):
    held = ("data:image/webp;base64,", "data:text/csv;base64,", "data:text/json;base64,", "#")
    for element in page.all():
        assert element.name not in ("link", "iframe", "object", "embed", "base"), element
        for name, given in element.attributes.items():
            value = given or ""
            assert not name.startswith("on"), (element.name, name)
            if name in ("src", "href", "srcset", "action", "data", "poster", "background"):
                assert value.startswith(held), value[:80]
                assert element.name != "script"
            else:
                assert name == "xmlns" or "//" not in value, value[:80]
                assert "url(" not in value
    style = "".join(child for element in page.all("style") for child in element.children)
    assert set(re.findall(r"url\(([^,]*)", style)) == {"data:image/webp;base64"}
    assert "@import" not in style


def test_every_link_leads_to_one_place_in_the_page(page):
    names = [e.attributes["id"] for e in page.all() if "id" in e.attributes]
    assert len(names) == len(set(names))
    inner = [element for element in page.all("a") if "download" not in element.attributes]
    links = [element.attributes["href"].removeprefix("#") for element in inner]
    for row in ROWS:
        assert links.count(row.label) == 1  # from the leaderboard
    for element in page.all():
        links += element.attributes.get("aria-labelledby", "").split()
    assert set(links) <= set(names)


def test_what_can_be_scrolled_can_be_reached_by_key_and_has_a_name(page):
    regions = [e for e in page.all("div") if e.attributes.get("role") == "region"]
    assert len(regions) >= len(page.all("table"))
    for region in regions:
        assert region.attributes["tabindex"] == "0"
        assert region.attributes["aria-label"]
    assert all(image.attributes["alt"] for image in page.all("img"))


@pytest.mark.parametrize("label", ["separation", "leaderboard", "maps", "verification"])
def test_a_row_may_have_the_name_of_a_part_of_the_page(page_with, label):
    page = page_with(PIXELS, replace(SOFTMAX, label=label))
    link = page.all("table")[0].all("a")[0]
    assert link.text == "Softmax"
    targets = [e for e in page.all() if "#" + e.attributes.get("id", "") == link.attributes["href"]]
    assert [target.attributes["aria-label"] for target in targets] == ["Softmax"]


ATTRIBUTES = """
id for href src alt class title scope role tabindex lang charset name content aria-labelledby
aria-label width height download type style data-order data-column data-first hidden value checked
loading decoding aria-hidden aria-pressed aria-busy autocomplete selected min required data-mode
data-key data-only r viewbox preserveaspectratio d
xmlns display stretchy fence form mathvariant movablelimits
"""


def test_what_looks_like_html_is_shown_as_it_is_written_wherever_it_stands(page_with):
    words = {"references": (EVIL,), "parameters": {EVIL: 1, "name": EVIL}, "title": EVIL}
    words |= {"network_title": EVIL}
    label = EVIL.replace("/", "")
    page = page_with(PIXELS, replace(SOFTMAX, label=label, **words), title=EVIL)
    assert len(page.all("script")) == 4  # of the tables, of the maps, and the maps' two parts
    scripts = [child for script in page.all("script") for child in script.children]
    assert "<script>alert" not in "".join(scripts)
    attributes = {name for element in page.all() for name in element.attributes}
    assert attributes <= set(ATTRIBUTES.split())
    first = page.sections[0]
    assert first.one("section").attributes["id"] == label
    assert page.one("h1").text == first.one("h3").text == first.one("li").text == EVIL
    assert (first.terms[EVIL], first.terms["name"], first.terms["network"]) == ("1", EVIL, EVIL)
    assert EVIL in page.tables[0][1]
    assert first.pictures[0][0] == f"t-SNE map of {EVIL}, seed 3"


def test_the_page_says_that_it_is_utf_8(page, html):
    assert page.all("meta")[0].attributes == {"charset": "utf-8"}
    assert html.startswith("<!doctype html>\n")


def test_without_maps_the_page_has_the_other_results(tmp_path):
    rows = [replace(row, map="none") for row in ROWS]
    version = write_version(tmp_path, rows)
    for row in rows:
        for seed in row.seeds:
            path = version.measures(row.label, seed)
            write_json(path, read_json(path) | {"map": None})
    page = read(page_of(version, rows))
    assert "Maps" not in [link.text for link in page.one("nav").all("a")]
    assert "mapped by t-SNE" not in page.text
    assert len(page.sections) == 3
    assert "Most frequent errors" in page.text
