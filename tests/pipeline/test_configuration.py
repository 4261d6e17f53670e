"""What Snakemake makes of several files and ``--config``, as ``make config`` prints it."""

from __future__ import annotations

import subprocess

import pytest
import yaml

from project import SNAKEMAKE


@pytest.fixture
def printed(fresh):
    """A function that gives Snakemake files and arguments, and returns the finished process."""

    def run(*arguments: str, files: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        names = [f"{place}.yaml" for place in range(len(files))]
        for name, text in zip(names, files, strict=True):
            (fresh.folder / name).write_text(text)
        given = ["--configfile", *names] if names else []
        return subprocess.run(
            [str(SNAKEMAKE), "--cores", "1", *arguments, *given],
            cwd=fresh.folder,
            env=fresh.clean_environment()
            | {"DISCERN_PRINT_CONFIG": "1", "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("files", "cosface"),
    [
        (["losses: {cosface: false}", "losses: {cosface: {}}"], {}),
        (["losses: {cosface: false}", "losses: {cosface: {margin: 0.3}}"], {"margin": 0.3}),
        (["losses: {cosface: {}}", "losses: {cosface: false}"], False),
        (["losses: {cosface: {margin: 0.3}}"], {"scale": 20, "margin": 0.3}),
    ],
)
def test_a_file_is_laid_over_the_result_of_those_before_it(printed, files, cosface):
    done = printed(files=tuple(files))
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["losses"]["cosface"] == cosface


def test_what_the_command_line_sets_is_laid_over_all_files(printed):
    done = printed(
        "--config",
        "losses={cosface: {margin: 0.4, title: '\"7\"'}}",
        "version=2024-01-02",
        files=("losses: {cosface: {margin: 0.3}, softmax: {title: λ → 0}}",),
    )
    found = yaml.safe_load(done.stdout)
    assert found["losses"]["softmax"]["title"] == "λ → 0"
    assert found["losses"]["cosface"] == {"scale": 20, "margin": 0.4, "title": "7"}
    assert found["version"] == "2024-01-02"


def test_a_key_that_is_twice_in_a_file_of_the_command_line_is_refused(printed):
    done = printed(files=("training: {epochs: 7}\ntraining: {early_stopping_patience: 5}\n",))
    assert done.returncode == 1
    assert "0.yaml: the key training is in line 1 and again in line 2" in done.stderr


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(b"seeds: \xf6"), "config.yaml: line 1 is not UTF-8; save"),
        (lambda path: path.mkdir(), "config.yaml can't be read (Is a directory)"),
    ],
)
def test_a_configuration_that_can_not_be_read_is_one_sentence(printed, fresh, spoil, sentence):
    (fresh.folder / "config.yaml").unlink()
    spoil(fresh.folder / "config.yaml")
    done = printed()
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_configfile_of_which_snakemake_uses_only_the_last_is_refused(printed):
    done = printed("--configfile", "0.yaml", files=("seeds: [1]",))
    assert done.returncode == 1
    assert "give all of its values after one --configfile" in done.stderr


def test_a_version_that_is_a_number_has_an_advice_that_works(printed):
    done = printed("--config", "version=1.10")
    assert "version is 1.1; put it in quotes in a file; for --config choose a name" in done.stderr
    for advised in (printed("--config", "version=v1"), printed(files=('version: "1.10"',))):
        assert advised.returncode == 0
    assert yaml.safe_load(advised.stdout)["version"] == "1.10"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffseeds: [3]\n",
        "seeds: [3]\r\n",
        '{\n\t"seeds": [3]\n}',
        "__use_yte__: true\nseeds:\n- ?1+2\n",
    ],
    ids=["byte-order mark", "line ends of Windows", "JSON", "YTE"],
)
def test_a_file_as_other_programs_write_it_is_read(printed, text):
    done = printed(files=(text,))
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["seeds"] == [3]
