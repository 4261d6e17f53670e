"""A brief publication says the same in tables, and has nothing that tables don't need."""

from dataclasses import replace

from discern.files import read_json
from discern.provenance.manifest import verify
from discern.publishing.publication import publish
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from discern.results import Version
from plain_files import write_json
from publishing.publishable import TEXT, files_of, finish, refused
from samples import COSFACE, PIXELS, SOFTMAX

BRIEF = """
measure/pixels/0.json measure/cosface/3.json measure/cosface/7.json measure/softmax/3.json
select/cosface/3.json select/cosface/7.json select/softmax/3.json
compare/comparisons.json split/split.json download/labels.json
report/leaderboard.csv report/leaderboard.md report/config.yaml
report/manifest.json
"""


def names_in(published):
    return {path.relative_to(published.folder).as_posix() for path in files_of(published)}


def test_it_has_the_numbers_alone(version, docs):
    publish(version, docs, [], brief=True)
    assert names_in(docs) == set(BRIEF.split())
    assert verify(docs) == []


def test_tables_and_texts_are_those_of_a_whole_one(version, docs, text):
    publish(version, docs, [text], brief=True)
    ranked = Ranked(docs)
    assert leaderboard.as_csv(ranked.ordered) == version.leaderboard("csv").read_text()
    board = leaderboard.as_markdown(ranked.lines, ranked.headline)
    assert board == version.leaderboard("md").read_text()
    assert board in text.read_text() != TEXT


def test_a_row_in_texts_has_a_picture_only_if_its_map_is_published(version, docs, text):
    text.write_text("<!-- docs: row softmax -->\n<!-- end -->\n")
    publish(version, docs, [text], brief=True)
    assert "<img" not in text.read_text()
    publish(version, docs, [text])
    assert '<img src="docs/figures/softmax/3/map.png" alt="Map of Softmax"' in text.read_text()


def test_measures_come_without_the_curves_of_figures(version, docs):
    path = version.measures("softmax", 3)
    measures = read_json(path)
    measures["verification"]["curve"] = [[0, 1]]
    write_json(path, measures)
    finish(version)
    publish(version, docs, [], brief=True)
    published = read_json(docs.measures("softmax", 3))
    assert "curve" not in str(published)
    del measures["verification"]["curve"]
    assert published["verification"] == measures["verification"]
    assert published["knn_accuracy"] == measures["knn_accuracy"]


def test_what_was_published_whole_does_not_become_brief(version, docs, text):
    publish(version, docs, [])
    refused("holds each image's outcomes, .* without --brief", version, docs, [text], brief=True)


def test_a_brief_one_may_become_whole(version, docs):
    publish(version, docs, [], brief=True)
    publish(version, docs, [])
    assert "measure/softmax/3.npz" in names_in(docs)


def test_rows_that_are_published_elsewhere_come_from_there(version, docs, tmp_path):
    publish(version, docs, [])
    version.measures("cosface", 3).unlink()
    version.selection("cosface", 3).unlink()
    finish(version, [PIXELS, replace(COSFACE, published={"3": str(docs.folder)}), SOFTMAX])
    brief = Version(tmp_path / "brief")
    publish(version, brief, [], brief=True)
    assert names_in(brief) == set(BRIEF.split())
    for read in (Version.measures, Version.selection):
        found = (read_json(read(each, "cosface", 3)) for each in (docs, brief))
        assert len({str(each) for each in found}) == 1
