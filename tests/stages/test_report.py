"""The page is one file that shows every row, its numbers and its pictures, and nothing foreign."""

from __future__ import annotations

import base64
import csv
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from discern import configuration
from discern.leaderboard import COLUMNS, HEADLINES
from discern.losses.catalogue import records
from discern.stages import report
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

PROJECT = Path(__file__).parents[2]
VOID = {"meta", "img", "br", "hr", "link", "input", "base", "source", "embed"}
EVIL = "\"'> <script>alert(1)</script> onclick=alert(2) &amp;"

ROWS = (PIXELS, COSFACE, SOFTMAX)
# in the order of rows and seeds: pixels, cosface twice, softmax
ACCURACIES = (0.9688, 0.9911, 0.9923, 0.9903)
SPLIT = {"train": {"images": 54000}, "validation": {"images": 6000}}


class Element:
    """An element of a page: its name, attributes, children, and the text within."""

    def __init__(self, name, attributes):
        self.name = name
        self.attributes = attributes
        self.children = []

    @property
    def text(self):
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


def comparisons_of(rows):
    """What the compare stage says of ``rows``: a rank each, and intervals of the k-NN accuracy."""
    interval = {"mean": 0.5, "low": 0.25, "high": 0.75, "interval": "images"}
    found = {
        row["label"]: {"rank": rank, "measures": {"knn_accuracy": interval}}
        for rank, row in enumerate(rows, start=1)
    }
    return {"rows": found}


class Project:
    """Input files of the report stage, written with numbered pictures, and what it made of them."""

    def __init__(self, folder):
        self.folder = folder
        self.made = folder / "made"

    def write(self, name, content):
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(json.dumps(content))
        return str(path)

    def prepare(self, rows=ROWS, accuracies=ACCURACIES):
        """Write all inputs; the options by name, for ``run`` to change."""
        waiting = iter(accuracies)
        options = {"measures": [], "selections": [], "maps": [], "distances": []}
        for row in rows:
            for seed in row["seeds"]:
                name = f"{len(options['measures'])}-{seed}"
                measures = measures_of(next(waiting), row["trained"])
                options["measures"].append(self.write(f"measures-{name}.json", measures))
                for kind in ("maps", "distances"):
                    picture = b"\x89PNG\r\n" + f"{kind} {name}".encode()
                    options[kind].append(self.write(f"{kind}-{name}.png", picture))
                if row["trained"]:
                    reason = {"epoch": 10 + seed, "validation_loss": 0.5}
                    options["selections"].append(self.write(f"reason-{name}.json", reason))
        trained = bool(options["selections"])
        options["gallery"] = [self.write("gallery.png", b"\x89PNG\r\nall maps")]
        options["curves"] = [self.write("curves.png", b"\x89PNG\r\ncurves")] if trained else []
        options["split-summary"] = [self.write("split.json", SPLIT)]
        options["title"] = ["Which loss?"]
        options["queries"] = ["test"]
        options["comparisons"] = [self.write("comparisons.json", comparisons_of(rows))]
        options["rows"] = [json.dumps(rows)]
        return options

    def run(self, options):
        made = {"csv": "leaderboard.csv", "markdown": "leaderboard.md", "page": "index.html"}
        argv = [part for name, file in made.items() for part in (f"--{name}", self.made / file)]
        argv += ["--record", self.made / "record.json"]
        for name, values in options.items():
            argv += [f"--{name}", *values]
        return report.main(list(map(str, argv)))

    @property
    def page(self):
        return read((self.made / "index.html").read_text(encoding="utf-8"))

    @property
    def leaderboard(self):
        with (self.made / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


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
    return made.page


def sections(page):
    return page.all("section")


def terms(section):
    """What a row's section says of it: names and values."""
    (listing,) = section.all("dl")
    names, values = ([element.text for element in listing.all(kind)] for kind in ("dt", "dd"))
    assert len(names) == len(set(names))
    return dict(zip(names, values, strict=True))


def pictures(element):
    """Each picture's alternative text and content."""
    found = []
    for image in element.all("img"):
        head, _, data = image.attributes["src"].partition(",")
        assert head == "data:image/png;base64"
        found.append((image.attributes["alt"], base64.b64decode(data, validate=True)))
    return found


def table(page):
    """The cells of the leaderboard in the page, its head first."""
    (found,) = page.all("table")
    return [[cell.text for cell in row.all("th", "td")] for row in found.all("tr")]


# the rows


def test_the_page_has_a_section_for_each_row_in_the_configurations_order(page):
    headings = [(s.one("h2").attributes["id"], s.one("h2").text) for s in sections(page)]
    assert headings == [(row["label"], row["title"]) for row in ROWS]


def test_the_leaderboard_has_a_line_for_each_row_the_best_first(page):
    head, *lines = table(page)
    assert head == ["row", "rank", "epoch", *(column.title for column in HEADLINES)]
    assert [line[0] for line in lines] == ["Large margin cosine", "Softmax", "Raw pixels"]
    assert [line[1] for line in lines] == ["2", "3", "1"]
    assert [line[2] for line in lines] == ["13, 17", "13", "–"]
    assert [line[3] for line in lines] == [
        f"{accuracy} [25.00, 75.00] %" for accuracy in ("99.17", "99.03", "96.88")
    ]
    assert {len(line) for line in lines} == {len(head)}


def test_the_page_and_both_files_have_the_same_rows_and_numbers(made, page):
    _, *lines = table(page)
    _, _, *markdown = (made.made / "leaderboard.md").read_text().splitlines()
    assert [cells.strip("| ").split(" | ") for cells in markdown] == lines
    for line, row in zip(lines, made.leaderboard, strict=True):
        assert line[:2] == [row["title"], row["rank"]]
        assert line[2].replace("–", "") == row["epochs"].replace(" ", ", ")
        for cell, column in zip(line[3:], HEADLINES, strict=True):
            if row[column.name] == "":
                assert cell == "–"
            elif "[" in cell:
                ends = (float(row[f"{column.name}_{end}"]) for end in ("low", "high"))
                assert cell == column.shown(float(row[column.name]), tuple(ends))
            elif cell.endswith(" %"):
                assert cell == f"{100 * float(row[column.name]):.2f} %"
            else:
                assert cell == f"{float(row[column.name]):.3f}"


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
        for column in COLUMNS:
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


def test_each_column_is_explained(page):
    explained = page.one("details").all("dt", "dd")
    texts = [element.text for element in explained]
    assert texts == [part for column in COLUMNS for part in (column.title, column.meaning)]


# formulas


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
    (section,) = sections(project.page)
    assert section.all("b") == []
    assert section.one("math").text.replace(" ", "") == "a<b>c&d"


# pictures


def test_an_embedding_in_the_plane_is_called_so_and_no_map(project):
    assert project.run(project.prepare([PIXELS, SOFTMAX | {"map": "embedding"}])) == 0
    first, last = sections(project.page)
    assert pictures(first)[0][0] == "t-SNE map of Raw pixels, seed 0"
    assert pictures(last)[0][0] == "Two-dimensional embedding of Softmax, seed 3"


def test_a_trained_rows_learning_rate_stands_among_its_settings(project):
    assert project.run(project.prepare([PIXELS, COSFACE])) == 0
    first, last = (terms(section) for section in sections(project.page))
    assert "learning rate" not in first
    assert last["learning rate"] == "0.004"


def test_each_picture_is_in_the_page_beside_its_row_and_seed(page):
    pixels, cosface, softmax = sections(page)
    assert pictures(pixels) == [
        ("t-SNE map of Raw pixels, seed 0", b"\x89PNG\r\nmaps 0-0"),
        (
            "Distances of pairs of the same and of different classes, seed 0",
            b"\x89PNG\r\ndistances 0-0",
        ),
    ]
    assert [content for _, content in pictures(cosface)] == [
        *(b"\x89PNG\r\nmaps 1-3", b"\x89PNG\r\nmaps 2-7"),
        *(b"\x89PNG\r\ndistances 1-3", b"\x89PNG\r\ndistances 2-7"),
    ]
    assert [alt[-6:] for alt, _ in pictures(cosface)] == ["seed 3", "seed 7"] * 2
    assert [content for _, content in pictures(softmax)] == [
        *(b"\x89PNG\r\nmaps 3-3", b"\x89PNG\r\ndistances 3-3")
    ]


def test_gallery_and_curves_are_in_the_page(page):
    contents = [content for _, content in pictures(page)]
    assert contents[:2] == [b"\x89PNG\r\nall maps", b"\x89PNG\r\ncurves"]
    assert len(contents) == 2 + 2 * len(ACCURACIES)
    headings = [heading.text for heading in page.all("h2")]
    assert headings[:3] == ["Leaderboard", "All maps", "Trainings"]


def test_a_report_on_the_baseline_alone_has_no_curves(project):
    assert project.run(project.prepare([PIXELS])) == 0
    assert [section.one("h2").text for section in sections(project.page)] == ["Raw pixels"]
    assert len(pictures(project.page)) == 3
    assert [heading.text for heading in project.page.all("h2")] == [
        *("Leaderboard", "All maps", "Raw pixels")
    ]
    assert len(project.leaderboard) == 1


# one file, and nothing foreign


def test_the_page_loads_nothing(page):
    for element in page.all():
        assert element.name not in ("script", "link", "iframe", "object", "embed", "base"), element
        for name, value in element.attributes.items():
            assert not name.startswith("on"), (element.name, name)
            if name in ("src", "href", "srcset", "action", "data", "poster", "background"):
                assert value.startswith(("data:image/png;base64,", "#")), value[:80]
            else:
                assert name == "xmlns" or "//" not in value, value[:80]
                assert "url(" not in value
    style = "".join(element.text for element in page.all("style"))
    assert "url(" not in style
    assert "@import" not in style


def test_every_link_leads_to_one_place_in_the_page(page):
    names = [e.attributes["id"] for e in page.all() if "id" in e.attributes]
    assert len(names) == len(set(names))
    links = [element.attributes["href"].removeprefix("#") for element in page.all("a")]
    assert links == ["cosface", "softmax", "pixels"]
    for element in page.all():
        links += element.attributes.get("aria-labelledby", "").split()
    assert set(links) <= set(names)


@pytest.mark.parametrize("label", ["leaderboard", "gallery", "curves"])
def test_a_row_may_have_any_label_that_the_configuration_allows(project, label):
    assert project.run(project.prepare([PIXELS, SOFTMAX | {"label": label}])) == 0
    page = project.page
    link = page.one("table").all("a")[0]
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
        options |= {"title": [EVIL], "queries": [EVIL]}
    assert project.run(options) == 0
    page = project.page
    assert page.all("script") == []
    assert "<script" not in (project.made / "index.html").read_text()
    known = {"id", "href", "src", "alt", "class", "title", "scope", "role", "tabindex", "style"}
    known |= {"lang", "charset", "name", "content", "aria-labelledby"}
    known |= {"xmlns", "display", "stretchy", "fence", "form", "mathvariant", "movablelimits"}
    assert {name for element in page.all() for name in element.attributes} <= known
    last = sections(page)[-1]
    if where == "label":
        assert last.one("h2").attributes["id"] == EVIL
    elif where == "title":
        assert EVIL in table(page)[1]
        assert last.one("h2").text == EVIL
        assert pictures(last)[0][0] == f"t-SNE map of {EVIL}, seed 3"
    elif where == "references":
        assert [item.text for item in last.all("li")] == [EVIL]
    elif where == "page":
        assert page.one("h1").text == page.one("title").text == EVIL
        assert f"10,000 {EVIL} images" in page.one("header").text
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
    page = project.page
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
    done = subprocess.run(
        [sys.executable, "-m", "discern.stages.report", "--help"],
        cwd=Path(report.__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: python -m discern.stages.report" in done.stdout


# what is refused


def assert_refused(status, project, capfd, *parts):
    """One sentence that says ``parts``, status 1, and nothing made."""
    assert status == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("report: ")
    assert "nobody foresaw" not in line
    assert [part for part in parts if part not in line] == []
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


@pytest.mark.parametrize("which", ["maps", "distances", "gallery", "curves"])
def test_a_missing_picture_is_one_sentence_and_leaves_nothing(project, capfd, which):
    options = project.prepare()
    Path(options[which][-1]).unlink()
    assert_refused(project.run(options), project, capfd, options[which][-1])


@pytest.mark.parametrize(
    ("which", "step"), [("measures", -1), ("measures", 1), ("selections", 1), ("maps", -1)]
)
def test_there_is_a_file_for_each_seed_of_each_row(project, capfd, which, step):
    options = project.prepare()
    paths = options[which]
    options[which] = paths[:-1] if step < 0 else [*paths, paths[-1]]
    assert_refused(project.run(options), project, capfd, which)
