"""What the texts conclude from the published files can be computed from them again."""

import csv
from itertools import pairwise, product
from pathlib import Path

from scipy.stats import spearmanr

from discern.measures.catalogue import MEASURES
from discern.publishing.ranked import Ranked
from discern.results import Version
from markdown_tables import read_tables

PROJECT = Path(__file__).parents[2]
LENET, SCARCE = PROJECT / "docs/lenet", PROJECT / "docs/scarce"


def means_of(version, measure="map_at_r"):
    """The mean of each row of a published version."""
    with (PROJECT / "docs" / version / "report/leaderboard.csv").open(newline="") as file:
        return {row["label"]: float(row[measure]) for row in csv.DictReader(file)}


def means_of_trained(version, measure="map_at_r"):
    """The mean of each trained row."""
    return {label: mean for label, mean in means_of(version, measure).items() if label != "pixels"}


def test_the_correlations_with_the_headline_are_those_of_the_leaderboards():
    text = (PROJECT / "docs/statistics.md").read_text(encoding="utf-8")
    (table,) = (each for each in read_tables(text) if {"scarce", "lenet"} <= each[0].keys())
    names = {measure.title: measure.name for measure in MEASURES}
    for line, version in product(table, (SCARCE, LENET)):
        both = (
            list(means_of_trained(version.name, name).values())
            for name in ("map_at_r", names[line["measure"]])
        )
        found = f"{spearmanr(*both).statistic:.2f}".replace("-", "\N{MINUS SIGN}")
        assert line[version.name] == found, line["measure"]


def test_wrong_labels_cost_a_softmax_least_and_the_intra_enhanced_triplet_most():
    right, wrong = means_of_trained("scarce"), means_of_trained("label_noise")
    lost = {label: right[label] - wrong[label] for label in right}
    assert (min(lost, key=lost.get), max(lost, key=lost.get)) == ("sphereface", "intra_triplet")
    assert min(wrong, key=wrong.get) == "intra_triplet"


def test_with_a_long_tail_raw_pixels_have_the_highest_k_nn_accuracy():
    trained = means_of_trained("long_tail", "knn_accuracy")
    assert max(trained, key=trained.get) == "triplet_softmax"
    assert means_of("long_tail", "knn_accuracy")["pixels"] > max(trained.values())


def test_softmax_with_more_images_has_a_higher_mean_than_every_row_with_fewer():
    means = [means_of(version) for version in ("scarce_1000", "scarce", "lenet")]
    for fewer, more in pairwise(means):
        assert more["softmax"] > max(fewer.values())
    assert means_of("controls")["softmax_plain"] < means[0]["triplet_semihard"]


def test_settings_that_are_best_after_400_steps_lower_the_triplets_means_in_full_trainings():
    means = means_of("scarce_tuned")
    for loss in ("triplet_semihard", "intra_triplet", "triplet_softmax"):
        assert means[f"{loss}_tuned"] < means[loss]
    assert max(means, key=means.get) == "triplet_semihard"
    own = means_of("scarce_tuned", "own_map_at_r")
    assert own["triplet_semihard_tuned"] > own["triplet_semihard"]
    assert own["intra_triplet_tuned"] > own["intra_triplet"]
    assert own["triplet_softmax_tuned"] < own["triplet_softmax"]


def test_the_images_that_all_trainings_miss_are_those_of_the_findings():
    with Version(LENET).mistakes.open(newline="") as file:
        missed = list(csv.DictReader(file))
    trained = [row.label for row in Ranked(Version(LENET)).rows if row.trained]
    errors = {
        line["image"]: sum(
            guess != line["label"] for label in trained for guess in line[label].split()
        )
        for line in missed
    }
    wrong = {line["image"] for line in missed if line["label_is_wrong"] == "yes"}
    by_all = {image for image, count in errors.items() if count == 35}
    share = sum(errors[image] for image in wrong) / sum(errors.values())
    text = " ".join((PROJECT / "docs/findings.md").read_text(encoding="utf-8").split())
    assert f"All 35 trainings misclassify {len(by_all)} images" in text
    assert f"{len(by_all & wrong)} of these have a wrong label" in text
    assert (
        f"{len(wrong)} images whose label is wrong take {100 * share:.0f} % of all errors" in text
    )
