"""The checkout as a package: installed, used from a notebook, and described for catalogues."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml

from programs import run_program

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
PAGE = (CHECKOUT / "docs/losses-alone.md").read_text()


def block(language):
    """The page's block in this language."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return code


@pytest.mark.parametrize("name", ["snakemake", "training", "development"])
def test_environment_has_the_command(name):
    command = CHECKOUT / ".venv" / name / "bin/discern"
    done = run_program(command, "--help")
    assert done.returncode == 0, done.stderr
    for word in ("verify", "compare", "publish"):
        assert word in done.stdout


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A new environment that sees this one's TensorFlow, and has discern as the page says."""
    folder = tmp_path_factory.mktemp("notebook")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "tensorflow.pth").write_text(sysconfig.get_path("purelib"))
    done = run(folder, "bash", "-c", block("sh"), cwd=CHECKOUT)
    assert done.returncode == 0, done.stderr
    return folder


def run(environment, *command, cwd):
    """Run a command in an environment."""
    path = f"{environment / 'bin'}:{os.environ['PATH']}"
    return run_program(*command, cwd=cwd, env=os.environ | {"PATH": path})


@pytest.mark.slow
def test_installed_package_has_the_files_of_the_checkouts(notebook):
    def below(folder):
        paths = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)) for path in paths if path.suffix != ".pyc"}

    (installed,) = notebook.glob("lib/python*/site-packages/discern")
    files = below(installed)
    assert files == below(CHECKOUT / "workflow/discern")
    assert "configuration/schema.yaml" in files
    assert any(name.startswith("page/templates/") for name in files)
    assert (notebook / "bin/discern").exists()


@pytest.mark.slow
def test_loss_of_the_installed_package_trains_a_network(notebook, tmp_path):
    steps = """
import discern
images = tf.random.stateless_normal((40, 8, 8), seed=(0, 0))
labels = tf.range(40) % 10
before = float(loss(network(images), labels))
class_weights = loss.class_weights.numpy()
for step in range(20):
    train_step(images, labels, step)
assert float(loss(network(images), labels)) < before / 2
assert (loss.class_weights.numpy() != class_weights).all()
print(discern.__file__)
"""
    done = run(notebook, "python", "-I", "-c", block("python") + steps, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.split()[-1]).is_relative_to(notebook)


def test_losses_can_be_read_by_the_oldest_python_that_the_package_admits(interpreter):
    oldest = PROJECT["requires-python"].removeprefix(">=")
    code = """
import compileall
from discern import losses
from discern.errors import DiscernError
try:
    losses.create("none", classes=10, embedding_dim=128)
except DiscernError as error:
    assert "cosface" in str(error)
    assert compileall.compile_dir(losses.__path__[0], quiet=1, force=True)
    print("read")
"""
    done = run_program(interpreter(oldest), "-c", code, cwd=CHECKOUT / "workflow")
    assert done.stdout == "read\n", done.stderr


def test_citation_and_changelog_tell_of_the_packages_version():
    citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text())
    assert citation["title"] == PROJECT["name"]
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert citation["authors"] == PROJECT["authors"]
    changes = (CHECKOUT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (\S+)", changes, re.MULTILINE)
    assert headings[headings[0] == "Unreleased"] == PROJECT["version"]


def test_catalogue_finds_what_standardised_use_needs():
    usage = yaml.safe_load((CHECKOUT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["software-stack-deployment"] == {"conda": True}
    assert usage["report"] is True
    assert (CHECKOUT / "workflow/Snakefile").is_file()
    assert (CHECKOUT / "config/config.yaml").samefile(CHECKOUT / "config.yaml")


def test_configuration_page_names_every_key_and_every_preset():
    page = (CHECKOUT / "config/README.md").read_text()
    schema = yaml.safe_load((CHECKOUT / "workflow/discern/configuration/schema.yaml").read_text())
    keys, presets = (
        re.findall(r"^\| (`.*?`) \|", part, re.MULTILINE) for part in page.split("\n## Presets\n")
    )
    assert {key.strip("`") for key in keys} == set(schema["properties"])
    names = {name for entry in presets for name in re.findall(r"`(\w+)`", entry)}
    assert names == {path.stem for path in (CHECKOUT / "config/presets").glob("*.yaml")}
