"""Only what changed is made again, with the same bytes."""

import os
import re
import time

import pytest

from project import JOINED, stable

pytestmark = pytest.mark.slow

FIGURES_OF_ALL = {"contact_sheet": 1, "curves_figure": 1, "verification_figure": 1}
FIGURES_OF_ALL |= {"separation_figure": 1}
ENDS = {"report": 1, "manifest": 1, "all": 1}
SUMMARIES = {"significance": 1} | FIGURES_OF_ALL | ENDS
OF_ONE_TRAINING = {
    "train": 1,
    "select": 1,
    "embed": 1,
    "tsne": 1,
    "measure": 1,
    "map_figure": 1,
    "distances_figure": 1,
    "confusions_figure": 1,
    "training_curves_figure": 1,
}


def edit(project, name, old, new):
    path = project.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_second_run_does_nothing(finished):
    assert finished.planned() == {}


def test_margin_redoes_one_row_and_the_summaries(finished):
    jobs = finished.planned({"losses": {"cosface": {"margin": 0.3}}})
    assert jobs == OF_ONE_TRAINING | SUMMARIES


def test_new_row_adds_one_training(finished):
    jobs = finished.planned({"losses": {"cosface_wide": {"loss": "cosface", "margin": 0.35}}})
    assert jobs == OF_ONE_TRAINING | SUMMARIES


@pytest.mark.parametrize("own", [{"embedding_dim": 64}, {"name": "resnet"}])
def test_a_network_of_its_own_redoes_one_row_and_the_summaries(finished, own):
    jobs = finished.planned({"losses": {"cosface": {"network": own}}})
    assert jobs == OF_ONE_TRAINING | SUMMARIES


def test_another_network_for_all_leaves_the_data_and_the_baseline_alone(finished):
    jobs = finished.planned({"network": {"name": "resnet"}})
    assert not {"download", "split"} & set(jobs)
    assert jobs["train"] == jobs["embed"] == jobs["tsne"] == 7


def test_comment_docstring_and_layout_redo_nothing(copied):
    edit(
        copied,
        "workflow/discern/losses/cosface.py",
        "class CosFace(CosineSoftmax):\n",
        "# a comment\nclass CosFace(CosineSoftmax):\n",
    )
    edit(
        copied,
        "workflow/discern/losses/cosface.py",
        '"""The cosines minus m.',
        '"""The cosines without m.',
    )
    edit(
        copied,
        "workflow/discern/losses/cosface.py",
        "return cosines - self.margin\n",
        "return (\n            cosines - self.margin\n        )\n",
    )
    assert copied.planned() == {}


def test_code_of_one_loss_redoes_that_loss(copied):
    edit(
        copied,
        "workflow/discern/losses/cosface.py",
        "cosines - self.margin",
        "-self.margin + cosines",
    )
    assert copied.planned() == OF_ONE_TRAINING | SUMMARIES


def test_code_of_a_network_redoes_the_rows_that_have_it(copied):
    edit(copied, "workflow/discern/networks/resnet.py", "momentum=0.9", "momentum=0.8")
    assert copied.planned() == {}
    edit(copied, "workflow/discern/networks/original.py", "MaxPooling2D(2)", "MaxPooling2D(3)")
    jobs = copied.planned()
    assert jobs["train"] == jobs["embed"] == jobs["tsne"] == 7  # not the baseline's


def test_code_that_losses_share_redoes_those_that_import_it(copied):
    edit(
        copied,
        "workflow/discern/losses/triplet_semihard.py",
        "+ margin, 0.0)",
        ("+ margin, 0.0 * margin)"),
    )
    jobs = copied.planned()
    assert jobs["train"] == 3  # semi-hard, intra-enhanced, triplet + softmax
    assert jobs["measure"] == 3


def test_how_maps_are_drawn_redoes_figures_of_maps_alone(copied):
    edit(copied, "workflow/discern/figures/map_panel.py", "alpha=0.7", "alpha=0.6")
    assert copied.planned() == {"map_figure": 8, "contact_sheet": 1} | ENDS


def test_lock_file_redoes_everything(copied):
    with (copied.folder / "envs/training.txt").open("a") as file:
        file.write("# changed\n")
    jobs = copied.planned()
    assert jobs["download"] == jobs["split"] == jobs["report"] == 1
    assert jobs["train"] == 7
    assert jobs["tsne"] == 8


def test_a_gpu_redoes_trainings_and_what_is_made_of_them_alone(finished):
    jobs = finished.planned({"environment": {"accelerator": "gpu"}})
    assert not {"download", "split"} & set(jobs)
    assert jobs["train"] == jobs["embed"] == jobs["tsne"] == 7  # not the baseline's


def test_a_page_without_images_redoes_the_page_alone(finished):
    assert finished.planned({"page": {"images": False}}) == ENDS


def test_other_sources_redo_nothing(finished):
    assert finished.planned({"data": {"local": None, "timeout": 5}}) == {}


def test_map_settings_leave_the_trainings_alone(finished):
    jobs = finished.planned({"tsne": {"perplexity": 15}})
    of_each = {"tsne": 8, "measure": 8, "map_figure": 8, "confusions_figure": 8}
    of_all = {"significance": 1, "contact_sheet": 1, "verification_figure": 1}
    of_all |= {"separation_figure": 1}
    assert jobs == of_each | of_all | ENDS


def test_same_bytes_in_another_folder_with_other_cores(finished, fresh):
    left_out = ("softmax", "intra_triplet", "triplet_softmax", "contrastive")
    overlay = {"losses": dict.fromkeys(left_out, False)}
    done = fresh.snakemake(overlay=overlay, cores=1)
    assert done.returncode == 0, done.stdout[-4000:]
    first = stable(finished.folder / "results/digits")
    second = stable(fresh.folder / "results/digits")
    of_rows = re.compile(r"(train|select|embed|tsne|measure|figures)/(\w+)/0|download|split")
    compared = {name for name in second if of_rows.match(name)}
    assert {m[2] for name in compared if (m := of_rows.match(name))} >= {"cosface", "pixels"}
    assert [name for name in sorted(compared) if first[name] != second[name]] == []


def test_new_version_takes_unchanged_stages_from_the_cache(finished):
    rows = ("intra_triplet", "triplet_softmax", "contrastive", "sphereface", "triplet_semihard")
    overlay = {
        "version": "second",
        "seeds": [0, 1],
        "losses": dict.fromkeys(rows, False) | {"cosface": {"margin": 0.1}},
    }
    done = finished.snakemake("--cache", overlay=overlay)
    assert done.returncode == 0, done.stdout[-4000:]

    def text(log):  # Snakemake makes an empty log for a job that it took from the cache
        return (finished.folder / "logs/second" / log).read_text()

    assert "done after 8 epochs" in text("train/cosface/0.log")  # its margin changed
    assert text("train/softmax/0.log") == text("tsne/pixels/0.log") == ""
    assert "done after 8 epochs" in text("train/softmax/1.log")  # another seed is another training
    first, second = (finished.folder / f"results/{v}/select" for v in ("digits", "second"))
    weights = [(first / "softmax/0.npz"), (second / "softmax/0.npz"), (second / "softmax/1.npz")]
    old, taken, other = (path.read_bytes() for path in weights)
    assert old == taken
    assert old != other
    done = verify(finished, "second")
    assert "0 problems" in done.stdout, done.stdout


def verify(project, version="digits"):
    return project.discern("verify", f"results/{version}")


def test_verify_passes_and_names_what_was_touched(copied):
    done = verify(copied)
    assert done.returncode == 0, done.stdout
    assert "0 problems" in done.stdout

    measures = copied.folder / "results/digits/measure/cosface/0.json"
    text = measures.read_text()
    measures.unlink()  # it may be a link into the cache
    measures.write_text(text.replace("0.9", "0.8", 1))
    (copied.folder / "results/digits/figures/gallery.png").unlink()
    done = verify(copied)
    assert done.returncode == 1
    assert "results/digits/measure/cosface/0.json has changed" in done.stdout
    assert "results/digits/figures/gallery.png is missing" in done.stdout
    assert "2 problems" in done.stdout


def test_finished_version_is_redone_with_other_settings_only_where_asked_for(copied):
    before = stable(copied.folder / "results/digits")
    other = {"evaluation": {"headline": "knn_accuracy"}}
    done = copied.snakemake(overlay=other)
    assert done.returncode != 0
    assert "results/digits is finished and was made with other settings" in done.stdout
    assert "evaluation.headline: map_at_r → knn_accuracy" in done.stdout
    assert "significance: begins" not in done.stdout  # it stopped before the first job
    assert stable(copied.folder / "results/digits") == before
    done = copied.snakemake("--config", "overwrite=true", overlay=other)
    assert done.returncode == 0, done.stdout[-4000:]
    assert verify(copied).returncode == 0
    done = copied.snakemake(overlay={"version": "digits", **other})  # it is what it was made with
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout


def test_clock_set_back_costs_time_and_no_bit(copied):
    """What was made before the clock was set back is newer than all that follows from it."""
    results = copied.folder / "results/digits"
    before = stable(results, JOINED)
    tomorrow = time.time() + 86_400
    measured = list(results.glob("measure/*/0.*"))
    for path in measured:
        content = path.read_bytes()
        path.unlink()  # it may be a link into the cache
        path.write_bytes(content)
        os.utime(path, (tomorrow, tomorrow))
    assert copied.planned() == {}  # the contents of small files are compared as well
    as_if_large = ("--max-checksum-file-size", "0")
    assert copied.planned(None, *as_if_large)["significance"] == 1
    done = copied.snakemake(*as_if_large)
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"{len(measured)} files in results/digits had times in the future" in done.stdout
    after = stable(results, JOINED)
    assert [name for name in sorted(before | after) if before.get(name) != after.get(name)] == []
    assert verify(copied).returncode == 0
    assert copied.planned(None, *as_if_large) == {}
