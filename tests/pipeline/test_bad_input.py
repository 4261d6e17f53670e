"""Bad input to the real Snakemake gives one sentence, a failing status and no partial files."""

import gzip
import shutil

import pytest

from project import files_below


@pytest.mark.parametrize(
    ("overlay", "sentence"),
    [
        ({"trainig": {}}, "there is no key trainig (did you mean training?)"),
        ({"training": {"epoch": 3}}, "there is no key training.epoch (did you mean epochs?)"),
        ({"training": {"epochs": "many"}}, 'training.epochs is the string "many"; give it as'),
        ({"losses": {"cosfacce": {}}}, "there is no loss 'cosfacce' (did you mean cosface?)"),
        (
            {"losses": {"cosface": {"margn": 1}}},
            "there is no key losses.cosface.margn (did you mean margin?)",
        ),
        ({"batches": {"size": 100, "samples": 30}}, "batches.size is 100, but must be"),
        ({"version": "../elsewhere"}, "version"),
        ({"batches": {"sampler": "shuffled"}}, "set batches.sampler to grouped"),
    ],
)
def test_bad_configuration_is_refused_before_anything_runs(fresh, overlay, sentence):
    done = fresh.snakemake("--dry-run", overlay=overlay)
    assert done.returncode != 0
    assert sentence in done.stdout
    assert "Traceback" not in done.stdout
    assert not files_below(fresh.folder / "results")


@pytest.mark.slow
def test_no_network_and_no_local_data(fresh):
    unreachable = {"idx": "https://127.0.0.1:9/mnist"}
    overlay = {"data": {"local": None, "sources": [unreachable], "attempts": 1}}
    done = fresh.snakemake("--until", "download", overlay=overlay)
    assert done.returncode != 0
    assert "no source has the data: https://127.0.0.1:9/mnist" in done.stdout
    assert "Connection refused" in done.stdout
    assert "DISCERN_DATA" in done.stdout
    assert not files_below(fresh.folder / "results")


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "corrupted", "swapped"])
def test_damaged_idx_file_is_refused(fresh, tmp_path, digits_folder, damage):
    folder = tmp_path / "data"
    shutil.copytree(digits_folder, folder)
    path = folder / "train-images-idx3-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "corrupted":
        path.write_bytes(gzip.compress(content[:-1] + bytes([content[-1] ^ 1])))
    else:
        shutil.copy(folder / "train-labels-idx1-ubyte.gz", path)
    done = fresh.snakemake("--until", "download", overlay={"data": {"local": str(folder)}})
    assert done.returncode != 0
    assert "no source has the data" in done.stdout
    assert str(folder) in done.stdout
    assert not files_below(fresh.folder / "results/digits/download")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("size=64k", "the disk is full; free some space"),
        ("ro", "results/digits: the file system is read-only; make the folder writable"),
    ],
    ids=["full", "read-only"],
)
def test_results_that_can_not_be_written_say_so_and_the_rerun_repairs_it(
    fresh, mounted, options, sentence
):
    results = fresh.folder / "results"
    with mounted(results, options):
        done = fresh.snakemake("--until", "download")
        assert done.returncode != 0
        assert sentence in done.stdout
        assert not (results / "digits/download/train-images-idx3-ubyte.gz").exists()
    assert fresh.snakemake("--until", "download").returncode == 0


@pytest.mark.slow
def test_training_that_diverges_stops_with_a_sentence(fresh):
    overlay = {
        "training": {"learning_rate": {"initial": 1.0e30}},
        "losses": {"triplet_semihard": {"distance": "euclidean"}},
    }
    target = "results/digits/train/triplet_semihard/0/history.csv"
    done = fresh.snakemake(target, overlay=overlay)
    assert done.returncode != 0
    assert "lower the learning rate" in done.stdout
    assert not (fresh.folder / target).exists()


@pytest.mark.slow
def test_more_classes_than_there_are_is_refused(fresh):
    target = "results/digits/train/cosface/0/history.csv"
    done = fresh.snakemake(target, overlay={"batches": {"size": 80, "samples": 4}})
    assert done.returncode != 0
    assert "batches of 20 classes can't be drawn from 10 classes" in done.stdout
    assert not (fresh.folder / target).exists()
