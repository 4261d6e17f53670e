"""Whatever a server does, the download says it in a sentence and takes the next source.

A real server on this machine plays the faults, over https with a certificate made for the test.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from discern import idx, sources
from discern.stages import download

OUTPUTS = {
    "--train-images": "train-images-idx3-ubyte.gz",
    "--train-labels": "train-labels-idx1-ubyte.gz",
    "--test-images": "t10k-images-idx3-ubyte.gz",
    "--test-labels": "t10k-labels-idx1-ubyte.gz",
}
HTML = b"<!DOCTYPE html><html><body>Log in to this network</body></html>"


class Played(BaseHTTPRequestHandler):
    """Answers /fault/file by the method of that name."""

    folder = None  # where the right files are
    plain = ""  # the address of the same server without https
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        getattr(self, self.path.split("/")[1])()

    def log_message(self, *arguments):
        """Silence."""

    def answer(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in ({"Content-Length": len(content)} | headers).items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(content)

    def slowly(self, write, pieces):
        try:
            for piece in pieces:
                write(piece)
                time.sleep(0.05)
        except OSError:  # given up, as it should be
            pass

    def right(self):
        self.answer((self.folder / self.path.split("/")[-1]).read_bytes())

    def hangs(self):
        time.sleep(3)

    def hangs_within(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        time.sleep(3)

    def drips(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.slowly(self.wfile.write, [b"x"] * 60)

    def drips_headers(self):
        self.slowly(self.wfile.write, [b"HTTP/1.0 200 OK\r\nX: ", *[b"x"] * 60])

    def ends_early(self):
        content = (self.folder / self.path.split("/")[-1]).read_bytes()
        self.answer(content[:-50], **{"Content-Length": len(content)})

    def hands_out_html(self):
        self.answer(HTML, Content_Type="text/html")

    def hands_out_gzipped_html(self):
        self.answer(gzip.compress(HTML))

    def hands_out_other_digits(self):
        content = gzip.decompress((self.folder / self.path.split("/")[-1]).read_bytes())
        self.answer(gzip.compress(content[:-1] + bytes([content[-1] ^ 1])))

    def redirects_well(self):
        self.answer(b"", 302, Location=self.path.replace("redirects_well", "right"))

    def redirects_to_http(self):
        location = self.plain + self.path.replace("redirects_to_http", "right")
        self.answer(b"", 302, Location=location)

    def redirects_to_a_file(self):
        self.answer(b"", 302, Location=f"file://{self.folder}/{self.path.split('/')[-1]}")

    def redirects_without_end(self):
        self.answer(b"", 302, Location=self.path)

    def lacks_it(self):
        self.answer(HTML, 404)

    def is_busy(self):
        self.answer(HTML, 503)

    def asks_for_patience(self):
        self.answer(HTML, 503, Retry_After=3600)

    def has_no_end(self):
        self.send_response(200)
        self.end_headers()
        self.slowly(self.wfile.write, [bytes(1 << 16)] * 60)

    def unpacks_without_end(self):
        self.answer(gzip.compress(bytes(1 << 20)))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost, and its key."""
    if not shutil.which("openssl"):
        if "CI" in os.environ:
            pytest.fail("CI installs openssl")
        pytest.skip("there is no openssl to make a certificate with: apt-get install openssl")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-keyout", folder / "key", "-out", folder / "certificate", "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True,
        capture_output=True,
    )
    return folder / "certificate", folder / "key"


@pytest.fixture(scope="module")
def server(certificate, digits_folder):
    """The played server: ``server.address`` over https, ``server.asked`` what it was asked."""
    asked: list[str] = []
    handler = type("Handler", (Played,), {"folder": digits_folder, "asked": asked})
    servers = [ThreadingHTTPServer(("localhost", 0), handler) for _ in range(2)]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    servers[0].socket = context.wrap_socket(servers[0].socket, server_side=True)
    handler.plain = f"http://localhost:{servers[1].server_port}"
    for each in servers:
        each.handle_error = lambda *arguments: None  # the other side has gone away
        threading.Thread(target=each.serve_forever, daemon=True).start()
    servers[0].address = f"https://localhost:{servers[0].server_port}"
    servers[0].asked = asked
    yield servers[0]
    for each in servers:
        each.shutdown()


@pytest.fixture
def run(tmp_path, monkeypatch, certificate, server, digits_sha256, capfd):
    """Runs the stage; returns its status and what it said."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    for name in ("DISCERN_DATA", "DISCERN_SOURCES"):
        monkeypatch.delenv(name, raising=False)
    server.asked.clear()

    def run(*entries, **patience):
        argv = [part for flag, name in OUTPUTS.items() for part in (flag, str(made / name))]
        argv += ["--sources-file", str(made / "sources.json"), "--resume", str(tmp_path / "kept")]
        patience = {"timeout": 0.5, "deadline": 5, "attempts": 1} | patience
        argv += ["--where", json.dumps({"sources": entries} | patience)]
        status = download.main([*argv, "--sha256", json.dumps(digits_sha256)])
        return status, capfd.readouterr().err

    made = run.made = tmp_path / "download"
    return run


FAULTS = {
    "hangs": "it does not answer in time",
    "hangs_within": "it does not answer in time",
    "drips": "took longer than 1 s",
    "drips_headers": "took longer than 1 s",
    "ends_early": "it breaks off",
    "hands_out_html": "the content of train-images-idx3-ubyte has SHA-256",
    "hands_out_gzipped_html": "the content of train-images-idx3-ubyte has SHA-256",
    "hands_out_other_digits": "the content of train-images-idx3-ubyte has SHA-256",
    "redirects_to_http": "it redirects to an address that is not https",
    "redirects_to_a_file": "it redirects to an address that is not https",
    "redirects_without_end": "it redirects without end",
    "lacks_it": "it answers 404 Not Found",
    "is_busy": "it answers 503 Service Unavailable",
    "has_no_end": "sends more than 262144 bytes",
    "unpacks_without_end": "unpacks to more than 262144 bytes",
}


@pytest.mark.parametrize(("fault", "sentence"), FAULTS.items(), ids=FAULTS)
def test_a_source_that_fails_is_named_and_the_next_one_taken(
    run, server, digits_folder, monkeypatch, fault, sentence
):
    for module in (sources, idx):
        monkeypatch.setattr(module, "_LARGEST", 1 << 18)
    faulty = {"idx": f"{server.address}/{fault}"}
    deadline = 1 if "drips" in fault else 5

    start = time.monotonic()
    status, said = run(faulty, deadline=deadline)
    assert status == 1
    last = said.splitlines()[-1]
    assert last.startswith(f"download: no source has the data: {faulty['idx']} (")
    assert sentence in last
    assert "Traceback" not in said
    assert not run.made.exists()
    assert time.monotonic() - start < 3

    assert run(faulty, {"folder": str(digits_folder)}, deadline=deadline)[0] == 0
    origins = json.loads((run.made / "sources.json").read_text())
    assert set(origins.values()) == {f"the folder {digits_folder}"}
    assert not any(path.startswith("/right") for path in server.asked)


@pytest.mark.parametrize("kind", ["right", "redirects_well"])
def test_a_source_that_works_is_taken_over_https(run, server, digits_folder, kind):
    status, said = run({"idx": f"{server.address}/{kind}"})
    assert status == 0, said
    for name in OUTPUTS.values():
        expected = gzip.decompress((digits_folder / name).read_bytes())
        assert gzip.decompress((run.made / name).read_bytes()) == expected


def test_a_source_is_not_waited_for_as_long_as_it_asks(run, server):
    start = time.monotonic()
    status, said = run({"idx": f"{server.address}/asks_for_patience"}, deadline=1, attempts=2)
    assert status == 1
    assert "took longer than 1 s" in said
    assert time.monotonic() - start < 3


def test_a_source_where_nobody_listens_can_not_be_reached(run):
    status, said = run({"idx": "https://127.0.0.1:9/mnist"})
    assert status == 1
    assert "train-images-idx3-ubyte.gz: it can't be reached)" in said


def test_a_source_with_another_certificate_is_refused(run, server, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    status, said = run({"idx": f"{server.address}/right"})
    assert status == 1
    assert "its certificate is not valid for it" in said
    assert server.asked == []


def npz(**arrays) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def header_alone(shape) -> bytes:
    """An archive whose x_train claims ``shape`` and holds nothing."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        member = io.BytesIO()
        described = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(member, described)
        archive.writestr("x_train.npy", member.getvalue())
    return content.getvalue()


NAMES = ("x_train", "y_train", "x_test", "y_test")
ARCHIVES = {
    "words": npz(**dict.fromkeys(NAMES, np.array(["a", "b"]))),
    "records": npz(**dict.fromkeys(NAMES, np.zeros(2, [("a", "i4"), ("b", "S3")]))),
    "more than the memory": header_alone((1 << 50,)),
    "more than a file may be": npz(**dict.fromkeys(NAMES, np.zeros(1 << 17, np.uint8))),
    "wrong sizes": npz(**dict.fromkeys(NAMES, np.zeros((), np.uint8))),
}


@pytest.mark.parametrize("content", ARCHIVES.values(), ids=ARCHIVES)
def test_a_hostile_archive_is_refused_and_the_next_source_taken(
    run, monkeypatch, digits_folder, content
):
    monkeypatch.setattr(sources, "_LARGEST", 1 << 18)
    monkeypatch.setattr(sources, "_get", lambda url, patience: content)
    archive = {"npz": "https://host/a.npz"}
    status, said = run(archive)
    assert status == 1
    assert "Traceback" not in said
    assert "no archive of the expected arrays" in said or "has SHA-256" in said
    assert run(archive, {"folder": str(digits_folder)})[0] == 0


@pytest.mark.parametrize("name", ["../x_train.npy", "/tmp/x_train.npy", "a/../../x_train.npy"])  # noqa: S108
def test_no_member_of_an_archive_is_written_anywhere(run, tmp_path, monkeypatch, name):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"content")
    monkeypatch.setattr(sources, "_get", lambda url, patience: content.getvalue())
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.parent.rglob("*"))
    status, said = run({"npz": "https://host/a.npz"})
    assert status == 1
    assert "no archive of the expected arrays" in said
    assert sorted(tmp_path.parent.rglob("*")) == before
