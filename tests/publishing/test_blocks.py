"""A block of a text says what it asks for, and nothing else of the text changes."""

from dataclasses import replace

import pytest

from discern.errors import DiscernError
from discern.measures.catalogue import HEADLINES, MEASURES
from discern.publishing.blocks import Blocks, filled
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from discern.ranking.comparisons import Evidence, Pair, read_comparisons
from discern.results import Version
from markdown_tables import read_tables
from page_inputs import ROWS
from publishing.ranked_version import write_manifest, write_ranked

BY_NAME = {measure.name: measure for measure in MEASURES}


def echo(request):
    """A line that names the request, so that each block's can be told from others'."""
    return f"| {request} |\n"


def test_blocks_say_what_they_name_and_the_rest_stays():
    text = (
        "a\n<!-- full: leaderboard -->\n{}<!-- end -->\nb\n"
        "<!-- full: row cosface-wide -->\n{}<!-- end -->\nc <!-- end -->\n"
        "<!-- seeds: leaderboard -->\nof another version\n<!-- end -->\n"
    )
    expected = text.format("| leaderboard |\n", "| row cosface-wide |\n")
    assert filled(text.format("old\nolder\n", ""), "full", echo) == expected
    assert filled(expected, "full", echo) == expected
    assert filled("no block", "full", echo) == "no block"


def test_a_block_may_stand_within_a_sentence():
    text = "It has <!-- full: value cosface map_at_r -->{}<!-- end --> and that is much.\n"
    expected = text.format("98.2 %")
    for before in ("97.1 %", "98.2 %"):
        assert filled(text.format(before), "full", lambda request: "98.2 %") == expected


def test_a_version_name_is_no_pattern():
    text = "<!-- full: leaderboard -->\nold\n<!-- end -->\n"
    assert filled(text, "f.ll", echo) == text


@pytest.mark.parametrize(
    "after",
    [
        "",
        "<!-- full: pairs -->\n<!-- end -->\n",
        "<!-- b: cost -->\n",
        "<!-- my-study.2: pairs -->\n<!-- end -->\n",
    ],
)
def test_a_block_without_an_end_is_named_and_swallows_nothing(after):
    text = f"a\n<!-- full: row cosface -->\nkept\n{after}"
    with pytest.raises(DiscernError, match=r"^2: the block 'row cosface' has no <!-- end -->; add"):
        filled(text, "full", echo)


def test_a_request_that_fails_is_found_by_its_line():
    def refuse(request):
        raise DiscernError(f"no {request}")

    with pytest.raises(DiscernError, match=r"^3: no cost$"):
        filled("a\nb\n<!-- full: cost -->\n<!-- end -->\n", "full", refuse)


def picture(row):
    """The link to a row's map; the last row has none."""
    return None if row == ROWS[-1] else f"map of {row.label}.png"


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    return write_ranked(tmp_path_factory.mktemp("versions") / "full")


@pytest.fixture(scope="module")
def block(version):
    return Blocks(version, picture).block


def test_the_leaderboard_is_that_of_the_report(version, block):
    lines = leaderboard.read_lines(version, ROWS, read_comparisons(version))
    assert block("leaderboard") == leaderboard.as_markdown(lines, BY_NAME["knn_accuracy"])


def test_no_row_is_marked_as_published(tmp_path):
    version = write_ranked(tmp_path / "full")
    published = replace(
        ROWS[0], published={str(seed): str(version.folder) for seed in ROWS[0].seeds}
    )
    blocks = Blocks(version, picture)
    blocks.__dict__["rows"] = [published, *ROWS[1:]]
    for request in ("leaderboard", "table knn_accuracy"):
        assert "(published)" not in blocks.block(request)


def test_a_table_has_all_rows_best_first_with_intervals_as_they_are_shown(block):
    (table,) = read_tables(block("table knn_accuracy alignment"))
    assert [line["row"] for line in table] == ["Large margin cosine", "Softmax", "Raw pixels"]
    assert [line["beaten by"] for line in table] == ["1", "0", "0"]
    # ± over seeds and brackets over images
    assert [line["k-NN accuracy"] for line in table] == [
        "99.17 ± 0.10 %",
        "99.03 [20.00, 80.00] %",
        "96.88 [20.00, 80.00] %",
    ]
    titles = {"k-NN accuracy", BY_NAME["alignment"].title}
    assert set(table[0]) == {"row", "seeds", "beaten by", *titles}


def test_a_row_has_its_formula_references_map_and_headline_measures(block):
    text = block("row cosface")
    assert text.startswith("```math\n" + ROWS[1].formula + "\n```\n")
    assert "\n*A second one*\n" in text
    image = '<img src="map of cosface.png" alt="Map of Large margin cosine" width="440">\n'
    assert image in text
    ((numbers,),) = read_tables(text)
    assert numbers["epoch"] == "13, 17"
    assert set(numbers) == {"epoch", *(measure.title for measure in HEADLINES)}
    assert numbers["k-NN accuracy"] == "99.17 %"


def test_a_row_without_a_drawn_map_has_no_picture(block):
    assert "<img" not in block("row softmax")


def test_the_baseline_has_neither_formula_nor_epoch_nor_classifier(block):
    text = block("row pixels")
    assert text.startswith('<img src="map of pixels.png"')
    ((numbers,),) = read_tables(text)
    assert {"epoch", "classifier accuracy"} & set(numbers) == set()


def test_a_value_is_rounded_as_in_tables(block):
    assert block("value softmax knn_accuracy") == "99.03 %"
    assert block("value softmax variance_ratio") == f"{0.9903 * 17:.3f}"


def test_a_mean_has_the_interval_that_tables_show(block):
    assert block("mean cosface knn_accuracy") == "99.17 ± 0.10 %"
    assert block("mean softmax knn_accuracy") == "99.03 [20.00, 80.00] %"


def test_a_difference_has_the_interval_and_the_test_that_decide(block):
    written = "1.00 points [-50.00, 50.00], p = 0.030"
    assert block("difference pixels cosface knn_accuracy") == written
    assert block("difference cosface pixels knn_accuracy") == f"-{written}"


def test_a_reduction_is_that_of_what_is_missing(block):
    missing = (1 - (0.9911 + 0.9923) / 2) / (1 - 0.9903)
    assert block("reduction cosface softmax knn_accuracy") == f"{100 - 100 * missing:.0f} %"


def test_epochs_are_the_first_and_the_last_of_all_seeds(block):
    assert block("epochs cosface") == "13 to 17"


TESTED = Pair("softmax", "cosface", 3, 0.5, None, Evidence(0.4, 0.6, 0.01, 0.02))
UNTESTED = replace(TESTED, over_images=Evidence(0.4, 0.6))


def with_pairs(version, *pairs):
    """The blocks of ``version`` if it had these pairs in k-NN accuracy."""
    blocks = Blocks(version, picture)
    known = replace(blocks.comparisons, pairs={"knn_accuracy": pairs})
    vars(blocks).update(comparisons=known, lines=Ranked(version).lines)
    return blocks.block


def test_a_small_p_is_no_zero_and_a_single_seed_has_none(version):
    certain = replace(TESTED, over_images=Evidence(0.25, 0.75, 1e-6, 0.0004))
    for pair, end in ((UNTESTED, "60.00]"), (certain, "75.00], p < 0.001")):
        block = with_pairs(version, pair)
        assert block("difference softmax cosface knn_accuracy").endswith(end)


def test_the_tested_pairs_of_trained_rows_that_differ_significantly_are_counted(version, block):
    assert block("ordered knn_accuracy") == "0 of the 1"
    with_pixels = replace(TESTED, first="pixels")
    block = with_pairs(version, TESTED, with_pixels, UNTESTED)
    assert block("ordered knn_accuracy") == "1 of the 1"


def test_each_tested_pair_is_listed_with_its_evidence(version):
    block = with_pairs(version, TESTED, replace(UNTESTED, first="pixels"))
    (table,) = read_tables(block("tested knn_accuracy"))
    assert table == [
        {
            "pair": "Softmax − Large margin cosine",
            "difference in k-NN accuracy, points": "50.00 [40.00, 60.00]",
            "p": "0.020",
        }
    ]


def test_pairs_name_the_rows_that_do_not_differ_significantly(block):
    # pixels and cosface have an adjusted p of 0.03, the other pairs of 0.06 and 0.09
    (table,) = read_tables(block("pairs"))
    *_, alike = table[0]
    assert [(line["row"], line["beaten by"], line[alike]) for line in table] == [
        ("Large margin cosine", "1", "Softmax"),
        ("Softmax", "0", "Large margin cosine; Raw pixels"),
        ("Raw pixels", "0", "Softmax"),
    ]


def test_the_cost_is_summed_by_stage_in_the_pipelines_order_and_in_all(block):
    text = block("cost")
    assert text.startswith("a machine\n\n")
    (table,) = read_tables(text)
    assert [list(line.values()) for line in table] == [
        ["split", "1", "1001.5", "1,002", "2,000"],
        ["train", "3", "1003.5", "3,010", "5,000"],
        ["embed", "1", "1005.5", "1,006", "6,000"],
        ["report", "1", "1000.5", "1,000", "1,000"],
        ["all", "6", "1003.0", "6,018", "6,000"],
    ]


def test_the_cost_of_a_row_is_that_of_its_own_jobs(block):
    (table,) = read_tables(block("cost cosface"))
    assert [list(line.values())[:2] for line in table] == [["train", "2"], ["all", "2"]]


@pytest.mark.parametrize(
    "request_",
    [
        "cost cosfase",
        "row cosfase",
        "table knn_acuracy",
        "table",
        "pairs of all",
        "mean nothing knn_accuracy",
        "difference pixels pixels knn_accuracy",
        "difference pixels cosface variance_ratio",
        "ordered variance_ratio",
        "tested variance_ratio",
        "difference pixels nothing knn_accuracy",
        "reduction cosface pixels equal_error_rate",
        "reduction cosface pixels variance_ratio",
        "reduction nothing pixels knn_accuracy",
        "epochs pixels",
        "value pixels margin",
        "value pixels classifier_accuracy",
        "value nothing knn_accuracy",
        "Leaderboard",
        "",
    ],
)
def test_what_a_version_has_nothing_to_say_to_is_refused(block, request_):
    with pytest.raises(DiscernError, match=f"full can't answer '{request_}'; ask for"):
        block(request_)


@pytest.mark.parametrize("request_", ["ordered knn_accuracy", "tested knn_accuracy"])
def test_where_no_pair_is_tested_none_is_listed_or_counted(version, request_):
    with pytest.raises(DiscernError, match=f"full can't answer '{request_}'"):
        with_pairs(version, UNTESTED)(request_)


@pytest.mark.parametrize("rows", [None, [{"label": "a"}], 3])
def test_a_version_without_a_report_on_rows_is_refused(tmp_path, rows):
    report = {"stage": "report", "inputs": {}, "outputs": {}}
    report["parameters"] = {} if rows is None else {"rows": rows}
    version = Version(tmp_path)
    write_manifest(version, {"report/record.json": report})
    with pytest.raises(DiscernError, match=r"manifest\.json describes rows in an old form"):
        Blocks(version, picture).block("pairs")
