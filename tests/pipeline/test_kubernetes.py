"""The profile for Kubernetes, through the real plugin and the real kubectl.

The server is a stand-in that runs each Job's command on this machine.
"""

from __future__ import annotations

import re
import shutil

import pytest

import kubernetes
from programs import run_program, skip_except_on_ci
from project import CHECKOUT, Project, merge

pytestmark = pytest.mark.slow

PROFILE = CHECKOUT / "profiles/kubernetes"
OTHERS = ("cosface", "contrastive", "intra_triplet", "triplet_softmax", "sphereface")
OTHERS += ("softmax", "pixels")


@pytest.fixture
def cluster(tmp_path):
    """A server that the variables of ``access`` lead to."""
    if shutil.which("kubectl") is None:
        skip_except_on_ci("no kubectl here: apt-get install kubernetes-client")
    with kubernetes.running() as cluster:
        cluster.write_settings(tmp_path / "kubeconfig")
        yield cluster


@pytest.fixture
def access(cluster, tmp_path):
    """The variables of somebody who may use the cluster."""
    home = {"HOME": str(tmp_path), "PATH": kubernetes.PATH}
    return home | {"KUBECONFIG": str(tmp_path / "kubeconfig")}


@pytest.fixture
def project(fresh: Project, access) -> Project:
    """One loss, and what the profile asks for."""
    names = {"IMAGE": "registry.example/discern:1", "CLAIM": "work", "MOUNT": str(fresh.folder)}
    fresh.environment.update(access, **{f"DISCERN_{name}": value for name, value in names.items()})
    changes = {"losses": dict.fromkeys(OTHERS, False), "training": {"epochs": 2}}
    fresh.overlay = merge(fresh.overlay, changes)
    return fresh


def run(project: Project, *arguments: str):
    options = ("--profile", "profiles/kubernetes", "--until", "select", *arguments)
    return project.snakemake(*options, "--seconds-between-status-checks", "1")


def test_each_rule_is_a_job_in_the_image_and_a_training_has_a_gpu(project, cluster):
    done = run(project)
    assert done.returncode == 0, done.stdout[-4000:]
    assert (project.folder / "results/digits/select/triplet_semihard/0.npz").exists()
    pods = [job["spec"]["template"]["spec"] for job in cluster.jobs.values()]
    limits = [pod["containers"][0]["resources"]["limits"] for pod in pods]
    assert [limit["nvidia.com/gpu"] for limit in limits] == [0, 0, 1, 0]
    assert [limit["memory"] for limit in limits] == ["1500M", "1000M", "2000M", "500M"]
    assert [pod["activeDeadlineSeconds"] for pod in pods] == [3600, 300, 7200, 300]
    # a pod does not have Snakemake's environment
    assert all("export DISCERN_ACCELERATOR=" in text for text in cluster.scripts.values())
    for job, pod in zip(cluster.jobs.values(), pods, strict=True):
        assert job["spec"]["backoffLimit"] == 0
        (container,) = pod["containers"]
        assert container["image"] == project.environment["DISCERN_IMAGE"]
        assert container["workingDir"] == str(project.folder)
        assert container["volumeMounts"][0]["mountPath"] == project.environment["DISCERN_MOUNT"]
        assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "work"}


def test_a_failed_pod_fails_the_run(project, cluster):
    cluster.starts = False
    done = run(project, "--retries", "0")
    assert done.returncode == 1
    assert "Error in rule download" in done.stdout


def test_the_profile_says_what_it_needs(project):
    del project.environment["DISCERN_IMAGE"]
    done = run(project, "--retries", "0")
    assert done.returncode == 1
    assert "discern: set DISCERN_IMAGE (docs/cluster.md, Kubernetes)" in done.stdout


# The profile's commands


@pytest.fixture
def submitted(cluster, access, tmp_path):
    """Submits a script from a folder whose name needs quotes; returns its Job."""
    folder = tmp_path / 'a "quoted\\" path'
    profile = folder / "profiles/kubernetes"
    shutil.copytree(PROFILE, profile)
    pod = profile / "pod.yaml"
    pod.write_text(re.sub(r"^# (?=\w+: [{\[])", "", pod.read_text(), flags=re.MULTILINE))

    def submitted(script: str = "", **variables: str) -> dict:
        (folder / "job.sh").write_text(script)
        names = {"IMAGE": "discern", "CLAIM": "work", "MOUNT": str(folder), **variables}
        done = run_program(
            *(profile / "submit", "2", "500", "1", "5", f"{folder}/job.sh"),
            cwd=folder,
            env=access | {f"DISCERN_{name}": value for name, value in names.items()},
        )
        assert done.returncode == 0, done.stderr
        return cluster.jobs[done.stdout]

    return submitted


def test_a_pod_finds_the_data_and_its_script_whatever_their_paths(submitted, cluster, tmp_path):
    job = submitted('printf %s "$DISCERN_DATA" > found', DATA='/work/"my"\\data')
    (container,) = job["spec"]["template"]["spec"]["containers"]
    folder = tmp_path / 'a "quoted\\" path'
    assert container["workingDir"] == container["volumeMounts"][0]["mountPath"] == str(folder)
    assert cluster.pods["discern-0"].wait() == 0
    assert (folder / "found").read_text() == '/work/"my"\\data'


def test_a_pod_has_the_further_fields_of_the_profile(submitted):
    pod = submitted()["spec"]["template"]["spec"]
    assert pod["securityContext"]["fsGroup"] == 1000
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    assert pod["nodeSelector"] == {"gpu": "a100"}


def test_a_job_waits_a_day_at_most_and_is_removed_a_day_after_its_end(submitted):
    job, day = submitted()["spec"], 24 * 60 * 60
    minutes = job["template"]["spec"]["activeDeadlineSeconds"] / 60
    assert minutes == 5
    assert job["activeDeadlineSeconds"] == minutes * 60 + day
    assert job["ttlSecondsAfterFinished"] == day


@pytest.mark.parametrize(
    ("script", "status"), [("exit 0", "success"), ("exit 3", "failed"), ("sleep 60", "running")]
)
def test_the_status_of_a_job_follows_from_its_pod(submitted, cluster, access, script, status):
    submitted(script)
    if status != "running":
        cluster.pods["discern-0"].wait()
    assert run_program(PROFILE / "status", "discern-0", env=access).stdout == f"{status}\n"


def test_a_forgotten_job_has_failed_and_a_silent_server_is_asked_again(cluster, access, tmp_path):
    assert run_program(PROFILE / "status", "discern-7", env=access).stdout == "failed\n"
    cluster.url = "http://127.0.0.1:9"
    cluster.write_settings(tmp_path / "kubeconfig")
    assert run_program(PROFILE / "status", "discern-7", env=access).stdout == "running\n"


def test_a_cancelled_job_is_removed_with_its_pod(submitted, cluster, access):
    submitted("exec sleep 60")
    done = run_program(PROFILE / "cancel", "discern-7", "discern-0", env=access)
    assert done.returncode == 0, done.stderr
    assert cluster.jobs == {}
    assert cluster.pods["discern-0"].wait() != 0
