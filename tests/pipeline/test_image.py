"""The container image, built from the lock files in a chroot, and a run of the pipeline in it."""

from __future__ import annotations

import os
import shutil
import subprocess
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
# What uv takes from this machine: its certificates, and packages that have been downloaded before.
UV = 'native-tls = true\ncache-dir = "/var/cache/uv"\n'
CERTIFICATES = "/usr/local/share/ca-certificates"
# In mounts and a network of its own: ROOT PROJECT VARIABLE… -- COMMAND…, by a user without a name.
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


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The folder of the image's files, and its variables."""
    for program, package in PACKAGES.items():
        if shutil.which(program) is None:
            skip_except_on_ci(f"no {program} here: apt-get install {package}")
    if os.geteuid():
        skip_except_on_ci("only root may build an image in a chroot")
    folder = tmp_path_factory.mktemp("image")

    def buildah(*words: object) -> str:
        storage = ("--root", folder / "storage", "--runroot", folder / "run")
        done = run_program("buildah", *storage, *map(str, words))
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout.strip()

    base = folder / "base.tar"
    done = run_program("mmdebstrap", "--variant=minbase", "bookworm", base)
    assert done.returncode == 0, done.stderr[-4000:]
    scratch = buildah("from", "scratch")
    buildah("add", scratch, base, "/")
    buildah("commit", scratch, "debian:12-slim")
    (folder / "uv.toml").write_text(UV)
    cache = Path.home() / ".cache/uv"
    for made in (cache, Path(CERTIFICATES)):
        made.mkdir(parents=True, exist_ok=True)
    volumes = (
        f"{CERTIFICATES}:{CERTIFICATES}:ro",
        f"{folder}/uv.toml:/etc/uv/uv.toml:ro",
        f"{cache}:/var/cache/uv",
    )
    options = [word for volume in volumes for word in ("--volume", volume)]
    buildah("bud", "--isolation", "chroot", "--tag", "discern", *options, CHECKOUT)
    container = buildah("from", "localhost/discern")
    variables = buildah("inspect", "--format", "{{json .OCIv1.Config.Env}}", container)
    yield buildah("mount", container), yaml.safe_load(variables)
    buildah("umount", container)
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
    assert {name.split("/")[0] for name in made} >= {"train", "embed", "tsne", "measure"}
    # records name the release of Python
    differ = [n for n in made if here[n] != there[n] and not n.endswith("record.json")]
    assert differ == []


def test_the_image_holds_no_tools_of_its_making(image):
    root, _ = image
    environments = Path(root, "opt/discern/.venv")
    assert sorted(path.name for path in environments.iterdir() if path.is_dir()) == [
        "snakemake",
        "training",
    ]
    assert not Path(root, "root/.cache").exists()
