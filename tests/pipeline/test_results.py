"""A whole run evaluates, draws and records every row."""

import csv
import hashlib
import json
import re

import numpy as np
import pytest
import yaml

from discern.provenance.machine import processor
from project import files_below

pytestmark = pytest.mark.slow

TRAINED = [
    "softmax",
    "triplet_semihard",
    "cosface",
    "intra_triplet",
    "triplet_softmax",
    "sphereface",
    "contrastive",
]
ROWS = ["pixels", *TRAINED]


@pytest.fixture(scope="session")
def results(finished):
    return finished.folder / "results" / "digits"


def test_leaderboard_has_every_row_and_measure(results):
    rows = {
        row["label"]: row for row in csv.DictReader((results / "report/leaderboard.csv").open())
    }
    assert set(rows) == set(ROWS)
    for label, row in rows.items():
        absent = {name for name, value in row.items() if value == ""}
        classifies = label in ("softmax", "cosface", "triplet_softmax", "sphereface")
        of_classifiers = ["classifier_accuracy", "self_duality", "classifier_disagreement"]
        of_classifiers += ["training_self_duality", "training_classifier_disagreement"]
        ends = [f"classifier_accuracy_images_{end}" for end in ("low", "high")]
        expected = set() if classifies else {*of_classifiers, *ends}
        # one seed is not tested, and no class is unseen
        expected |= {"beaten_by", "novelty_auroc", *(["epochs"] if label == "pixels" else [])}
        assert absent == expected, label
        assert float(row["map_at_r_images_low"]) < float(row["map_at_r"]), label
        assert float(row["map_at_r"]) < float(row["map_at_r_images_high"]), label
    ranking = [float(row["map_at_r"]) for row in rows.values()]
    assert ranking == sorted(ranking, reverse=True)


@pytest.mark.parametrize("label", ROWS)
def test_row_tells_digits_apart(results, label):
    measures = json.loads((results / f"measure/{label}/0.json").read_text())
    assert measures["images"] == 500
    # The pixels reach 0.97 here; a loss with a wrong sign or no gradient stays far below.
    assert measures["knn_accuracy"] > 0.94
    assert measures["nearest_mean_accuracy"] > 0.85
    assert measures["map"]["knn_accuracy"] > 0.9
    assert measures["classifier_accuracy"] is None or measures["classifier_accuracy"] > 0.9


@pytest.mark.parametrize("label", TRAINED)
def test_trained_embedding_is_more_compact_than_pixels(results, label):
    def ratio(row):
        measures = json.loads((results / f"measure/{row}/0.json").read_text())
        return measures["l2_normalised"]["variance_ratio"]

    assert ratio(label) > 1.3 * ratio("pixels")


@pytest.mark.parametrize("label", ROWS)
def test_embeddings_keep_the_data_sets_order(results, label, digits):
    split = np.load(results / "split/split.npz")
    test = np.load(results / f"embed/{label}/0/test.npz")
    train = np.load(results / f"embed/{label}/0/train.npz")
    width = 64 if label == "pixels" else 128
    assert test["embeddings"].shape == (500, width)
    assert test["embeddings"].dtype == np.float32
    assert train["embeddings"].shape == (1100, width)
    np.testing.assert_array_equal(test["labels"], digits["test_labels"])
    np.testing.assert_array_equal(train["labels"], digits["train_labels"][split["train"]])


def test_validation_images_never_train(results):
    split = np.load(results / "split/split.npz")
    assert len(split["train"]) == 1100
    assert len(split["validation"]) == 197
    assert not set(split["train"]) & set(split["validation"])


@pytest.mark.parametrize("label", ROWS)
def test_map_is_spread_in_both_directions(results, label):
    points = np.load(results / f"tsne/{label}/0.npz")["map"]
    assert points.shape == (500, 2)
    spread = points.std(axis=0)
    assert spread.min() > 0.2 * spread.max() > 0
    assert len(np.unique(points, axis=0)) == 500
    record = json.loads((results / f"tsne/{label}/0.record.json").read_text())
    assert record["results"]["iterations"] == 400


@pytest.mark.parametrize("label", TRAINED)
def test_selected_epoch_has_the_lowest_validation_loss(results, label):
    history = list(csv.DictReader((results / f"train/{label}/0/history.csv").open()))
    columns = ["epoch", "loss", "validation_loss", "between_classes", "learning_rate", "seconds"]
    assert list(history[0]) == columns
    assert min(float(row["between_classes"]) for row in history) > 0
    losses = [float(row["validation_loss"]) for row in history]
    reason = json.loads((results / f"select/{label}/0.json").read_text())
    assert reason["validation_loss"] == min(losses)
    assert reason["epoch"] == losses.index(min(losses)) + 1
    best_so_far = [e for e, loss in enumerate(losses) if loss < min(losses[:e], default=np.inf)]
    checkpoints = {p.name for p in (results / f"train/{label}/0/checkpoints").glob("*.npz")}
    assert checkpoints == {f"epoch-{epoch + 1:04d}.npz" for epoch in best_so_far}


def test_classifiers_weights_are_in_the_checkpoint(results):
    cosface = np.load(results / "select/cosface/0.npz")
    assert cosface["class_weights"].shape == (128, 10)
    softmax = np.load(results / "select/triplet_softmax/0.npz")
    assert softmax["bias"].shape == (10,)


def test_every_figure_is_there_in_every_format_with_its_data(results):
    for label in ROWS:
        trained = [] if label == "pixels" else ["curves"]
        for name in ("map", "distances", "confusions", *trained):
            figure = results / f"figures/{label}/0/{name}"
            assert figure.with_suffix(".png").read_bytes()[:4] == b"\x89PNG"
            assert b"<svg" in figure.with_suffix(".svg").read_bytes()[:600]
            assert len(figure.with_suffix(".csv").read_text().splitlines()) > 8
    assert not (results / "figures/pixels/0/curves.png").exists()
    for name in ("separation", "gallery", "curves", "verification"):
        assert (results / f"figures/{name}.png").stat().st_size > 10_000
        assert (results / f"figures/{name}.csv").stat().st_size > 500


def test_page_shows_all_and_loads_nothing(results):
    page = (results / "report/index.html").read_text()
    for label in ROWS:
        assert f'id="{label}"' in page
    assert "<script src" not in page
    elements = re.sub("<script.*?</script>", "", page, flags=re.DOTALL)
    assert elements.count("<math") == len(TRAINED)
    addresses = re.findall(r"(?:src|href)=\"([^\"]*)\"", elements)
    assert all(a.startswith(("data:", "#")) for a in addresses)
    assert "<link" not in elements
    assert (results / "report/index.html").stat().st_size < 15e6


def test_manifest_vouches_for_every_file(results):
    manifest = json.loads((results / "report/manifest.json").read_text())
    vouched = {**manifest["files"], **manifest["records"]}
    found = {name for name in files_below(results) if name != "report/manifest.json"}
    assert found == set(vouched)
    for name, digest in vouched.items():
        assert hashlib.sha256((results / name).read_bytes()).hexdigest() == digest, name


def test_folder_is_a_crate_of_the_run_and_says_its_settings(results, finished):
    crate = json.loads((results / "ro-crate-metadata.json").read_text())
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert "#train/cosface/0" in entities
    for name in files_below(results):
        if name not in ("ro-crate-metadata.json", "report/manifest.json"):
            content = (results / name).read_bytes()
            assert entities[name]["sha256"] == hashlib.sha256(content).hexdigest(), name
    made_with = yaml.safe_load((results / "report/config.yaml").read_text())
    assert made_with["losses"]["cosface"] == {"scale": 20, "margin": 0.2, "dropout": 0.0}
    assert made_with["tsne"]["iterations"] == finished.overlay["tsne"]["iterations"]
    assert not {"environment", "version"} & set(made_with)
    assert str(finished.overlay["data"]["local"]) not in json.dumps(made_with)


def test_record_says_how_it_was_made(results):
    record = json.loads((results / "train/cosface/0/record.json").read_text())
    assert record["parameters"]["parameters"] == {"scale": 20, "margin": 0.2, "dropout": 0.0}
    assert record["parameters"]["accelerator"] == "cpu"
    assert record["parameters"]["seed"] == 0
    assert record["packages"]["tensorflow"] == "2.15.1"
    assert record["wall_seconds"] > 0
    assert record["peak_memory_mb"] > 100
    assert record["device"] == processor()
    split = (results / "split/split.npz").read_bytes()
    assert record["inputs"]["../../../split/split.npz"] == hashlib.sha256(split).hexdigest()


def test_no_state_and_no_temporary_file_is_left(results):
    assert [name for name in files_below(results) if "/." in f"/{name}"] == []


def test_nothing_is_written_outside_results_and_logs(finished):
    found = {path.name for path in finished.folder.iterdir()}
    ours = {"Snakefile", "config", "config.yaml", "workflow", "profiles", "envs", ".venv"}
    ours |= {"overlay.yaml", "pyproject.toml", "README.md", "LICENSE"}
    assert found - ours == {"results", "logs", ".snakemake", ".cache"}


def test_snakemakes_report_shows_every_figure_with_a_caption(copied):
    done = copied.snakemake("--report", "report.html")
    assert done.returncode == 0, done.stdout
    page = (copied.folder / "report.html").read_text()
    for label in ROWS:
        trained = [] if label == "pixels" else ["curves"]
        for name in ("map", "distances", "confusions", *trained):
            assert f"figures/{label}/0/{name}.png" in page
    for name in ("separation", "gallery", "curves", "verification"):
        assert f"figures/{name}.png" in page
    assert "400 iterations, perplexity 20" in page  # the caption of a map, with its settings
    assert "<strong>Large margin cosine</strong>" in page  # that of a row's figure, with its title
    assert "Embeddings are L2-normalised" in page  # that of distances
    assert "drawn as it is" not in page  # no embedding lies in the plane
    for marker in ("{{", "{%"):
        assert f"{marker} snakemake" not in page
    assert "The same network was trained with each loss" in page  # the introduction


def test_snakemakes_report_begins_with_the_separation_and_names_rows_by_their_titles(copied):
    assert copied.snakemake("--report", "report.html").returncode == 0
    page = (copied.folder / "report.html").read_text()
    labels = [json.loads(text) for text in re.findall(r'"labels": (\{[^}]*\})', page)]
    of_all = sorted(each["figure"] for each in labels if "figure" in each)  # as the report does
    assert of_all[0] == "1 Separation of the classes"
    assert of_all[-1] == "5 Page with everything"
    leaderboard = copied.folder / "results/digits/report/leaderboard.csv"
    with leaderboard.open(encoding="utf-8", newline="") as file:
        titles = {row["title"] for row in csv.DictReader(file)}
    assert {each["row"] for each in labels if "row" in each} == titles
    assert len(titles) == len(ROWS)


def test_figures_are_made_as_pdf_on_request_and_the_same_each_time(copied):
    target = "results/digits/figures/cosface/0/map.pdf"
    overlay = {"figures": {"formats": ["png", "svg", "pdf"]}, "overwrite": True}
    found = []
    for _ in range(2):
        done = copied.snakemake(target, "--forcerun", "map_figure", overlay=overlay)
        assert done.returncode == 0, done.stdout
        found.append((copied.folder / target).read_bytes())
    assert found[0].startswith(b"%PDF-")
    assert found[0] == found[1]
