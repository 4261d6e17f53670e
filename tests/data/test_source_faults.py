"""Whatever a server does, its source is given up with one reason and the next one is taken.

A real server on this machine plays the faults, over https with a certificate made for the test.
"""

import contextlib
import gzip
import os
import shutil
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from discern.data import fetch, idx, web
from discern.data.sources import FILES, from_settings
from discern.data.web import Patience
from discern.errors import DiscernError

HTML = b"<!DOCTYPE html><html><body>Log in to this network</body></html>"
SLOW = [b"x"] * 60


class Played(BaseHTTPRequestHandler):
    """Answers /fault/file by the method of that name."""

    folder = None  # where the right files are
    plain = ""  # the address of the same server without https
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        fault, _, self.file = self.path[1:].partition("/")
        getattr(self, fault)()

    def log_message(self, *arguments):
        """Silence."""

    def answer(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(content)

    def redirect(self, address):
        self.answer(b"", 302, Location=address)

    def slowly(self, pieces):
        with contextlib.suppress(OSError):  # given up, as it should be
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(0.05)

    def content(self):
        return (self.folder / self.file).read_bytes()

    def right(self):
        self.answer(self.content())

    def hangs(self):
        time.sleep(3)

    def hangs_within(self):
        self.answer(b"half", Content_Length=1000)
        time.sleep(3)

    def drips(self):
        self.answer(b"", Content_Length=1000)
        self.slowly(SLOW)

    def drips_headers(self):
        self.slowly([b"HTTP/1.0 200 OK\r\nX: ", *SLOW])

    def ends_early(self):
        self.answer(self.content()[:-50], Content_Length=len(self.content()))

    def hands_out_html(self):
        self.answer(HTML, Content_Type="text/html")

    def redirects_well(self):
        self.redirect(f"/right/{self.file}")

    def redirects_to_http(self):
        self.redirect(f"{self.plain}/right/{self.file}")

    def redirects_to_a_file(self):
        self.redirect(f"file://{self.folder}/{self.file}")

    def redirects_without_end(self):
        self.redirect(self.path)

    def lacks_it(self):
        self.answer(HTML, 404)

    def is_busy(self):
        self.answer(HTML, 503)

    def asks_for_patience(self):
        self.answer(HTML, 503, Retry_After=3600)

    def has_no_end(self):
        self.answer(b"")
        self.slowly([bytes(1 << 16)] * 60)

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
def run(tmp_path, monkeypatch, certificate, server, digits_sha256):
    """Fetches from what settings name; returns origins and what was said of the others."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    server.asked.clear()

    def run(*entries, timeout=0.4, deadline=5, attempts=1):
        said.clear()
        patience = Patience(timeout, deadline, attempts)
        named = [from_settings(entry, patience) for entry in entries]
        return fetch.fetch_all(named, digits_sha256, tmp_path / "kept"), said

    said = []
    monkeypatch.setattr(fetch.log, "warning", lambda text, *of: said.append(text % of))
    return run


FAULTS = {
    "hangs": "timed out",
    "hangs_within": "ConnectionError: The read operation timed out",
    "drips": "took longer than 0.6 s",
    "drips_headers": "took longer than 0.6 s",
    "ends_early": "ChunkedEncodingError: IncompleteRead(",
    "hands_out_html": "the content of train-images-idx3-ubyte has SHA-256",
    "redirects_to_http": "it redirects to http://localhost",
    "redirects_to_a_file": "it redirects to file:///",
    "redirects_without_end": "TooManyRedirects: Exceeded 30 redirects.",
    "lacks_it": "answers 404 Not Found",
    "is_busy": "answers 503 Service Unavailable",
    "has_no_end": "sends more than 262144 bytes",
    "unpacks_without_end": "unpacks to more than 262144 bytes",
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items(), ids=FAULTS)
def test_a_source_that_fails_is_named_and_the_next_one_taken(
    run, server, digits_folder, monkeypatch, fault, reason
):
    for module in (web, idx):
        monkeypatch.setattr(module, "_LARGEST", 1 << 18)
    faulty = f"{server.address}/{fault}"
    start = time.monotonic()
    folder = {"folder": str(digits_folder)}
    (_, origins), (said,) = run({"idx": faulty}, folder, deadline=0.6 if "drips" in fault else 5)
    assert time.monotonic() - start < 2.5
    assert said.startswith(f"download: nothing from {faulty} (")
    assert reason in said
    assert origins == dict.fromkeys(FILES, f"the folder {digits_folder}")
    assert not any(path.startswith("/right") for path in server.asked)


@pytest.mark.parametrize("kind", ["right", "redirects_well"])
def test_a_source_that_works_is_taken_over_https(run, server, digits_folder, kind):
    (contents, _), said = run({"idx": f"{server.address}/{kind}"})
    for file, name in FILES.items():
        assert contents[file] == gzip.decompress((digits_folder / f"{name}.gz").read_bytes())
    assert said == []


def test_a_source_is_not_waited_for_as_long_as_it_asks(run, server):
    start = time.monotonic()
    with pytest.raises(DiscernError, match=r"took longer than 0\.6 s"):
        run({"idx": f"{server.address}/asks_for_patience"}, deadline=0.6, attempts=2)
    assert time.monotonic() - start < 2.5


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_busy_source_is_tried_as_often_as_is_allowed(run, server, attempts):
    with pytest.raises(DiscernError, match="answers 503"):
        run({"idx": f"{server.address}/is_busy"}, attempts=attempts)
    assert len(server.asked) == attempts


def test_what_is_left_behind_at_the_deadline_ends_by_itself(server, run):
    with pytest.raises(DiscernError, match=r"has_no_end took longer than 0\.2 s"):
        web._body(f"{server.address}/has_no_end", Patience(5, 0.2, 1))


def test_a_source_where_nobody_listens_can_not_be_reached(run):
    with pytest.raises(DiscernError, match=r"ubyte\.gz: ConnectionError: Connection refused\)"):
        run({"idx": "https://127.0.0.1:9/mnist"})


def test_a_source_with_another_certificate_is_refused(run, server, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(DiscernError, match=r"SSLError: .*certificate verify failed: self-signed"):
        run({"idx": f"{server.address}/right"})
    assert server.asked == []
