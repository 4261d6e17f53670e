"""What docs/search.md says of the search can be computed again from its trials."""

import csv
import json
import re
from itertools import combinations
from operator import itemgetter
from pathlib import Path
from statistics import fmean

import pytest
import yaml

from markdown_tables import read_tables

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
TEXT = " ".join((DOCS / "search.md").read_text(encoding="utf-8").split())
FINDINGS = " ".join((DOCS / "findings.md").read_text(encoding="utf-8").split())
ROWS = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))["losses"]
SEVEN = [label for label in ROWS if label != "pixels"]
TRIPLETS = ("triplet_semihard", "intra_triplet", "triplet_softmax")


@pytest.fixture(scope="module")
def trials():
    """The trials of each loss, with MAP@R in per cent."""
    found = {}
    with (DOCS / "search.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            settings = json.loads(line["parameters"])
            settings["learning_rate"] = float(line["learning_rate"])
            of_loss = found.setdefault(line["label"].rpartition("-")[0], [])
            of_loss.append((100 * float(line["map_at_r"]), settings))
    return found


@pytest.fixture(scope="module")
def bests(trials):
    """The highest MAP@R of each loss's trials."""
    return {loss: max(value for value, _ in of_loss) for loss, of_loss in trials.items()}


def expected_best(values, count):
    """The mean of the best over all subsets of ``count`` trials."""
    return fmean(map(max, combinations(values, count)))


def best_settings(of_loss):
    """The settings of a loss's best trial."""
    return max(of_loss, key=itemgetter(0))[1]


def test_the_table_has_each_losss_own_settings_best_worst_and_expected_best(trials):
    (table,) = (t for t in read_tables((DOCS / "search.md").read_text()) if "worst trial" in t[0])
    assert [line["loss"] for line in table] == list(trials)
    for line in table:
        values = [value for value, _ in trials[line["loss"]]]
        assert len(values) == 20
        found = {
            "own settings": values[0],
            "best trial": max(values),
            "worst trial": min(values),
            "expected best of 1": fmean(values),
            "expected best of 5": expected_best(values, 5),
            "expected best of 10": expected_best(values, 10),
            "expected best of 20": max(values),
        }
        for column, value in found.items():
            assert line[column] == f"{value:.2f} %", (line["loss"], column)
        gain, spread = map(float, line["gain"].split(" ± "))
        assert f"{gain:.2f}" == f"{max(values) - values[0]:.2f}"
        assert line["clear"] == ("yes" if gain > spread else "no")
        own, best = trials[line["loss"]][0][1], best_settings(trials[line["loss"]])
        named = dict(re.findall(r"(\w+) ([\w.]+)", line["with"]))
        assert named == {n: str(value) for n, value in best.items() if value != own.get(n)}


def test_the_figure_shows_the_expected_best_of_each_number_of_trials(trials):
    with (DOCS / "figures/tuning.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["loss"] for line in lines[::20]] == list(trials)
    for line in lines:
        count = int(line["trials"])
        if count <= 3 or count >= 18:
            best = expected_best([value for value, _ in trials[line["loss"]]], count)
            assert 100 * float(line["expected_best_map_at_r"]) == pytest.approx(best)


def test_the_text_says_what_the_trials_say(trials, bests):
    assert min(bests, key=bests.get) == "softmax"
    values = {loss: [value for value, _ in trials[loss]] for loss in SEVEN}
    triplets = sorted(bests[loss] for loss in TRIPLETS)
    assert f"{bests['softmax']:.2f} %, the best of the triplet losses" in TEXT
    assert f"triplet losses {triplets[0]:.2f} to {triplets[-1]:.2f} %" in TEXT
    gains = {loss: bests[loss] - values[loss][0] for loss in values}
    assert max(gains, key=gains.get) == "contrastive"
    assert f"Of the seven contrastive gains most, {gains['contrastive']:.2f} points" in TEXT
    assert triplets[0] < bests["contrastive"] < triplets[-1]
    means = {loss: fmean(each) for loss, each in values.items()}
    assert f"{means['intra_triplet']:.2f} % with the intra-enhanced triplet" in TEXT
    assert f"{means['triplet_semihard']:.2f} % with the semi-hard one" in TEXT
    for loss in ("cosface", "softmax"):
        assert abs(means[loss] - values[loss][0]) < 0.5
    without = [v for loss in TRIPLETS[:2] for v, of in trials[loss] if of["margin"] == 0]
    assert f"(α = 0) hardly learn alone: {min(without):.0f} to {max(without):.0f} %" in TEXT
    lost = [bests[loss] - expected_best(each, 5) for loss, each in values.items()]
    assert f"of five is {min(lost):.2f} to {max(lost):.2f} points below" in TEXT
    shares = {
        loss: (expected_best(each, 5) - each[0]) / (bests[loss] - each[0])
        for loss, each in values.items()
    }
    low, lower, *others = sorted(shares.values())
    assert f"{100 * others[0]:.0f} to {100 * others[-1]:.0f} % of the gain" in TEXT
    assert (shares["triplet_softmax"], shares["sphereface"]) == (low, lower)
    assert f"{100 * lower:.0f} % for A-Softmax and {100 * low:.0f} % for triplets with" in TEXT
    below = values["contrastive"][0] - means["contrastive"]
    assert f"setting of contrastive is {below:.1f} points below its own settings" in TEXT
    next_to_softmax = sorted(bests[loss] for loss in SEVEN)[1] - bests["softmax"]
    assert f"Softmax and A-Softmax are {next_to_softmax:.2f} points apart" in TEXT
    rates = [best_settings(of_loss)["learning_rate"] for of_loss in trials.values()]
    assert f"best trial has a rate of {min(rates)} to {max(rates)}" in TEXT
    highest = max(of["learning_rate"] for of_loss in trials.values() for _, of in of_loss)
    assert (max(rates), rates.count(highest)) == (highest, 8)
    assert "the best trials of eight losses have it" in TEXT
    assert all(best_settings(trials[loss])["learning_rate"] == highest for loss in TRIPLETS)


def test_the_text_says_what_the_trials_of_further_losses_say(trials, bests):
    assert len(trials) == 20
    further = {loss: best for loss, best in bests.items() if loss not in SEVEN}
    (low, lowest), (high, highest) = (f(further.items(), key=itemgetter(1)) for f in (min, max))
    assert (low, high) == ("circle", "n_pairs")
    assert f"best trials from {lowest:.2f} % (circle) to {highest:.2f} % (N-pairs)" in TEXT
    assert highest == max(bests.values())
    assert f"{fmean(v for v, _ in trials['n_pairs']):.2f} %. NormFace and" in TEXT
    gains = {loss: best - trials[loss][0][0] for loss, best in further.items()}
    second, first = sorted(gains, key=gains.get)[-2:]
    assert (first, second) == ("normface", "proxy_nca")
    assert f"gain most, {gains[first]:.2f} and {gains[second]:.2f} points" in TEXT


def test_the_preset_of_tuned_rows_has_the_settings_of_each_losss_best_trial(trials):
    preset = PROJECT / "config/presets/scarce_tuned.yaml"
    rows = yaml.safe_load(preset.read_text(encoding="utf-8"))["losses"]
    for loss in SEVEN:
        row, of_loss = rows.pop(f"{loss}_tuned"), trials[loss]
        assert row.pop("loss") == loss
        del row["title"]
        assert of_loss[0][1] | row == best_settings(of_loss), loss
    assert not [label for label in rows if label.endswith("_tuned")]


def test_the_findings_say_what_the_trials_say(trials, bests):
    softmax = bests["softmax"]
    others = [best for loss, best in bests.items() if loss != "softmax"]
    own = [trials[loss][0][0] for loss in TRIPLETS]
    assert softmax < min(own)
    assert f"best trial has a MAP@R of {softmax:.2f} %" in FINDINGS
    assert bests["cosface"] > bests["sphereface"]
    leads = sorted(each - trials["softmax"][0][0] for each in own)
    tuned = sorted(bests[loss] - softmax for loss in TRIPLETS)
    assert f"is {leads[0]:.1f} to {leads[-1]:.1f} points with the rows' own settings" in FINDINGS
    assert f"and {tuned[0]:.1f} to {tuned[-1]:.1f} between the best trials" in FINDINGS
    for loss in (*TRIPLETS, "contrastive"):
        assert best_settings(trials[loss])["distance"] == "cosine"
    assert min(bests[loss] - trials[loss][0][0] for loss in TRIPLETS) > 1
    dropouts = [settings["dropout"] for _, settings in trials["softmax"]]
    assert best_settings(trials["softmax"])["dropout"] == max(dropouts)
    assert f"every other loss, {min(others):.2f} to {max(others):.2f} %" in FINDINGS
    assert f"without tuning, {min(own):.2f} to {max(own):.2f} %" in FINDINGS
