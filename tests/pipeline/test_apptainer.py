"""Jobs in an image by ``--sdm apptainer``, with a stand-in that runs their commands outside."""

from __future__ import annotations

import pytest

from project import CHECKOUT, Project, merge

pytestmark = pytest.mark.slow

OTHERS = ("triplet_semihard", "contrastive", "intra_triplet", "triplet_softmax", "sphereface")
APPTAINER = """\
#!/bin/sh
if [ "$1" = --version ]; then echo "apptainer version 1.4.0"; exit; fi
while [ "$1" != {image} ]; do shift; done
echo "$2 $3 $DISCERN_PYTHON" >> {notes}
shift
DISCERN_PYTHON={python} exec "$@"
"""


@pytest.fixture
def project(fresh: Project) -> Project:
    """One loss, an image, and no environment of the rules outside it."""
    tools = fresh.folder / "tools"
    tools.mkdir()
    (fresh.folder / "discern.sif").touch()
    python = CHECKOUT / ".venv/training/bin/python"
    files = {"image": fresh.folder / "discern.sif", "notes": fresh.folder / "notes"}
    (tools / "apptainer").write_text(APPTAINER.format(python=python, **files))
    (tools / "apptainer").chmod(0o755)
    (fresh.folder / ".venv").unlink()
    fresh.environment["PATH"] = f"{tools}:/usr/local/bin:/usr/bin:/bin"
    fresh.overlay = merge(
        fresh.overlay,
        {
            "losses": dict.fromkeys((*OTHERS, "softmax", "pixels"), False),
            "training": {"epochs": 1},
        },
    )
    return fresh


def test_every_job_runs_in_the_image_with_its_python(project):
    project.environment["DISCERN_IMAGE"] = str(project.folder / "discern.sif")
    done = project.snakemake("--sdm", "apptainer", "--until", "select")
    assert done.returncode == 0, done.stdout[-4000:]
    assert (project.folder / "results/digits/select/cosface/0.npz").exists()
    jobs = (project.folder / "notes").read_text().splitlines()
    assert jobs == 4 * ["bash -c /opt/discern/.venv/training/bin/python"]
    assert not (project.folder / ".venv").exists()


def test_the_image_must_be_named(project):
    done = project.snakemake("--sdm", "apptainer", "--dry-run")
    assert done.returncode == 1
    assert "--sdm apptainer needs the image: set DISCERN_IMAGE" in done.stdout
