"""A stand-in for a Kubernetes server: it runs the commands of Jobs on this machine.

It answers the real ``kubectl`` in the server's own words, as far as Jobs need them.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import yaml

NAMESPACE = "science"
PATH = "/usr/local/bin:/usr/bin:/bin"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
KNOWN = {"name": "jobs", "singularName": "job", "namespaced": True, "kind": "Job"}
VERSION = {"groupVersion": "batch/v1", "version": "v1"}
GROUP = {"name": "batch", "versions": [VERSION], "preferredVersion": VERSION}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [GROUP]},
    "/apis/batch/v1": {
        "kind": "APIResourceList",
        "groupVersion": "batch/v1",
        "resources": [KNOWN | {"verbs": ["create", "get", "delete"]}],
    },
}
# Where kubectl asks for the schema of all fields; with none in it, it checks nothing.
SCHEMA = "/openapi/v2"


@dataclass
class Cluster:
    """Jobs by name, and what runs of them.

    Attributes:
        url: where the server is.
        jobs: as they were submitted.
        scripts: what their pods run.
        pods: the processes of their pods.
        starts: whether pods start their command; otherwise they fail.
    """

    url: str = ""
    jobs: dict[str, dict] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    pods: dict[str, subprocess.Popen] = field(default_factory=dict)
    starts: bool = True

    def create(self, job: dict) -> dict:
        """Start a Job's pod, with the variables of the image and the Job, and no others."""
        name = f"{job['metadata'].pop('generateName')}{len(self.jobs)}"
        job["metadata"] |= {"name": name, "namespace": NAMESPACE}
        (container,) = job["spec"]["template"]["spec"]["containers"]
        variables = {each["name"]: each["value"] for each in container["env"]}
        self.jobs[name] = job
        self.scripts[name] = Path(container["command"][-1]).read_text()
        self.pods[name] = subprocess.Popen(
            container["command"] if self.starts else ["false"],
            cwd=container["workingDir"],
            env={"PATH": PATH, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return job

    def seen(self, name: str) -> dict:
        """A Job with its status."""
        ended = self.pods[name].poll()
        counts = {"active": 1} if ended is None else {"failed" if ended else "succeeded": 1}
        return self.jobs[name] | {"status": counts}

    def delete(self, name: str) -> None:
        """End a Job's pod and forget the Job."""
        self.pods[name].terminate()
        del self.jobs[name]

    def write_settings(self, path: Path) -> None:
        """Write the file that ``KUBECONFIG`` names."""
        names = {"cluster": "here", "user": "somebody", "namespace": NAMESPACE}
        settings = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "here", "cluster": {"server": self.url}}],
            "users": [{"name": "somebody", "user": {"token": "secret"}}],
            "contexts": [{"name": "it", "context": names}],
            "current-context": "it",
        }
        path.write_text(yaml.safe_dump(settings))


class Handler(BaseHTTPRequestHandler):
    """Answers requests about the Jobs of its server's ``cluster``."""

    def do_GET(self) -> None:
        path, cluster = urlsplit(self.path).path, self.server.cluster
        name = path.removeprefix(f"{JOBS}/")
        if path in ANSWERS:
            self.answer(ANSWERS[path])
        elif path == SCHEMA:
            self.send(b"", "application/octet-stream")
        elif name in cluster.jobs:
            self.answer(cluster.seen(name))
        else:
            self.refuse(f'"{path}" not found')

    def do_POST(self) -> None:
        asked = urlsplit(self.path)
        if asked.path != JOBS:
            self.refuse(f'"{asked.path}" not found')
            return
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(self.server.cluster.create(job), 201)

    def do_DELETE(self) -> None:
        name, cluster = self.path.removeprefix(f"{JOBS}/"), self.server.cluster
        if name not in cluster.jobs:
            self.refuse(f'jobs.batch "{name}" not found')
            return
        cluster.delete(name)
        self.answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def answer(self, content: dict, status: int = 200) -> None:
        self.send(json.dumps(content).encode(), "application/json", status)

    def send(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, message: str) -> None:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}
        self.answer(status | {"reason": "NotFound", "message": message}, 404)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def running() -> Iterator[Cluster]:
    """A server while a block lasts."""
    cluster = Cluster()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.cluster = cluster  # type: ignore[attr-defined]
        cluster.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield cluster
        finally:
            for pod in cluster.pods.values():
                pod.terminate()
                pod.wait()
            server.shutdown()
