"""The map is a function of the embeddings alone, and keeps their neighbours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from sklearn.neighbors import KNeighborsClassifier

from discern.files import read_arrays, write_arrays
from discern.stages import tsne

SETTINGS = {
    "iterations": 300,
    "perplexity": 15,
    "early_exaggeration": 12,
    "early_exaggeration_iterations": 80,
    "seed": 0,
}


def arguments(folder, distance="euclidean", **changes):
    found = ["--embeddings", str(folder / "embeddings.npz"), "--map", str(folder / "made.npz")]
    found += ["--record", str(folder / "record.json"), "--distance", distance]
    return [*found, "--settings", json.dumps(SETTINGS | changes)]


@pytest.fixture(scope="module")
def pixels(digits):
    """400 digits as the baseline embeds them."""
    embeddings = digits["train_images"][:400].reshape(400, 64).astype(np.float32) / 255
    return {"embeddings": embeddings, "labels": digits["train_labels"][:400]}


@pytest.fixture(scope="module")
def made(pixels, tmp_path_factory):
    """A folder with the 400 digits and their map."""
    folder = tmp_path_factory.mktemp("tsne")
    write_arrays(folder / "embeddings.npz", pixels)
    assert tsne.main(arguments(folder)) == 0
    return folder


def record(folder):
    return json.loads((folder / "record.json").read_text())


def test_the_map_has_a_point_and_a_label_for_each_embedding(made, pixels):
    found = read_arrays(made / "made.npz")
    assert set(found) == {"map", "labels", "kl_divergence"}
    assert found["map"].shape == (400, 2)
    assert found["map"].dtype == np.float64
    assert np.isfinite(found["map"]).all()
    np.testing.assert_array_equal(found["labels"], pixels["labels"], strict=True)


def test_digits_stay_with_their_like(made):
    found = read_arrays(made / "made.npz")
    classifier = KNeighborsClassifier(3).fit(found["map"][:200], found["labels"][:200])
    assert classifier.score(found["map"][200:], found["labels"][200:]) > 0.85


def plain_divergence(values, points, perplexity):
    """KL(P ‖ Q) over all pairs, row by row, as van der Maaten (2014) writes it."""
    distances = cdist(values.astype(np.float64), values.astype(np.float64), "sqeuclidean")
    conditional = np.zeros_like(distances)
    for i, row in enumerate(distances):
        near = [j for j in np.argsort(row) if j != i][: 3 * perplexity]

        def weights(precision, row=row, near=near):
            found = np.exp(-precision * (row[near] - row[near].min()))
            return found / found.sum()

        def excess(precision, weights=weights):
            p = weights(precision)
            return -(p * np.log(np.maximum(p, 1e-300))).sum() - np.log(perplexity)

        conditional[i, near] = weights(brentq(excess, 1e-3, 1e3))
    p = (conditional + conditional.T) / (2 * len(values))
    q = 1 / (1 + cdist(points, points, "sqeuclidean"))
    np.fill_diagonal(q, 0)
    q /= q.sum()
    return (p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum()


def test_the_divergence_is_that_of_the_points_in_the_order_of_the_embeddings(made, pixels):
    # the points are sorted anew for every phase, so that any other order would show here
    found = read_arrays(made / "made.npz")
    expected = plain_divergence(pixels["embeddings"], found["map"], SETTINGS["perplexity"])
    assert found["kl_divergence"] == pytest.approx(expected, abs=1e-3)
    shifted = plain_divergence(pixels["embeddings"], np.roll(found["map"], 1, 0), 15)
    assert shifted > 2 * expected


def test_strips_bring_neighbours_together():
    points = np.random.default_rng(0).normal(size=(1000, 2))
    order = tsne.in_strips(points)
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))

    def step(walk):
        return np.linalg.norm(np.diff(walk, axis=0), axis=1).mean()

    assert step(points[order]) < step(points) / 5


def test_as_many_iterations_are_done_as_asked_for(made):
    assert record(made)["results"]["iterations"] == 300


def test_a_second_run_gives_the_same_bytes(made, tmp_path, pixels):
    write_arrays(tmp_path / "embeddings.npz", pixels)
    assert tsne.main(arguments(tmp_path)) == 0
    assert (tmp_path / "made.npz").read_bytes() == (made / "made.npz").read_bytes()


def test_more_iterations_lower_the_divergence(made, tmp_path, pixels):
    write_arrays(tmp_path / "embeddings.npz", pixels)
    assert tsne.main(arguments(tmp_path, iterations=90)) == 0
    assert record(tmp_path)["results"]["iterations"] == 90
    later = read_arrays(made / "made.npz")["kl_divergence"]
    assert later < read_arrays(tmp_path / "made.npz")["kl_divergence"]


@pytest.mark.parametrize(("iterations", "early"), [(7, 20), (20, 0), (20, 20), (1, 1)])
def test_early_iterations_are_among_all(tmp_path, pixels, iterations, early):
    few = {name: array[:60] for name, array in pixels.items()}
    write_arrays(tmp_path / "embeddings.npz", few)
    counts = {"iterations": iterations, "early_exaggeration_iterations": early}
    assert tsne.main(arguments(tmp_path, **counts)) == 0
    assert record(tmp_path)["results"]["iterations"] == iterations


def test_the_length_of_an_embedding_does_not_count_for_the_cosine_distance(tmp_path, pixels):
    exponents = np.random.default_rng(0).integers(-3, 4, (100, 1))
    lengths = np.float32(2.0) ** exponents.astype(np.float32)
    chosen = {name: array[:100] for name, array in pixels.items()}
    maps = {}
    for distance in ("cosine", "euclidean"):
        for name, factor in (("as it is", np.float32(1)), ("scaled", lengths)):
            scaled = chosen | {"embeddings": chosen["embeddings"] * factor}
            write_arrays(tmp_path / "embeddings.npz", scaled)
            assert tsne.main(arguments(tmp_path, distance, iterations=20)) == 0
            maps[distance, name] = read_arrays(tmp_path / "made.npz")["map"]
    # a power of two leaves every digit of the normalised values as it is
    np.testing.assert_array_equal(maps["cosine", "as it is"], maps["cosine", "scaled"])
    gap = np.abs(maps["euclidean", "as it is"] - maps["euclidean", "scaled"]).max()
    assert gap > maps["euclidean", "as it is"].std()


def test_too_large_a_perplexity_is_refused(tmp_path, pixels, capfd):
    few = {name: array[:45] for name, array in pixels.items()}
    write_arrays(tmp_path / "embeddings.npz", few)
    assert tsne.main(arguments(tmp_path)) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert "tsne.perplexity is 15, which takes 45 neighbours" in line
    assert "only 45 points; lower it" in line
    assert not (tmp_path / "made.npz").exists()


def test_the_largest_perplexity_that_fits_is_allowed(tmp_path, pixels):
    few = {name: array[:46] for name, array in pixels.items()}
    write_arrays(tmp_path / "embeddings.npz", few)
    assert tsne.main(arguments(tmp_path, iterations=5)) == 0


def test_embeddings_that_are_not_finite_are_refused(tmp_path, pixels, capfd):
    broken = pixels["embeddings"].copy()
    broken[3, 5] = np.nan
    write_arrays(tmp_path / "embeddings.npz", pixels | {"embeddings": broken})
    assert tsne.main(arguments(tmp_path)) == 1
    assert "some embeddings are not finite" in capfd.readouterr().err
    assert not (tmp_path / "made.npz").exists()


def test_equal_embeddings_of_a_collapsed_training_end_in_a_map_or_a_sentence(tmp_path, pixels):
    # in a process of its own, because it ends in a segmentation fault
    equal = np.ones((100, 4), np.float32)
    arrays = {"embeddings": equal, "labels": pixels["labels"][:100]}
    write_arrays(tmp_path / "embeddings.npz", arrays)
    done = subprocess.run(
        [sys.executable, "-m", "discern.stages.tsne", *arguments(tmp_path, iterations=20)],
        cwd=Path(tsne.__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        assert np.isfinite(read_arrays(tmp_path / "made.npz")["map"]).all()
    else:
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert done.stderr.splitlines()[-1].startswith("tsne: ")
