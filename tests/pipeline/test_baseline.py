"""A study made in three sittings, in three clones, is that of one; published rows have no jobs."""

import csv
import json
import shutil

import pytest

from project import Project, copy_project, files_below

pytestmark = pytest.mark.slow

LEFT_OUT = ["triplet_semihard", "intra_triplet", "triplet_softmax", "sphereface", "contrastive"]
STUDY = {
    "version": "study",
    "page": {"images": False},
    "tsne": {"mapped_seeds": "first"},
    "figures": {"drawn_seeds": "first", "formats": ["png"]},
    "training": {"epochs": 2},
    "losses": dict.fromkeys(LEFT_OUT, False),
}
# The trainings of each sitting: seeds and further rows that are left out.
SITTINGS = [([0], {"cosface": False}), ([0, 1], {"cosface": False}), ([0, 1], {})]
# What says how long something took, who made it, or where; the page, which draws only own rows; and
# a map of the first sitting, whose title names no seed because the row had one.
OF_A_RUN = ("report/manifest.json", "report/index.html", "figures/softmax/0/map.png")


def study(folder, overlay, seeds, losses, **others):
    """A clone with the configuration of one sitting."""
    merged = overlay | {key: STUDY[key] for key in STUDY if key != "training"}
    merged |= {"training": overlay["training"] | STUDY["training"], "seeds": seeds, **others}
    merged["tsne"] = overlay["tsne"] | STUDY["tsne"]
    merged["figures"] = overlay["figures"] | STUDY["figures"]
    merged["losses"] = STUDY["losses"] | losses
    return Project(copy_project(folder), merged)


def run_and_publish(project):
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    published = project.discern("publish", "results/study", "docs/study", environment="training")
    assert published.returncode == 0, published.stderr
    verified = project.discern("verify", "docs/study")
    assert verified.returncode == 0, verified.stdout


@pytest.fixture(scope="module")
def sittings(tmp_path_factory, digits_overlay):
    """The clones of the three sittings, and the jobs that each of the last two has planned."""
    folder, projects, planned = tmp_path_factory.mktemp("sittings"), [], []
    for number, (seeds, losses) in enumerate(SITTINGS):
        others = {"baseline": "docs/study"} if number else {}
        project = study(folder / str(number), digits_overlay, seeds, losses, **others)
        if number:
            before = projects[-1].folder / "docs/study"
            shutil.copytree(before, project.folder / "docs/study")
            planned.append(project.planned())
        run_and_publish(project)
        projects.append(project)
    return projects, planned


def test_only_what_is_not_published_is_trained_and_measured(sittings):
    counts = [[jobs[rule] for rule in ("train", "embed", "measure")] for jobs in sittings[1]]
    assert counts == [[1, 1, 1], [2, 2, 2]]


def test_a_study_in_three_sittings_has_the_bytes_of_one_in_one(sittings, tmp_path, digits_overlay):
    seeds, losses = SITTINGS[-1]
    at_once = study(tmp_path / "once", digits_overlay, seeds, losses)
    run_and_publish(at_once)
    one, other = (each.folder / "docs/study" for each in (at_once, sittings[0][-1]))
    assert set(files_below(one)) == set(files_below(other))
    for name in set(files_below(one)) - set(OF_A_RUN):
        if name.endswith("history.csv"):
            assert untimed(one / name) == untimed(other / name), name
        else:
            assert (one / name).read_bytes() == (other / name).read_bytes(), name
    stages = [json.loads((each / OF_A_RUN[0]).read_text())["stages"] for each in (one, other)]
    of_trainings = [
        {name for name in each if name.startswith(("train/", "embed/", "measure/"))}
        for each in stages
    ]
    assert of_trainings[0] == of_trainings[1]


def untimed(path):
    with path.open(newline="") as file:
        return [{**line, "seconds": ""} for line in csv.DictReader(file)]


def test_published_rows_are_marked_beside_the_others(sittings):
    folder = sittings[0][-1].folder / "results/study/report"
    with (folder / "leaderboard.csv").open(newline="") as file:
        marks = {line["label"]: line["published"] for line in csv.DictReader(file)}
    assert marks == {"pixels": "0", "softmax": "0 1", "cosface": "none"}
    assert "Softmax (published)" in (folder / "leaderboard.md").read_text()
    assert "seed 1 in docs/study" in (folder / "index.html").read_text()


def test_where_everything_is_published_the_rows_are_ranked_again_without_a_training(sittings):
    project, again = sittings[0][-1], {"version": "again", "baseline": "docs/study"}
    assert not {"train", "embed", "tsne", "measure"} & project.planned(again).keys()
    done = project.snakemake(overlay=again)
    assert done.returncode == 0, done.stdout[-4000:]
    made, published = (
        json.loads((project.folder / name / "compare/comparisons.json").read_text())
        for name in ("results/again", "docs/study")
    )
    assert made == published


def test_a_damaged_baseline_is_refused_before_any_job(sittings):
    project = sittings[0][-1]
    path = project.folder / "docs/study/measure/softmax/0.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"0.9", b"0.8", 1))
    refused = project.snakemake("--dry-run")
    path.write_bytes(content)
    assert refused.returncode == 1
    assert "baseline: docs/study/measure/softmax/0.json has changed; restore" in refused.stdout
