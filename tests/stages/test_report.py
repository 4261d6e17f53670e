"""The page is one file that shows every row, its numbers and its pictures, and nothing foreign."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from command_lines import assert_is_program, assert_one_sentence
from discern import configuration
from discern.leaderboard import COLUMNS, HEADLINES
from discern.losses.catalogue import records
from discern.stages import report
from page_inputs import KINDS, ROWS, SPLIT, Project, colour_of
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

PROJECT = Path(__file__).parents[2]
VOID = {"meta", "img", "br", "hr", "link", "input", "base", "source", "embed"}
EVIL = "\"'> <script>alert(1)</script> onclick=alert(2) &amp;"


class Element:
    """An element of a page: its name, attributes, children, and the text within."""

    def __init__(self, name, attributes):
        self.name = name
        self.attributes = attributes
        self.children = []

    @property
    def text(self):
        if self.name in ("script", "style"):
            return ""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join("".join(parts).split())

    def all(self, *names):
        """The elements below of one of ``names``, of any name without."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    found.append(child)
                found += child.all(*names)
        return found

    def one(self, name):
        (found,) = self.all(name)
        return found


class Reader(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order, and each attribute comes once."""

    def __init__(self, page):
        super().__init__()
        self.open = [Element("page", {})]
        self.feed(page)
        self.close()
        assert [element.name for element in self.open] == ["page"], "not closed"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop().name == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(page):
    return Reader(page).open[0]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished report of ``ROWS``."""
    project = Project(tmp_path_factory.mktemp("report"))
    assert project.run(project.prepare()) == 0
    return project


@pytest.fixture(scope="module")
def page(made):
    return read_page(made)


def read_page(project):
    return read(project.page_file.read_text(encoding="utf-8"))


def sections(page):
    return page.all("section")


def terms(section):
    """What a row's section says of it: names and values."""
    (listing,) = section.all("dl")
    names, values = ([element.text for element in listing.all(kind)] for kind in ("dt", "dd"))
    assert len(names) == len(set(names))
    return dict(zip(names, values, strict=True))


def pictures(element):
    """Each picture's alternative text, and what figure it is by its colour."""
    found = []
    for image in element.all("img"):
        head, _, data = image.attributes["src"].partition(",")
        assert head == "data:image/webp;base64"
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as opened:
            size = tuple(int(image.attributes[side]) for side in ("width", "height"))
            assert opened.size == size
            seen = opened.convert("RGB").getpixel((5, 5))
        (figure,) = (
            (kind, number)
            for kind in KINDS
            for number in range(10)
            if max(abs(a - b) for a, b in zip(colour_of(kind, number), seen, strict=True)) < 6
        )
        found.append((image.attributes["alt"], figure))
    return found


def downloads(element):
    """Each file that can be saved: its name and content."""
    found = {}
    for link in element.all("a"):
        if "download" in link.attributes:
            name, (_, _, data) = link.attributes["download"], link.attributes["href"].partition(",")
            content = base64.b64decode(data, validate=True)
            found[name] = gzip.decompress(content) if name.endswith(".gz") else content
    return found


def tables(page):
    """The cells of each table in the page, its head first."""
    return [
        [[cell.text for cell in row.all("th", "td")] for row in found.all("tr")]
        for found in page.all("table")
    ]


def table(page):
    """The cells of the leaderboard in the page, its head first."""
    return tables(page)[0]


# the rows


def test_the_page_has_a_section_for_each_row_in_the_configurations_order(page):
    headings = [(s.one("h2").attributes["id"], s.one("h2").text) for s in sections(page)]
    assert headings == [(row["label"], row["title"]) for row in ROWS]


def test_the_leaderboard_has_a_line_for_each_row_the_best_first(page):
    head, *lines = table(page)
    titles = [f"{c.title}, %" if c.percent else c.title for c in HEADLINES]
    assert head == ["rank", "row", *titles, "epoch"]
    assert [line[0] for line in lines] == ["2", "3", "1"]
    assert [line[1] for line in lines] == ["Large margin cosine", "Softmax", "Raw pixels"]
    assert [line[-1] for line in lines] == ["13, 17", "13", "–"]
    assert [line[2] for line in lines] == [
        f"{accuracy} 25.00 to 75.00" for accuracy in ("99.17", "99.03", "96.88")
    ]
    assert {len(line) for line in lines} == {len(head)}


def test_the_page_and_both_files_have_the_same_rows_and_numbers(made, page):
    _, *lines = table(page)
    _, _, *markdown = (made.made / "leaderboard.md").read_text().splitlines()
    for line, row, text in zip(lines, made.leaderboard, markdown, strict=True):
        cells = text.strip("| ").split(" | ")
        assert [line[0], line[1], line[-1]] == [cells[1], cells[0], cells[2]]
        assert line[:2] == [row["rank"], row["title"]]
        for cell, rounded, column in zip(line[2:-1], cells[3:], HEADLINES, strict=True):
            value = row[column.name]
            number = float(value) * (100 if column.percent else 1) if value else None
            shown = "–" if number is None else f"{number:.{2 if column.percent else 3}f}"
            assert cell.split(" ")[0] == rounded.split(" ")[0] == shown


def test_cells_are_ordered_by_numbers_with_every_digit(made, page):
    body = page.all("tbody")[0]
    for line, row in zip(body.all("tr"), made.leaderboard, strict=True):
        found = [cell.attributes["data-order"] for cell in line.all("td")[1:-1]]
        assert found == [row[column.name] for column in HEADLINES]


def test_the_best_of_each_judging_column_is_bold(page):
    lines = page.all("tbody")[0].all("tr")
    for place, column in enumerate(HEADLINES, start=1):
        cells = [line.all("td")[place] for line in lines]
        values = [float(cell.attributes["data-order"] or "nan") for cell in cells]
        bold = {v for v, cell in zip(values, cells, strict=True) if "class" in cell.attributes}
        known = [value for value in values if value == value]
        best = {"higher": {max(known)}, "lower": {min(known)}, None: set()}[column.better]
        assert bold == best, column.name


def test_what_the_number_of_images_leaves_to_chance_is_computed(page):
    error = 1 - (0.9911 + 0.9923) / 2
    chance = 1.96 * (error * (1 - error) / 10_000) ** 0.5
    assert f"At {100 * error:.2f} % error, 10,000 images leave ± {100 * chance:.2f} %" in page.text


def test_pairs_of_rows_are_told_apart_by_their_adjusted_p(page):
    # of pixels and cosface, pixels and softmax, cosface and softmax: 0.01, 0.02 and 0.03 apart,
    # with p of 0.03, 0.06 and 0.09
    head, *lines = tables(page)[1]
    assert head == ["", "Raw pixels", "Large margin cosine", "Softmax"]
    assert lines == [
        ["Raw pixels", "", "+1.00 p = 0.03", "+2.00 p = 0.06"],
        ["Large margin cosine", "−1.00 p = 0.03", "", "+3.00 p = 0.09"],
        ["Softmax", "−2.00 p = 0.06", "−3.00 p = 0.09", ""],
    ]
    cells = [cell for line in page.all("tbody")[1].all("tr") for cell in line.all("td")]
    marks = [cell.attributes.get("class") for cell in cells]
    assert marks == [*(None, "better", None), *("worse", None, None), *(None, None, None)]


def test_every_measure_stands_in_one_table_with_its_meaning(made, page):
    head, *lines = tables(page)[2]
    assert head == ["measure", *(row["title"] for row in ROWS), "what it says"]
    rows = {row["label"]: row for row in made.leaderboard}
    for line, column in zip(lines, COLUMNS, strict=True):
        values = [rows[row["label"]][column.name] for row in ROWS]
        shown = [column.shown(float(v) if v else None).removesuffix(" %") for v in values]
        title = f"{column.title}, %" if column.percent else column.title
        assert line == [title, *shown, " ".join(column.meaning.split())]


def test_the_leaderboard_file_has_the_means_of_the_measure_files(made):
    found = {row["label"]: row for row in made.leaderboard}
    assert list(found) == ["cosface", "softmax", "pixels"]
    assert float(found["cosface"]["knn_accuracy"]) == pytest.approx((0.9911 + 0.9923) / 2)
    assert float(found["softmax"]["map_kl_divergence"]) == 0.9903 * 1.3
    assert float(found["pixels"]["variance_ratio"]) == 0.9688 * 17
    assert [found[label]["seeds"] for label in found] == ["2", "1", "1"]
    assert [found[label]["classifier_accuracy"] == "" for label in found] == [False, False, True]


def test_each_section_says_what_was_measured_and_what_its_loss_was_given(made, page):
    lines = {row["label"]: row for row in made.leaderboard}
    pixels, cosface, softmax = map(terms, sections(page))
    assert cosface["judged in"] == softmax["judged in"] == "cosine distance"
    assert pixels["judged in"] == "Euclidean distance"
    assert (cosface["scale"], cosface["margin"], softmax["dropout"]) == ("20.0", "0.35", "0.5")
    assert (cosface["selected epoch"], softmax["selected epoch"]) == ("13, 17", "13")
    assert {"selected epoch", "classifier accuracy"} & set(pixels) == set()
    for label, found in (("pixels", pixels), ("cosface", cosface), ("softmax", softmax)):
        for column in HEADLINES:
            value = lines[label][column.name]
            interval = (0.25, 0.75) if column.name == "knn_accuracy" else None
            shown = column.shown(float(value), interval) if value else None
            assert found.get(column.title) == shown, (label, column.name)


def test_references_are_listed_with_their_row(page):
    found = [[item.text for item in section.all("li")] for section in sections(page)]
    assert found == [row["references"] for row in ROWS]


def test_the_page_says_what_was_done_with_how_many_images(page):
    words = page.one("header").text
    for part in ("54,000 images", "6,000 validation images", "10,000 test images", "5 neighbours"):
        assert part in words
    assert page.one("title").text == page.one("h1").text == "Which loss?"


def test_a_map_that_tells_more_or_less_apart_than_its_embedding_is_called_so(project):
    options = project.prepare([PIXELS, COSFACE])
    for path, accuracy in zip(options["measures"], (0.95, 0.99, 0.97), strict=True):
        measures = json.loads(Path(path).read_text())
        measures["map"] |= {"knn_accuracy": accuracy, "embedding_knn_accuracy": 0.97}
        Path(path).write_text(json.dumps(measures))
    assert project.run(options) == 0
    words = [word.text for s in sections(read_page(project)) for word in s.all("strong")]
    assert words == ["slanders", "flatters", "is fair to"]


def test_a_section_names_the_worst_confusions_and_each_classs_accuracy(page):
    _, cosface, softmax = sections(page)
    # the first training of cosface has the number 1, softmax's is 3: so often is 4 taken for 9
    assert "Most often mistaken: 4 for 9 (1), 7 for 1 (1)." in cosface.text
    assert "Most often mistaken: 4 for 9 (3), 7 for 1 (1)." in softmax.text
    ((head, line),) = tables(softmax)
    assert head == ["class", *map(str, range(10))]
    assert line == [
        "k-NN accuracy, %",
        *["100.0"] * 4,
        "85.0",
        *["100.0"] * 2,
        "95.0",
        *["100.0"] * 2,
    ]


def test_classes_are_called_by_their_names(project):
    names = [f"<class {number}>" for number in range(10)]
    assert project.run(project.prepare([PIXELS]) | {"class-names": [json.dumps(names)]}) == 0
    page = read_page(project)
    assert tables(page)[-1][0] == ["class", *names]
    document = json.loads(data_of(page))
    assert [box["attributes"]["label"] for box in models(document, "Checkbox")] == names


def test_the_page_says_which_classes_were_trained_and_which_are_judged(project):
    options = project.prepare([PIXELS])
    splits = [
        {"train": [0, 1, 12], "unseen": [7, 9], "seeds": [3]},
        {"train": [2, 4], "unseen": [5, 6], "seeds": [4, 8]},
    ]
    options["class-splits"] = [json.dumps(splits)]
    assert project.run(options) == 0
    header = read_page(project).one("header")
    assert "With seed 3, only the classes 0, 1, 12 were trained." in header.text
    assert "With the seeds 4, 8, only the classes 2, 4 were trained." in header.text
    assert [judged.text for judged in header.all("strong")] == ["7, 9", "5, 6"]


def test_a_named_class_may_be_in_no_split(project, capfd):
    options = project.prepare([PIXELS])
    splits = [{"train": [0, 1], "unseen": [3, 2], "seeds": [0]}]
    options["class-splits"] = [json.dumps(splits)]
    options["class-names"] = [json.dumps(["too", "few"])]
    assert_refused(project.run(options), project, capfd, "has 2 names", "from 0 to 9")
    options["class-names"] = [json.dumps([f"class-{label}" for label in range(12)])]
    assert project.run(options) == 0
    judged = [judged.text for judged in read_page(project).one("header").all("strong")]
    assert judged == ["class-3, class-2"]


def test_images_that_are_not_the_maps_are_refused(project, capfd):
    options = project.prepare([PIXELS])
    options["embedded"] = [project.arrays("other.npz", indices=np.arange(3))]
    assert_refused(project.run(options), project, capfd, "other.npz", "3 images", "200")


# formulas


def test_a_page_without_images_holds_none(made, project):
    sheet = re.compile(r"--sheet-\d+: *url|var\(--sheet")
    assert len(sheet.findall(made.page_file.read_text())) > 1
    assert project.run(project.prepare() | {"images": []}) == 0
    without = project.page_file.read_text()
    assert sheet.findall(without) == []
    assert "voted @prediction0" in without


def test_each_formula_is_mathml_and_the_baseline_has_none(page):
    pixels, cosface, softmax = sections(page)
    assert pixels.all("math") == []
    assert "with nothing trained" in pixels.text
    (fraction,) = cosface.one("math").all("mfrac")
    assert fraction.text.replace(" ", "") == "sN"
    assert "θ" in cosface.one("math").text
    assert cosface.one("math").attributes["display"] == "block"
    assert softmax.one("math").text.replace(" ", "") == "L=−logpy"
    assert "\\" not in page.text


@pytest.mark.parametrize("name", sorted(records()))
def test_every_losss_formula_becomes_mathml_without_a_rest_of_latex(name):
    formula = records()[name].formula
    if not formula:
        assert not records()[name].trained
        return
    (found,) = read(str(report.mathml(formula))).children
    assert found.name == "math"
    assert re.search(r"[\\{}&^_]", found.text) is None
    assert len(found.all("mfrac")) == len(re.findall(r"\\[td]?frac(?![a-z])", formula))
    sums = len(re.findall(r"\\sum(?![a-z])", formula))
    assert [element.text for element in found.all("mo")].count("∑") == sums


def test_the_signs_of_a_formula_are_no_tags(project):
    row = SOFTMAX | {"formula": r"a <b> c \& d"}
    assert project.run(project.prepare([row])) == 0
    (section,) = sections(read_page(project))
    assert section.all("b") == []
    assert section.one("math").text.replace(" ", "") == "a<b>c&d"


# pictures


def test_an_embedding_in_the_plane_is_called_so_and_no_map(project):
    assert project.run(project.prepare([PIXELS, SOFTMAX | {"map": "embedding"}])) == 0
    first, last = sections(read_page(project))
    assert pictures(first)[0][0] == "t-SNE map of Raw pixels, seed 0"
    assert pictures(last)[0][0] == "Two-dimensional embedding of Softmax, seed 3"


def test_a_trained_rows_learning_rate_stands_among_its_settings(project):
    assert project.run(project.prepare([PIXELS, COSFACE])) == 0
    first, last = (terms(section) for section in sections(read_page(project)))
    assert "learning rate" not in first
    assert last["learning rate"] == "0.004"


def test_each_rows_first_seed_has_its_pictures_and_the_others_are_named(page):
    pixels, cosface, softmax = sections(page)
    confusions, distances = (
        "Confusions of the k-NN vote",
        ("Distances of pairs of the same and of different classes"),
    )
    assert pictures(pixels) == [
        ("t-SNE map of Raw pixels, seed 0", ("map", 0)),
        (f"{confusions}, Raw pixels, seed 0", ("confusions", 0)),
        (f"{distances}, Raw pixels, seed 0", ("distances", 0)),
    ]
    orders = ("map", "confusions", "distances", "curves")
    assert [figure for _, figure in pictures(cosface)] == [(kind, 1) for kind in orders]
    assert [alt[-6:] for alt, _ in pictures(cosface)] == ["seed 3"] * 4
    assert "the others lie in figures/cosface/" in cosface.text
    assert "the others lie in" not in pixels.text + softmax.text
    assert [figure for _, figure in pictures(softmax)] == [(kind, 3) for kind in orders]


def test_the_data_of_each_figure_can_be_saved(made, page):
    found = downloads(page)
    for number, name in ((0, "pixels-0"), (1, "cosface-3"), (3, "softmax-3")):
        for kind in KINDS if number else KINDS[:-1]:
            assert found.pop(f"{name}-{kind}.csv") == f"kind,number\n{kind},{number}\n".encode()
    assert found.pop("verification.csv") == b"kind,number\nmap,9\n"
    assert found.pop("leaderboard.csv") == (made.made / "leaderboard.csv").read_bytes()
    assert found.pop("comparisons.json") == (made.folder / "comparisons.json").read_bytes()
    assert found == {}


def test_large_data_are_saved_compressed(project):
    options = project.prepare([PIXELS])
    content = b"x,y\n" + b"1.5,2.5\n" * 10_000
    Path(options["map-data"][0]).write_bytes(content)
    assert project.run(options) == 0
    assert downloads(read_page(project))["pixels-0-map.csv.gz"] == content


def test_a_report_on_the_baseline_alone_has_no_curves(project):
    assert project.run(project.prepare([PIXELS])) == 0
    page = read_page(project)
    assert [section.one("h2").text for section in sections(page)] == ["Raw pixels"]
    assert [figure for _, figure in pictures(page)] == [
        *(("map", 9), ("map", 0), ("confusions", 0), ("distances", 0))
    ]
    assert len(project.leaderboard) == 1


# the maps, which test_page_in_browser.py sees drawn


def data_of(page):
    (script,) = (s for s in page.all("script") if s.attributes.get("type") == "application/json")
    (text,) = script.children
    return text


def models(value, name):
    """All of Bokeh's models of that name, in their order."""
    found = []
    if isinstance(value, dict):
        found += [value] if value.get("name") == name and "attributes" in value else []
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            found += models(part, name)
    return found


def test_maps_have_one_table_and_a_checkbox_for_each_class_that_is_there(page):
    document = json.loads(data_of(page))
    sources = [
        s for s in models(document, "ColumnDataSource") if s["attributes"]["data"]["entries"]
    ]
    assert len(sources) == 1
    assert len(models(document, "Figure")) == len(ROWS)
    boxes = models(document, "Checkbox")
    assert [box["attributes"]["label"] for box in boxes] == list("0123456789")


# one file, and nothing foreign


def test_the_page_loads_nothing(page):
    held = ("data:image/webp;base64,", "data:text/csv;base64,", "data:text/json;base64,", "#")
    for element in page.all():
        assert element.name not in ("link", "iframe", "object", "embed", "base"), element
        for name, value in element.attributes.items():
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
        assert links.count(row["label"]) == 3  # from the list of parts, leaderboard and map
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


@pytest.mark.parametrize("label", ["leaderboard", "gallery", "curves"])
def test_a_row_may_have_any_label_that_the_configuration_allows(project, label):
    assert project.run(project.prepare([PIXELS, SOFTMAX | {"label": label}])) == 0
    page = read_page(project)
    link = page.all("table")[0].all("a")[0]
    assert link.text == "Softmax"
    targets = [e for e in page.all() if "#" + e.attributes.get("id", "") == link.attributes["href"]]
    assert [target.text for target in targets] == ["Softmax"]


@pytest.mark.parametrize("where", ["label", "title", "references", "names", "values", "page"])
def test_what_looks_like_html_is_shown_as_it_is_written(project, where):
    row = dict(SOFTMAX)
    changes = {
        "label": {"label": EVIL},
        "title": {"title": EVIL},
        "references": {"references": [EVIL]},
        "names": {"parameters": {EVIL: 1}},
        "values": {"parameters": {"name": EVIL}},
        "page": {},
    }
    options = project.prepare([PIXELS, row | changes[where]])
    if where == "page":
        options |= {"title": [EVIL]}
    assert project.run(options) == 0
    page = read_page(project)
    assert len(page.all("script")) == 6  # three of Bokeh's, its document and call, and DataTables
    assert "<script>alert" not in "".join(
        child for script in page.all("script") for child in script.children
    )
    known = {"id", "href", "src", "alt", "class", "title", "scope", "role", "tabindex", "style"}
    known |= {"lang", "charset", "name", "content", "aria-labelledby", "aria-label"}
    known |= {"width", "height", "download", "type"}
    known |= {"data-order", "data-paging", "data-info", "data-searching", "data-auto-width"}
    known |= {"data-order-sequence"}
    known |= {"xmlns", "display", "stretchy", "fence", "form", "mathvariant", "movablelimits"}
    assert {name for element in page.all() for name in element.attributes} <= known
    last = sections(page)[-1]
    if where == "label":
        assert last.one("h2").attributes["id"] == EVIL
    elif where == "title":
        assert EVIL in table(page)[1][1]
        assert last.one("h2").text == EVIL
        assert pictures(last)[0][0] == f"t-SNE map of {EVIL}, seed 3"
    elif where == "references":
        assert [item.text for item in last.all("li")] == [EVIL]
    elif where == "page":
        assert page.one("h1").text == page.one("title").text == EVIL
    else:
        assert EVIL in [*terms(last).keys(), *terms(last).values()]


def test_the_page_says_that_it_is_utf_8(made, page):
    assert page.all("meta")[0].attributes == {"charset": "utf-8"}
    assert (made.made / "index.html").read_bytes().startswith(b"<!doctype html>\n")


# the whole


def test_all_rows_of_the_shipped_configuration_are_on_the_page(project):
    config = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
    rows = [row.description() for row in configuration.rows(config).values()]
    count = sum(len(row["seeds"]) for row in rows)
    options = project.prepare(rows, [0.9 + place / 1000 for place in range(count)])
    assert project.run(options) == 0
    page = read_page(project)
    assert [section.one("h2").text for section in sections(page)] == [r["title"] for r in rows]
    assert len(page.all("math")) == sum(row["trained"] for row in rows)
    assert sorted(line["label"] for line in project.leaderboard) == sorted(r["label"] for r in rows)
    for row, section in zip(rows, sections(page), strict=True):
        assert [item.text for item in section.all("li")] == list(row["references"])
        found = terms(section)
        assert {name: found[name] for name in row["parameters"]} == {
            name: str(value) for name, value in row["parameters"].items()
        }


def test_the_same_inputs_give_the_same_bytes_from_any_folder(made, project, monkeypatch):
    monkeypatch.chdir(project.folder)
    assert project.run(project.prepare()) == 0
    for name in ("index.html", "leaderboard.csv", "leaderboard.md"):
        assert (project.made / name).read_bytes() == (made.made / name).read_bytes(), name


def test_the_module_is_a_program():
    assert_is_program("report")


# what is refused


def assert_refused(status, project, capfd, *parts):
    """One sentence that says ``parts``, status 1, and nothing made."""
    assert_one_sentence("report", status, capfd, *parts)
    assert not project.made.exists() or list(project.made.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist"),
        (b"", "is not JSON"),
        (b'{"epoch": 3', "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[]", "names no epoch; delete it"),
        (b"3", "names no epoch; delete it"),
        (b"{}", "names no epoch; delete it"),
        (b'{"epoch": "3"}', "names no epoch; delete it"),
        (b'{"epoch": 3.5}', "names no epoch; delete it"),
        (b'{"epoch": null}', "names no epoch; delete it"),
    ],
)
def test_a_malformed_selection_is_one_sentence(project, capfd, content, sentence):
    options = project.prepare()
    path = Path(options["selections"][1])
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert_refused(project.run(options), project, capfd, str(path), sentence)


@pytest.mark.parametrize("which", ["measures", "split-summary"])
@pytest.mark.parametrize("content", [None, b"{", b"[]", b"{}"])
def test_malformed_measures_and_split_are_one_sentence(project, capfd, which, content):
    options = project.prepare()
    path = Path(options[which][-1])
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert_refused(project.run(options), project, capfd, str(path))


@pytest.mark.parametrize(
    ("which", "key"),
    [
        *(("measures", key) for key in measures_of(1.0) if key != "distance"),
        *(("split-summary", key) for key in SPLIT),
    ],
)
def test_a_number_that_the_page_needs_and_a_file_lacks_is_named(project, capfd, which, key):
    options = project.prepare()
    path = Path(options[which][0])
    content = json.loads(path.read_text())
    del content[key]
    path.write_text(json.dumps(content))
    assert_refused(project.run(options), project, capfd, str(path), key)


@pytest.mark.parametrize(
    "which",
    ["map-figures", "map-data", "curves-figures", "verification-figure", "points", "outcomes"],
)
def test_a_missing_file_is_one_sentence_and_leaves_nothing(project, capfd, which):
    options = project.prepare()
    Path(options[which][-1]).unlink()
    assert_refused(project.run(options), project, capfd, options[which][-1])


@pytest.mark.parametrize(
    ("which", "step"),
    [
        *(("measures", -1), ("measures", 1), ("selections", 1), ("curves-data", 1)),
        *(("map-figures", -1), ("points", -1), ("outcomes", 1)),
    ],
)
def test_there_are_as_many_files_as_rows_or_trainings(project, capfd, which, step):
    options = project.prepare()
    paths = options[which]
    options[which] = paths[:-1] if step < 0 else [*paths, paths[-1]]
    assert_refused(project.run(options), project, capfd, which)
