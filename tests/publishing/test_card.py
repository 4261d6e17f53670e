"""A card says of one row what a supplement has to say, from the version's own files."""

import re
from dataclasses import asdict, replace

import pytest

from discern.errors import Damaged, DiscernError
from discern.files import read_json
from discern.measures.catalogue import MEASURES, named
from discern.publishing.card import card
from discern.ranking.leaderboard import read_lines
from discern.results import Version
from markdown_tables import read_tables
from page_inputs import ROWS
from plain_files import write_bytes
from publishing.ranked_version import take_cosface_from, write_manifest, write_ranked

KNN = named("knn_accuracy")


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    return write_ranked(tmp_path_factory.mktemp("versions") / "full")


@pytest.fixture(scope="module")
def sections(version):
    """The sections of a row's card by their titles; what comes first is that of the row's."""

    def sections(label):
        text = card(version, label, version.folder / "cards" / "card.md")
        title, rest = text.removeprefix("# ").split("\n\n", 1)
        parts = re.split(r"^## (.+)\n\n", f"## {title}\n\n{rest}", flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    return sections


def test_it_begins_with_formula_references_and_a_map_that_is_found_from_its_folder(sections):
    found = sections("cosface")
    titles = ["Settings", "Measures", "Seeds", "Beside the other rows", "Cost"]
    assert list(found) == ["Large margin cosine", *titles]
    about = found["Large margin cosine"]
    assert ROWS[1].formula in about
    assert all(reference in about for reference in ROWS[1].references)
    (picture,) = re.findall(r'<img src="([^"]+)"', about)
    assert picture == "../figures/cosface/3/map.png"


def test_a_published_row_shows_its_publications_map_and_without_one_there_is_no_picture(tmp_path):
    docs, full = (write_ranked(tmp_path / name) for name in ("docs", "full"))
    take_cosface_from(docs, full)
    text = card(full, "cosface", tmp_path / "card.md")
    assert re.findall(r'<img src="([^"]+)"', text) == ["docs/figures/cosface/3/map.png"]
    docs.figure("cosface", 3, "map", "png").unlink()
    assert "<img" not in card(full, "cosface", tmp_path / "card.md")


def test_it_has_every_measure_of_the_row_with_the_intervals_that_are_known(version, sections):
    (table,) = read_tables(sections("cosface")["Measures"])
    (line,) = read_lines(version, [ROWS[1]])
    assert [cells["measure"] for cells in table] == [measure.title for measure in MEASURES]
    assert [cells["mean"] for cells in table] == [m.shown(line.mean(m)) for m in MEASURES]
    (knn,) = (cells for cells in table if cells["measure"] == KNN.title)
    assert (knn["for other seeds"], knn["for other images"]) == ("99.17 ± 0.10 %", "–")
    (table,) = read_tables(sections("pixels")["Measures"])
    assert "classifier accuracy" not in [cells["measure"] for cells in table]
    (knn,) = (cells for cells in table if cells["measure"] == KNN.title)
    assert knn["for other images"] == "96.88 [20.00, 80.00] %"


def test_it_has_a_line_for_each_seed_with_its_epoch(sections):
    (table,) = read_tables(sections("cosface")["Seeds"])
    assert [(c["seed"], c["epoch"], c["k-NN accuracy"]) for c in table] == [
        ("3", "13", "99.11 %"),
        ("7", "17", "99.23 %"),
    ]
    (table,) = read_tables(sections("pixels")["Seeds"])
    assert "epoch" not in table[0]


def test_it_compares_the_row_with_each_other_row_from_its_own_side(sections):
    text = sections("cosface")["Beside the other rows"]
    assert text.startswith("Place 1 of 3 by mean k-NN accuracy, 99.17 ± 0.10 %. ")
    (table,) = read_tables(text)
    assert [
        [cells[key] for key in ("other row", "adjusted p", "the other row")] for cells in table
    ] == [
        ["Softmax", "0.09", "no significant difference"],
        ["Raw pixels", "0.03", "is better"],
    ]
    # pixels minus cosface is 0.01 in the file
    assert table[1]["difference"] == "-1.00 [-50.00, 50.00] %"
    (table,) = read_tables(sections("pixels")["Beside the other rows"])
    assert (table[0]["other row"], table[0]["the other row"]) == (
        "Large margin cosine",
        "is worse",
    )
    assert table[0]["difference"] == "1.00 [-50.00, 50.00] %"


def test_it_has_all_settings_and_the_cost_of_the_rows_own_jobs(sections):
    (table,) = read_tables(sections("cosface")["Settings"])
    settings = {cells["setting"]: cells["value"] for cells in table}
    assert settings["evaluated with"] == "cosine distance"
    assert (settings["scale"], settings["margin"]) == ("20.0", "0.35")
    (table,) = read_tables(sections("cosface")["Cost"])
    assert [(cells["stage"], cells["jobs"]) for cells in table] == [("train", "2"), ("all", "2")]


def test_it_says_where_the_network_was_trained_if_not_in_this_version(tmp_path):
    version = write_ranked(tmp_path / "version")
    stages = read_json(version.manifest)["stages"]
    rows = [asdict(replace(row, trained_in="results/a" * row.trained)) for row in ROWS]
    stages["report/record.json"]["parameters"]["rows"] = rows
    write_manifest(version, stages)
    text = card(version, "cosface", tmp_path / "card.md")
    (table,) = read_tables(text.partition("## Settings\n")[2].partition("\n## ")[0])
    settings = {cells["setting"]: cells["value"] for cells in table}
    assert settings["trained in"] == "results/a"


TUNING = "loss,trials,expected_best_knn_accuracy\nsoftmax,1,0.5\ncosface,1,0.625\ncosface,2,0.75\n"


@pytest.fixture
def search(tmp_path):
    search = Version(tmp_path)
    write_bytes(search.sheet("tuning", "csv"), TUNING.encode())
    return search


def test_it_has_the_price_of_tuning_its_loss_if_a_search_is_named(version, search, tmp_path):
    text = card(version, "cosface", tmp_path / "card.md", search)
    text = text.partition("\n## Price of tuning\n")[2]
    assert "The best k-NN accuracy to be expected of so many random trials" in text
    (table,) = read_tables(text)
    assert [list(cells.values()) for cells in table] == [["1", "62.50 %"], ["2", "75.00 %"]]


def test_a_search_without_the_loss_or_without_its_tuning_is_refused(version, search, tmp_path):
    file = tmp_path / "card.md"
    with pytest.raises(DiscernError, match=r"tuning\.csv has no trials of pixels; name a search"):
        card(version, "pixels", file, search)
    for wrong in ("", "loss,trials\ncosface,1\n", TUNING.replace("knn_accuracy", "luck")):
        write_bytes(search.sheet("tuning", "csv"), wrong.encode())
        with pytest.raises(Damaged, match=r"tuning\.csv is not the tuning of a search"):
            card(version, "cosface", file, search)
    with pytest.raises(DiscernError, match=r"none/figures/tuning\.csv does not exist"):
        card(version, "cosface", file, Version(tmp_path / "none"))


def test_a_row_that_is_not_there_is_refused(version, tmp_path):
    with pytest.raises(DiscernError, match=r"no row 'sofmax'; its rows are pixels, cosface, soft"):
        card(version, "sofmax", tmp_path / "card.md")
