"""The container image, built from the lock files in a chroot, and a run of the pipeline in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from programs import run_program, skip_except_on_ci
from project import CHECKOUT, copy_project, merge, stable

pytestmark = pytest.mark.slow

PACKAGES = {"buildah": "buildah", "mmdebstrap": "mmdebstrap", "unshare": "util-linux"}
ROWS = ("softmax", "pixels")
LEFT_OUT = ("cosface", "triplet_semihard", "intra_triplet", "triplet_softmax", "sphereface")
LEFT_OUT += ("contrastive",)
# What the build takes from this machine, where it is there: certificates, and uv's downloads.
CERTIFICATES = Path("/usr/local/share/ca-certificates")
DOWNLOADS = Path.home() / ".cache/uv"
UV = 'native-tls = true\ncache-dir = "/var/cache/uv"\n'
# In mounts and a network of its own: ROOT PROJECT VARIABLE… COMMAND…, by a user without a name.
IN_IMAGE = """\
set -e
root=$1 project=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$project" "$root/work"
exec chroot --userspec 4321:4321 "$root" env --ignore-environment --chdir /work "$@"
"""


class Builder:
    """Buildah, with all that it stores in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: object) -> str:
        """Run buildah; returns what it prints."""
        storage = ("--root", self.folder / "storage", "--runroot", self.folder / "run")
        done = run_program("buildah", *storage, *map(str, words))
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout.strip()

    def make_base(self) -> None:
        """Make the Containerfile's base of Debian's packages, as no registry is asked."""
        packages = self.folder / "base.tar"
        done = run_program("mmdebstrap", "--variant=minbase", "bookworm", packages)
        if done.returncode:
            skip_except_on_ci(f"no Debian 12 from here: {done.stderr[-400:]}")
        container = self("from", "scratch")
        self("add", container, packages, "/")
        self("commit", "--rm", container, "debian:12-slim")
        packages.unlink()

    def build(self) -> None:
        """Build the image ``discern``."""
        settings = self.folder / "uv.toml"
        settings.write_text(UV)
        mounts = {settings: "/etc/uv/uv.toml:ro", DOWNLOADS: "/var/cache/uv"}
        mounts[CERTIFICATES] = f"{CERTIFICATES}:ro"
        volumes = [f"--volume={here}:{there}" for here, there in mounts.items() if here.exists()]
        self("bud", "--isolation", "chroot", "--tag", "discern", *volumes, CHECKOUT)


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Iterator[tuple[Path, list[str]]]:
    """The folder of the image's files, and its variables."""
    for program, package in PACKAGES.items():
        if shutil.which(program) is None:
            skip_except_on_ci(f"no {program} here: apt-get install {package}")
    if os.geteuid():
        skip_except_on_ci("only root may build an image in a chroot")
    buildah = Builder(tmp_path_factory.mktemp("image"))
    try:
        buildah.make_base()
        buildah.build()
        container = buildah("from", "localhost/discern")
        about = json.loads(buildah("inspect", container))
        yield Path(buildah("mount", container)), about["OCIv1"]["config"]["Env"]
    finally:
        buildah("umount", "--all")
        buildah("rm", "--all")
        buildah("rmi", "--all", "--force")


def test_any_user_runs_the_pipeline_in_the_read_only_image_without_a_network(
    image, finished, digits_overlay, digits_folder, tmp_path
):
    root, variables = image
    project = copy_project(tmp_path / "project")
    (project / ".venv").unlink()
    shutil.copytree(digits_folder, project / "data")
    changes = {
        "losses": dict.fromkeys(LEFT_OUT, False),
        "data": {"local": "data"},
        "environment": {"python": "/opt/discern/.venv/training/bin/python"},
    }
    (project / "overlay.yaml").write_text(yaml.safe_dump(merge(digits_overlay, changes)))
    subprocess.run(["chown", "--recursive", "4321:4321", project], check=True)
    snakemake = ("snakemake", "--cores", "2", "--resources", "gpu=1")
    until = ("--configfile", "overlay.yaml", "--until", "measure", "map_figure")
    inside = ("unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", IN_IMAGE, "sh")
    done = run_program(*inside, root, project, *variables, *snakemake, *until)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    here, there = stable(project / "results/digits"), stable(finished.folder / "results/digits")
    made = [name for name in here if any(f"/{row}/" in name for row in ROWS)]
    assert {name.split("/")[0] for name in made} >= {"train", "embed", "tsne", "measure", "figures"}
    # records name the release of Python
    differ = [n for n in made if here[n] != there[n] and not n.endswith("record.json")]
    assert differ == []


def test_the_image_holds_no_tools_of_its_making(image):
    root, _ = image
    environments = (path for path in (root / "opt/discern/.venv").iterdir() if path.is_dir())
    assert sorted(path.name for path in environments) == ["snakemake", "training"]
    assert not (root / "root/.cache").exists()
