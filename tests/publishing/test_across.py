"""Figures across versions show what the versions' leaderboards say."""

import statistics
from dataclasses import replace

import pytest

from discern.errors import Damaged, DiscernError
from discern.publishing.across import sizes, transfer, write
from discern.publishing.ranked import Ranked
from discern.ranking.comparisons import Estimate, read_comparisons, write_comparisons
from figures.examples import read_table
from plain_files import write_json
from publishing.ranked_version import write_ranked


@pytest.fixture
def ranked(tmp_path):
    """Two versions of the same rows, with 54,000 and with 1,000 training images."""
    many, few = (Ranked(write_ranked(tmp_path / name)) for name in ("many", "few"))
    write_json(
        few.version.split_summary, {"train": {"images": 1000}, "validation": {"images": 600}}
    )
    for place, version in enumerate((many.version, few.version)):
        estimates = {"knn_accuracy": Estimate(0, 0, (place / 8, 1.0), (place / 8, 1.0))}
        comparisons = read_comparisons(version)
        rows = dict.fromkeys(comparisons.rows, estimates)
        write_comparisons(version.comparisons, replace(comparisons, rows=rows))
    return many, few


def accuracies(version, label):
    (line,) = (line for line in version.lines if line.row.label == label)
    return [measures["l2_normalised"]["knn_accuracy"] for measures in line.measures]


def test_sizes_have_every_trained_rows_mean_and_interval_at_each_number_of_images(ranked):
    _, (header, table) = sizes(ranked)
    assert header[2:] == (
        "training_images",
        "knn_accuracy",
        "knn_accuracy_low",
        "knn_accuracy_high",
    )
    assert [line[:3] for line in table] == [
        ("cosface", "Large margin cosine", 1000),
        ("cosface", "Large margin cosine", 54000),
        ("softmax", "Softmax", 1000),
        ("softmax", "Softmax", 54000),
    ]
    mean = statistics.fmean(accuracies(ranked[0], "cosface"))
    assert table[0][3:] == pytest.approx((mean, 1 / 8, 1))
    assert table[1][3:] == pytest.approx((mean, 0, 1))


def test_a_row_that_one_version_alone_has_is_left_out_of_both_figures(ranked):
    many, few = ranked
    few.__dict__["lines"] = [line for line in few.lines if line.row.label != "softmax"]
    for _, (header, table) in (sizes(ranked), transfer([(many, few)])):
        assert {row[header.index("label")] for row in table} == {"cosface"}


def test_transfer_pairs_the_separation_of_one_version_with_the_headline_of_the_other(ranked):
    many, few = ranked
    _, (header, table) = transfer([(many, few)])
    (cosface,) = (
        line
        for each in table
        if (line := dict(zip(header, each, strict=True)))["label"] == "cosface"
    )
    assert (cosface["seen"], cosface["unseen"]) == ("many", "few")
    (line,) = (line for line in many.lines if line.row.label == "cosface")
    ratios = [measures["l2_normalised"]["variance_ratio"] for measures in line.measures]
    assert cosface["seen_variance_ratio"] == pytest.approx(statistics.fmean(ratios))
    assert cosface["unseen_knn_accuracy"] == pytest.approx(
        statistics.fmean(accuracies(few, "cosface"))
    )


def test_each_pair_of_versions_has_a_panel_of_its_own(ranked):
    many, few = ranked
    figure, (_, table) = transfer([(many, few), (few, many)])
    assert [axes.get_title() for axes in figure.axes] == ["many → few", "few → many"]
    assert [line[:2] for line in table] == [("many", "few")] * 2 + [("few", "many")] * 2


def test_the_figure_and_its_data_are_written(ranked, tmp_path):
    names = [path.name for path in write(tmp_path / "figures", "sizes", *sizes(ranked))]
    assert names == ["sizes.png", "sizes.svg", "sizes.csv"]
    assert (tmp_path / "figures/sizes.png").read_bytes()[:4] == b"\x89PNG"
    lines = read_table((tmp_path / "figures/sizes.csv").read_text())
    assert [line["training_images"] for line in lines] == ["1000", "54000"] * 2


def test_versions_with_equally_many_images_are_refused_by_name(ranked):
    many, _ = ranked
    with pytest.raises(DiscernError, match=r"many and .*many both train on 54000 images; name "):
        sizes([many, many])


def test_versions_that_share_no_row_are_refused(ranked):
    many, few = ranked
    few.__dict__["lines"] = []
    for draw in (lambda: sizes(ranked), lambda: transfer([(many, few)])):
        with pytest.raises(DiscernError, match=r"no trained row is in two of them; name versions"):
            draw()


def test_versions_with_other_headline_measures_are_refused(ranked):
    many, few = ranked
    comparisons = read_comparisons(few.version)
    write_comparisons(few.version.comparisons, replace(comparisons, headline="map_at_r"))
    for draw in (lambda: sizes(ranked), lambda: transfer([(many, few)])):
        with pytest.raises(DiscernError, match=r"ordered by k-NN accuracy and .*few by MAP@R; run"):
            draw()


def with_networks_of(version, folder):
    """The version as if its networks had been trained in another one's folder."""
    version.__dict__["rows"] = [
        replace(row, trained=False, trained_in=folder * row.has_network) for row in version.rows
    ]
    return version


def test_networks_are_drawn_beside_the_version_that_trained_them(ranked):
    many, few = ranked
    assert transfer([(many, with_networks_of(few, "results/many"))])
    with pytest.raises(DiscernError, match=r"few has networks of results/many, not of few; name"):
        transfer([(few, few)])
    with pytest.raises(DiscernError, match=r"few has networks of results/other, not of many; name"):
        transfer([(many, with_networks_of(few, "results/other"))])


def test_sizes_leave_out_networks_that_were_trained_on_other_images(ranked):
    with_networks_of(ranked[1], "results/many")
    with pytest.raises(DiscernError, match=r"no trained row is in two of them"):
        sizes(ranked)


def test_a_summary_without_its_number_of_images_is_damaged(ranked):
    write_json(ranked[1].version.split_summary, {"train": {}})
    with pytest.raises(Damaged, match=r"does not count the images of each part"):
        sizes(ranked)
