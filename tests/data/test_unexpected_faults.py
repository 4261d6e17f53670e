"""A source that fails as nobody foresaw is named with what happened, and the next one is taken."""

import gzip
import os

import pytest

from discern.data import fetch
from discern.data.sources import FILES, from_settings
from discern.data.web import Patience
from discern.errors import DiscernError

FIRST = FILES["train-images"]
UNHEARD = {"idx": "https://127.0.0.1:9/mnist"}


@pytest.fixture
def run(tmp_path, monkeypatch, digits_folder, digits_sha256):
    """Fetches from an entry of the settings, then a right folder; returns what was said."""

    def run(entry):
        entries = (entry, {"folder": str(digits_folder)})
        named = [from_settings(each, Patience(1, 20, 1)) for each in entries]
        contents, origins = fetch.fetch_all(named, digits_sha256, tmp_path / "kept")
        assert set(origins.values()) == {f"the folder {digits_folder}"}
        assert contents.keys() == FILES.keys()
        (sentence,) = said
        return sentence

    said = []
    monkeypatch.setattr(fetch.log, "warning", lambda text, *of: said.append(text % of))
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return run


SURROUNDINGS = {
    "no certificates": ("REQUESTS_CA_BUNDLE", "/missing.pem", "invalid path: /missing.pem"),
    "a proxy of SOCKS": ("https_proxy", "socks5h://127.0.0.1:9", "SOCKS"),
    "a proxy without an answer": ("https_proxy", "http://127.0.0.1:9", "ProxyError: Connection re"),
    "a proxy that is no address": ("https_proxy", "http://[", "'[' is not a valid host or port"),
}


@pytest.mark.parametrize(("name", "value", "reason"), SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_what_surrounds_a_source_is_no_reason_to_end(run, monkeypatch, name, value, reason):
    monkeypatch.setenv(name, value)
    sentence = run(UNHEARD)
    assert sentence.startswith(f"download: nothing from {UNHEARD['idx']} ({UNHEARD['idx']}/{FIRST}")
    assert reason in sentence
    assert "redirects" not in sentence


@pytest.mark.parametrize("address", ["https://[::1", "https://host:99999", "https://a b..c"])
def test_an_address_that_can_be_none_is_its_sources_failure(run, address):
    assert "InvalidURL: Failed to parse" in run({"idx": address})


LONG = "x" * 300


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        (f"/{LONG}", f"/{LONG}/{FIRST}.gz: File name too long"),
        ("/dev/null", f"/dev/null/{FIRST}.gz: Not a directory"),
        ("a\0b", "ValueError: embedded null byte"),
        ("/none", f"there is no {FIRST}.gz in /none, and there is no {FIRST} in /none"),
    ],
    ids=["a long path", "a file", "a null byte", "no folder"],
)
def test_a_folder_that_can_be_none_is_its_sources_failure(run, folder, reason):
    sentence = run({"folder": folder})
    assert reason in sentence
    assert "writable" not in sentence


def make_pipe(path):
    os.mkfifo(path)


def make_folder(path):
    path.mkdir()


def make_large(path):
    path.touch()
    os.truncate(path, 2 << 30)


def make_loop(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_pipe, "is not a file"),
        (make_folder, "is not a file"),
        (make_large, "has more than 1073741824 bytes"),
        (make_loop, "Too many levels of symbolic links"),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_what_is_no_readable_file_is_its_sources_failure(run, tmp_path, make, reason, ending):
    make(tmp_path / f"{FIRST}{ending}")
    assert f"{tmp_path / FIRST}{ending}" in (sentence := run({"folder": str(tmp_path)}))
    assert reason in sentence


def test_a_folder_that_may_not_be_read_is_said_to_be_so(tmp_path):
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o000)
    source = from_settings({"folder": str(shut)}, Patience(1, 20, 1))
    was = os.geteuid()
    if not was:  # root may read everything
        os.seteuid(65534)
    try:
        with pytest.raises(DiscernError, match=r"PermissionError: .*: Permission denied, and Perm"):
            fetch.fetch_all([source], dict.fromkeys(FILES, ""), tmp_path / "kept")
    finally:
        os.seteuid(was)


@pytest.mark.parametrize(
    "damage",
    [b"", b"\x1f\x8b", gzip.compress(b"another content")],
    ids=["empty", "cut", "other content"],
)
def test_a_wrong_gzip_file_beside_the_right_plain_one_is_passed_by(
    tmp_path, digits_folder, digits_sha256, damage
):
    for name in FILES.values():
        content = gzip.decompress((digits_folder / f"{name}.gz").read_bytes())
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"{name}.gz").write_bytes(damage)
    source = from_settings({"folder": str(tmp_path)}, Patience(1, 20, 1))
    _, origins = fetch.fetch_all([source], digits_sha256, tmp_path / "kept")
    assert origins == dict.fromkeys(FILES, source.name)
