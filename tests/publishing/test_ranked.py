"""What a version says of its rows, and of one row alone."""

import pytest

from discern.errors import DiscernError
from discern.publishing.ranked import Ranked
from markdown_tables import read_tables
from publishing.ranked_version import RECORDS, take_cosface_from, write_ranked


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    return Ranked(write_ranked(tmp_path_factory.mktemp("versions") / "full"))


def test_rows_are_found_by_their_labels_and_ordered_by_the_headline(ranked):
    assert [line.row.label for line in ranked.lines] == ["pixels", "cosface", "softmax"]
    assert [line.row.label for line in ranked.ordered] == ["cosface", "softmax", "pixels"]
    assert ranked.line("softmax").row.title == "Softmax"
    with pytest.raises(DiscernError, match=r"full has no row 'a'; its rows are pixels, cosface, "):
        ranked.line("a")


def test_the_other_rows_of_a_row_are_those_but_itself_with_how_they_compare(ranked):
    # pixels are 0.01 above cosface with an adjusted p of 0.03; other pairs have 0.06 and 0.09
    relations = {
        label: [
            (other.row.label, relation) for other, relation in ranked.others(ranked.line(label))
        ]
        for label in ("pixels", "cosface")
    }
    assert relations == {
        "pixels": [("cosface", "worse"), ("softmax", "alike")],
        "cosface": [("softmax", "alike"), ("pixels", "better")],
    }


def test_the_cost_of_a_row_is_that_of_its_own_jobs(ranked):
    (table,) = read_tables(ranked.cost("cosface"))
    assert [list(line.values()) for line in table] == [
        ["train", "2", "1003.0", "2,006", "4,000"],
        ["all", "2", "1003.0", "2,006", "4,000"],
    ]


def test_jobs_of_published_trainings_are_counted_where_the_version_has_none(tmp_path):
    docs, full = (write_ranked(tmp_path / name) for name in ("docs", "full"))
    take_cosface_from(docs, full)
    ranked, publication = Ranked(full), Ranked(docs)
    assert ranked.stages.keys() == RECORDS.keys()
    for label in ("cosface", None):
        assert ranked.cost(label) == publication.cost(label)
