"""The catalogue of measures, read from the families' files."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from discern.errors import Damaged
from discern.measures import catalogue
from discern.measures.catalogue import (
    HEADLINES,
    MEASURES,
    ORDERING,
    compared_in,
    families,
    modules,
    named,
    read_measures,
)
from plain_files import write_json
from samples import put

FOLDER = Path(catalogue.__file__).parent
_KNOWN = """
map_at_r nearest_mean_accuracy equal_error_rate knn_accuracy intra_class_variance
inter_class_variance variance_ratio linear_probe_accuracy classifier_accuracy novelty_auroc
precision_at_1 r_precision silhouette separation adjusted_mutual_information
normalised_mutual_information adjusted_rand_index true_acceptance_at_0.01 true_acceptance_at_0.001
true_acceptance_at_0.0001 within_class_variability equal_norms maximal_angles equiangularity
self_duality classifier_disagreement effective_rank class_distance_normalised_variance
training_within_class_variability training_equal_norms training_maximal_angles
training_equiangularity training_self_duality training_classifier_disagreement own_map_at_r
own_nearest_mean_accuracy own_equal_error_rate own_knn_accuracy own_linear_probe_accuracy
own_silhouette native_map_at_r native_nearest_mean_accuracy native_equal_error_rate
native_knn_accuracy native_linear_probe_accuracy native_silhouette native_variance_ratio alignment
uniformity threshold_inconsistency map_knn_accuracy embedding_knn_accuracy map_trustworthiness
map_kl_divergence
"""
KNOWN = _KNOWN.split()


every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)


def known(measures):
    """The names of those of ``measures`` that the project comes with; more may have been added."""
    return [measure.name for measure in measures if measure.name in KNOWN]


def test_the_names_that_programs_read_stand_in_the_order_that_they_know():
    assert known(MEASURES) == KNOWN


def test_short_tables_begin_with_the_measures_that_are_tested():
    names = [measure.name for measure in HEADLINES]
    tested = ["map_at_r", "nearest_mean_accuracy", "equal_error_rate", "knn_accuracy"]
    assert names == [*tested, "intra_class_variance", "inter_class_variance", "variance_ratio"]
    assert list(HEADLINES) == list(MEASURES[: len(HEADLINES)])
    assert [measure.name for measure in compared_in(named("map_at_r"))] == tested
    assert [measure.name for measure in compared_in(named("silhouette"))] == [*tested, "silhouette"]


def test_any_measure_that_every_row_has_image_by_image_can_order_the_rows():
    bases = {named(name).basis for name in ORDERING}
    assert bases == {"own_distance", "l2_normalised"}
    assert all(named(name).per_image for name in ORDERING)
    assert {"map_at_r", "own_map_at_r", "silhouette", "linear_probe_accuracy"} <= set(ORDERING)
    assert not {"classifier_accuracy", "map_knn_accuracy", "native_map_at_r"} & set(ORDERING)


def test_a_family_is_a_file_that_assigns_measures():
    files = {path.stem for path in FOLDER.glob("*.py") if "\nmeasures = " in path.read_text()}
    assert set(families()) == files
    assert set(catalogue._ORDER) <= files
    assert modules() == [f"discern.measures.{name}" for name in families()]


@pytest.mark.parametrize("name", families())
def test_the_measures_read_from_the_file_are_those_of_the_module_that_computes_them(name):
    module = importlib.import_module(f"discern.measures.{name}")
    assert families()[name] == module.measures
    assert hasattr(module, "compute") != hasattr(module, "observer")


@pytest.mark.parametrize("name", families())
def test_a_family_of_data_that_some_rows_lack_measures_nothing_else(name):
    bases = {measure.basis for measure in families()[name]}
    assert len(bases) == 1 or not bases & {"classifier", "novelty", "map"}


@every_measure
def test_no_other_measure_has_the_same_words(measure):
    for word in ("name", "path", "title", "definition"):
        assert [getattr(other, word) for other in MEASURES].count(getattr(measure, word)) == 1


@every_measure
def test_a_definition_is_one_line_with_the_range(measure):
    assert measure.title
    assert "\n" not in measure.definition
    assert len(measure.definition) < 170
    in_words_of_another = measure.name.startswith(("own_", "native_"))
    assert in_words_of_another or re.search(r"from \d|to \d", measure.definition)


def test_parts_of_a_whole_are_in_per_cent():
    parts = "accuracy|auroc|precision|map_at_r|error_rate|acceptance|disagreement"
    expected = [name for name in KNOWN if re.search(parts, name)]
    assert known(measure for measure in MEASURES if measure.percent) == expected


def test_what_only_describes_and_what_had_better_be_low_is_named():
    low = known(measure for measure in MEASURES if measure.better == "lower")
    assert low == [
        "equal_error_rate",
        "intra_class_variance",
        "within_class_variability",
        "class_distance_normalised_variance",
        "training_within_class_variability",
        "own_equal_error_rate",
        "native_equal_error_rate",
        "alignment",
        "uniformity",
        "threshold_inconsistency",
    ]
    neither = known(measure for measure in MEASURES if measure.better is None)
    angles = ["equal_norms", "maximal_angles", "equiangularity"]
    collapse = [*angles, "self_duality", "classifier_disagreement"]
    training = [f"training_{name}" for name in collapse]
    assert neither == [*collapse, "effective_rank", *training, "map_kl_divergence"]


def test_reading_the_catalogue_imports_neither_numpy_nor_any_family():
    program = "import sys, discern.measures.catalogue; print(*sys.modules)"
    imported = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert "discern.measures.catalogue" in imported.split()
    assert not {"numpy", "sklearn", "scipy", *modules()} & set(imported.split())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of families, empty."""
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    families.cache_clear()
    yield tmp_path
    families.cache_clear()


def test_a_new_file_is_a_new_family_behind_those_that_are_known(folder):
    new = 'raise RuntimeError("imported")\nmeasures = (Measure("{0}", "T", "0 to 1"),)\n'
    for name in ("aardvark", "verification", "zebra", "retrieval"):
        (folder / f"{name}.py").write_text(new.format(name), encoding="utf-8")
    (folder / "no_family.py").write_text("measures = 3\n", encoding="utf-8")
    assert list(families()) == ["retrieval", "verification", "aardvark", "zebra"]
    assert families()["zebra"][0].name == "zebra"


def values():
    """A measure file's content with another value for each measure."""
    content = {"images": 10, "neighbours": 5}
    for place, measure in enumerate(MEASURES):
        put(content, measure, float(place))
    return content


def read_back(folder, content):
    """``content`` as it is read from a measure file."""
    write_json(folder / "0.json", content)
    return read_measures(folder / "0.json")


def test_a_measure_file_is_read_with_a_value_for_each_measure(tmp_path):
    read = read_back(tmp_path, values())
    assert read == values()
    assert [measure.value(read) for measure in MEASURES] == list(range(len(MEASURES)))


def test_a_row_without_map_classifier_and_unseen_classes_lacks_their_measures_alone(tmp_path):
    without = dict.fromkeys(["map", "classifier_accuracy", "classifier_collapse", "novelty_auroc"])
    read = read_back(tmp_path, values() | without)
    lacking = {measure.name for measure in MEASURES if measure.value(read) is None}
    assert lacking == {m.name for m in MEASURES if m.basis in ("map", "classifier", "novelty")}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (values() | {"clustering": {}}, "adjusted_mutual_information"),
        (values() | {"clustering": 3}, "not subscriptable"),
        (values() | {"knn_accuracy": "high"}, "high"),
        ({k: v for k, v in values().items() if k != "neighbours"}, "neighbours"),
        (values() | {"images": None}, "NoneType"),
        ([], "list indices"),
    ],
)
def test_a_file_that_lacks_a_measure_is_damaged(tmp_path, content, why):
    with pytest.raises(Damaged, match=rf"0\.json does not hold all measures \(.*{why}"):
        read_back(tmp_path, content)
