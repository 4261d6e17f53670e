"""A plan names the files of all trainings: of each once, and of none that there is not."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from configuration.shipped import with_change
from discern.configuration.plan import Plan
from discern.configuration.rows import rows
from discern.results import Version

LOSSES = {"pixels": {}, "softmax": {}, "contrastive": {}}
SEARCH = "search: {trials: 2, learning_rates: [0.001, 0.01], seed: 0}"


def plan_of(change="{}", losses=LOSSES) -> Plan:
    """The plan of the baseline, softmax with two seeds and contrastive with as many."""
    config = with_change(change) | {"seeds": [3, 5], "losses": losses}
    all_drawn = config["figures"]["drawn_seeds"] == "all"
    return Plan(rows(config), Version(Path("v")), "test", "search" in config, all_drawn=all_drawn)


def names(paths) -> list[str]:
    return [str(path) for path in paths]


def test_trainings_are_each_row_with_each_of_its_seeds():
    trainings = [(row.label, seed) for row, seed in plan_of().trainings]
    of_losses = [(label, seed) for label in ("softmax", "contrastive") for seed in (3, 5)]
    assert trainings == [("pixels", 0), *of_losses]
    assert [(row.label, seed) for row, seed in plan_of().trained] == of_losses
    firsts = [(row.label, seed) for row, seed in plan_of().firsts]
    assert firsts == [("pixels", 0), ("softmax", 3), ("contrastive", 3)]


def test_each_file_is_that_of_the_chosen_trainings():
    plan = plan_of()
    chosen = plan.each(Version.selection, plan.trained[:2])
    assert names(chosen) == ["v/select/softmax/3.json", "v/select/softmax/5.json"]
    assert len(plan.each(Version.measures)) == 5
    assert plan.each(Version.measures, []) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("{}", ["v/tsne/pixels/0.npz", "v/tsne/softmax/3.npz"]),
        (
            "network: {embedding_dim: 2}",
            ["v/tsne/pixels/0.npz", "v/embed/softmax/3/test.npz"],
        ),
        (SEARCH, []),
    ],
    ids=["t-SNE", "the plane", "a search"],
)
def test_a_map_is_tsnes_or_the_embedding_in_the_plane_or_none(change, expected):
    plan = plan_of(change)
    assert names(plan.maps(plan.firsts[:2])) == expected


def test_the_page_shows_each_rows_first_seed():
    shown = names(plan_of().page_figures())
    assert len(shown) == len(set(shown)) == 2 * (3 * 3 + 2 + 2)
    assert "v/figures/softmax/3/curves.png" in shown
    assert not [name for name in shown if "/5/" in name or "pixels/0/curves" in name]
    assert {"v/figures/separation.png", "v/figures/verification.csv"} <= set(shown)


ALONE = [
    *(f"v/{stage}/record.json" for stage in ("download", "split", "compare", "report")),
    *(f"v/figures/{sheet}.record.json" for sheet in ("separation", "gallery", "curves")),
    "v/figures/verification.record.json",
]
OF_ALL = [
    *("v/embed/{}/record.json", "v/tsne/{}.record.json", "v/measure/{}.record.json"),
    *(f"v/figures/{{}}/{kind}.record.json" for kind in ("map", "distances", "confusions")),
]
OF_TRAINED = [
    *("v/train/{}/record.json", "v/select/{}.record.json"),
    "v/figures/{}/curves.record.json",
]


# What only mapped or drawn seeds have.
FIRST_ONLY = ("v/tsne/", "v/figures/")


def test_the_manifest_joins_every_record_once():
    trained = ["softmax/3", "softmax/5", "contrastive/3", "contrastive/5"]
    expected = [*ALONE, *(path.format("pixels/0") for path in OF_ALL)]
    expected += [path.format(name) for name in trained for path in OF_ALL + OF_TRAINED]
    assert sorted(names(plan_of().records())) == sorted(expected)


def test_only_the_first_seed_is_mapped_and_drawn_if_no_more_is_wanted():
    change = "{tsne: {mapped_seeds: first}, figures: {drawn_seeds: first}}"
    trained = ["softmax/3", "softmax/5", "contrastive/3", "contrastive/5"]
    expected = [*ALONE, *(path.format("pixels/0") for path in OF_ALL)]
    for name in trained:
        first = name.endswith("3")
        paths = OF_ALL + OF_TRAINED
        expected += [p.format(name) for p in paths if first or not p.startswith(FIRST_ONLY)]
    assert sorted(names(plan_of(change).records())) == sorted(expected)


def test_without_maps_there_is_no_contact_sheet_and_nothing_on_the_page():
    plan = plan_of("tsne: {mapped_seeds: none}")
    needed = names([*plan.records(), *plan.page_figures(), *plan.maps(plan.trainings)])
    assert not [name for name in needed if re.search("tsne|gallery|map", name)]


@pytest.mark.parametrize(("mapped", "count"), [("all", 3), ("first", 3), ("none", 0)])
def test_the_page_needs_the_embeddings_of_the_rows_that_it_shows_maps_of(mapped, count):
    plan = plan_of(f"tsne: {{mapped_seeds: {mapped}}}")
    shown = [f"v/embed/{name}/test.npz" for name in ("pixels/0", "softmax/3", "contrastive/3")]
    assert names(plan.page_embeddings) == shown[:count]


def test_without_a_trained_row_there_are_no_curves():
    records = names(plan_of(losses={"pixels": {}}).records())
    assert not [name for name in records if "curves" in name]


def test_of_a_search_only_the_tuning_is_drawn():
    records = names(plan_of(SEARCH).records())
    assert "v/search/record.json" in records
    drawn = [name for name in records if "figures" in name or "compare" in name]
    assert drawn == ["v/figures/tuning.record.json"]


def test_the_corruption_is_recorded_only_where_there_is_one():
    plan = replace(plan_of(), is_corrupted=True)
    assert "v/corrupt/record.json" in names(plan.records())
    assert "v/corrupt/record.json" not in names(plan_of().records())
