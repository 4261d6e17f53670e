"""The commands tell by their words and their exit status what they found."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from discern import __main__ as command
from discern.publishing import publication
from discern.ranking.comparisons import read_comparisons, write_comparisons
from discern.results import Version
from figures.examples import read_table
from plain_files import write_bytes, write_json
from programs import run_program
from provenance.finished import CHECKPOINT, IMAGES, finish, write_jobs
from publishing.ranked_version import write_ranked

WHOLE = "19 files checked, 0 problems\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a finished version in results/full, where commands are given."""
    project = tmp_path / "project"
    version = Version(project / "results/full")
    write_jobs(version)
    finish(version, project)
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def run(capfd):
    """Runs the command; returns its status, and what it said to each stream."""

    def run(*words):
        try:
            status = command.main(list(map(str, words)))
        except SystemExit as end:
            status = end.code
        said = capfd.readouterr()
        return status, said.out, said.err

    return run


def test_power_says_how_many_seeds_a_difference_needs(run):
    status, said, _ = run("power", "--gap", "0.02", "--sd", "0.06", "--rows", "2")
    assert status == 0
    assert "one pair: 144 seeds find it with a probability of 0.8" in said


@pytest.mark.parametrize("gap", ["0", "-1", "nan", "inf", "much"])
def test_power_needs_a_positive_gap(run, gap):
    status, _, error = run("power", f"--gap={gap}", "--sd", "0.06")
    assert status == 2
    assert "argument --gap" in error


@pytest.mark.parametrize(
    ("folder", "given"),
    [
        (".", "results/full"),
        (".", "./results/full/"),
        ("results/full", "."),
        ("results/full/report", ".."),
        ("results/full/train/cosface", "../../../full"),
    ],
)
def test_results_are_found_from_any_folder_and_whole_ones_have_the_status_0(
    project, run, monkeypatch, folder, given
):
    monkeypatch.chdir(folder)
    assert run("verify", given) == (0, WHOLE, "")


def test_results_are_found_where_their_folder_is_a_link_to_another_disk(project, run):
    disk = project.parent / "disk"
    (project / "results").rename(disk)
    (project / "results").symlink_to(disk)
    assert run("verify", "results/full") == (0, WHOLE, "")


def test_each_difference_is_a_line_and_the_status_is_1(project, run):
    version = Version(Path("results/full"))
    manifest = json.loads(version.manifest.read_text())
    manifest["stages"]["report/record.json"]["inputs"][f"../{IMAGES}"] = "1" * 64
    write_json(version.manifest, manifest)
    (version.folder / IMAGES).write_bytes(b"others")
    (version.folder / CHECKPOINT).unlink()
    status, out, err = run("verify", "results/full")
    *lines, last = out.splitlines()
    assert (status, err) == (1, "")
    assert sorted(lines) == [
        f"results/full/{IMAGES} has changed",
        f"results/full/report/record.json was made from another results/full/{IMAGES}",
        f"results/full/{CHECKPOINT} is missing",
    ]
    assert last == "19 files checked, 3 problems"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist; run"),
        (b'{"files": {}, "records"', "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[]", "is not a manifest; delete it"),
    ],
)
def test_what_is_no_manifest_is_one_sentence_and_the_status_is_1(project, run, content, sentence):
    path = Version(Path("results/full")).manifest
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    status, out, err = run("verify", "results/full")
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"discern: {path} {sentence}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "required: command"),
        (("verify",), "required: results"),
        (("check", "results/full"), "invalid choice: 'check'"),
        (("verify", "a", "b"), "unrecognized arguments: b"),
    ],
)
def test_a_command_that_does_not_exist_has_the_status_2(run, words, message):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("words", [("--help",), ("verify", "--help")])
def test_help_says_what_it_is_for(run, words):
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert "usage: discern" in out
    assert "results/full" in out


# Two versions


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """A folder with finished versions of nothing but their settings: v1, and v2 of other seeds."""
    monkeypatch.chdir(tmp_path)
    for name, seeds in (("v1", "[0]"), ("v2", "[0, 1]")):
        version = Version(Path(name))
        write_json(version.manifest, {"files": {}, "records": {}, "stages": {}})
        write_bytes(version.configuration, f"seeds: {seeds}\n".encode())


def test_versions_that_do_not_differ_have_the_status_0(versions, run):
    status, out, err = run("compare", "v1", "v1")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 6
    assert all(line.endswith(": no difference") for line in out.splitlines())


def test_versions_that_differ_have_the_status_1(versions, run):
    status, out, err = run("compare", "v1", "v2")
    assert (status, err) == (1, "")
    assert out.splitlines()[:3] == [
        "settings:",
        "  seeds: [0] → [0, 1]",
        "parameters by stage: no difference",
    ]


@pytest.mark.parametrize("words", [("compare", "v1", "v3"), ("publish", "v3", "docs")])
def test_a_version_that_is_not_finished_is_one_sentence_and_the_status_1(versions, run, words):
    sentence = "v3/report/manifest.json does not exist; run the stage that makes it"
    assert run(*words) == (1, "", f"discern: {sentence}\n")


# Publishing


def test_what_stays_behind_is_named_and_the_status_is_0(run, monkeypatch):
    given = []
    monkeypatch.setattr(
        publication, "publish", lambda *words: given.append(words) or ["a.svg is left out"]
    )
    for words in ((), ("--brief",)):
        said = run("publish", *words, "results/a", "docs/b", "C.md")
        assert said == (0, "a.svg is left out\n", "")
    folders = Version(Path("results/a")), Version(Path("docs/b"))
    assert given == [(*folders, [Path("C.md")], is_brief) for is_brief in (False, True)]


# Exports and cards


def test_what_is_exported_is_named(tmp_path, run):
    write_ranked(tmp_path / "full")
    status, out, err = run("export", tmp_path / "full", tmp_path / "out")
    assert (status, err) == (0, "")
    files = [tmp_path / "out" / f"leaderboard.{ending}" for ending in ("csv", "md", "tex")]
    assert out.splitlines() == list(map(str, files))
    assert all(path.is_file() for path in files)


def test_nothing_is_exported_if_a_row_is_unknown(tmp_path, run):
    write_ranked(tmp_path / "full")
    status, out, err = run("export", tmp_path / "full", tmp_path / "out", "cosface", "sofmax")
    assert (status, out) == (1, "")
    assert "full has no row 'sofmax'" in err
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_rows_are_not_exported_but_the_leaderboard_is(tmp_path, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    write_ranked(tmp_path / "full")
    status, out, err = run("export", tmp_path / "full", tmp_path / "out", "cosface")
    assert (status, out) == (1, "")
    assert "this environment lacks pyarrow; run .venv/snakemake/bin/discern export" in err
    assert not (tmp_path / "out").exists()
    assert run("export", tmp_path / "full", tmp_path / "out")[0] == 0


@pytest.mark.parametrize(
    ("words", "file"), [((), "cosface.md"), (("--file", "cards/mine.md"), "cards/mine.md")]
)
def test_a_card_is_written_and_named(tmp_path, run, monkeypatch, words, file):
    monkeypatch.chdir(tmp_path)
    write_ranked(tmp_path / "docs/scarce")
    assert run("card", "cosface", *words) == (0, f"{file}\n", "")
    assert Path(file).read_text(encoding="utf-8").startswith("# Large margin cosine\n")
    assert run("card", "cosface", "docs/scarce", *words)[0] == 0


def test_transfer_needs_versions_in_pairs(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run("transfer", "figures", "docs/a", "docs/b", "docs/c")
    assert (status, out) == (1, "")
    assert err.startswith("discern: transfer compares versions in pairs, but their number is odd;")
    for name in ("docs/a", "docs/b"):
        version = write_ranked(tmp_path / name)
        known = read_comparisons(version)
        without = replace(known, rows={label: {} for label in known.rows})
        write_comparisons(version.comparisons, without)
    status, out, _ = run("transfer", "figures", "docs/a", "docs/b")
    assert (status, len(out.split())) == (0, 3)
    first, *_ = read_table(Path("figures/transfer.csv").read_text())
    assert (first["seen"], first["unseen"]) == ("a", "b")


# The stages


def test_each_stage_is_a_line_with_its_name_and_what_it_does(run):
    status, out, err = run("stages")
    assert (status, err) == (0, "")
    lines = dict(line.split(None, 1) for line in out.splitlines()[:-2])
    assert {"train", "select", "significance", "search", "report"} <= lines.keys()
    assert {"command", "figure", "options", "surroundings"} & lines.keys() == set()
    assert lines["select"] == "Select the epoch with the lowest validation loss."
    assert all(sentence.endswith(".") for sentence in lines.values())


# The program


def shell(*words):
    """Run the program in a shell, where NumPy and Pillow can't be imported."""
    program = "import sys; sys.modules.update(numpy=None, PIL=None, scipy=None); "
    program += f"import runpy; sys.argv = ['discern', *{words}]; "
    program += "runpy.run_module('discern', run_name='__main__')"
    return run_program(sys.executable, "-c", program)


def test_the_shell_sees_the_status(project):
    done = shell("verify", "results/full")
    assert (done.returncode, done.stdout, done.stderr) == (0, WHOLE, "")
    Path("results/full", IMAGES).write_bytes(b"others")
    done = shell("verify", "results/full")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("19 files checked, 1 problems\n")


def test_snakemakes_environment_is_enough_to_compare_and_to_list(versions):
    for words in (("compare", "v1", "v1"), ("stages",)):
        done = shell(*words)
        assert (done.returncode, done.stderr) == (0, "")
    assert "\nreport " in done.stdout
