"""A figure is the same bytes in every process, and its files hold no date."""

import os
import struct
import subprocess
import sys

import pytest

from discern.figures.formats import save
from discern.figures.map import map_figure
from figures.examples import FORMATS, cloud, save_one_of_each


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The content of every file of a figure of each kind, by name."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SOURCE_DATE_EPOCH", raising=False)  # which would hide the clock
        save_one_of_each(folder)
    return read_all(folder)


def read_all(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def differences(contents, expected):
    """The names of files that differ, rather than a page of their bytes."""
    assert contents.keys() == expected.keys()
    return [name for name, content in contents.items() if content != expected[name]]


@pytest.mark.parametrize("kind", FORMATS)
def test_drawing_again_gives_the_same_bytes_whichever_other_formats_are_saved(
    saved, tmp_path, kind
):
    save_one_of_each(tmp_path, formats=[kind])
    expected = {name: each for name, each in saved.items() if name.endswith(kind)}
    assert differences(read_all(tmp_path), expected) == []


def test_another_process_gives_the_same_bytes_whatever_its_environment(saved, tmp_path):
    settings = "lines.linewidth: 4\nfont.size: 20\naxes.grid: True\n"
    (tmp_path / "matplotlibrc").write_text(settings)
    (tmp_path / "made").mkdir()
    environment = os.environ | {
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": "86400",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "MPLBACKEND": "svg",
    }
    program = f"import sys; sys.path[:0] = {sys.path!r}\n"
    program += "from figures.examples import save_one_of_each; save_one_of_each('made')"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    assert differences(read_all(tmp_path / "made"), saved) == []


def png_chunks(content):
    """Type and content of each chunk of a PNG file."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += length + 12
    return chunks


def test_files_are_of_the_format_of_their_name_and_hold_no_date(saved):
    for name, content in saved.items():
        if name.endswith(".png"):
            kinds = {kind for kind, _ in png_chunks(content)}
            assert kinds == {b"IHDR", b"pHYs", b"IDAT", b"IEND"}, name
        elif name.endswith(".svg"):
            assert content.startswith(b"<?xml"), name
            assert b"</svg>" in content, name
            assert b"date" not in content, name
        else:
            assert content.startswith(b"%PDF-"), name
            assert b"/Producer" in content, name  # where a date would stand beside it
            assert b"Date" not in content, name


@pytest.mark.parametrize("resolution", [50, 120])
def test_the_resolution_is_in_dots_per_inch(tmp_path, resolution):
    figure = map_figure(cloud(), "a row")
    save(figure, tmp_path / "map.png", resolution)
    (_, header), *_ = png_chunks((tmp_path / "map.png").read_bytes())
    size = struct.unpack(">II", header[:8])
    assert size == tuple(round(resolution * inches) for inches in figure.get_size_inches())


def test_a_figure_that_can_not_be_drawn_leaves_no_file(tmp_path):
    figure = map_figure(cloud(), "a row")
    figure.axes[0].set_title(r"a $\broken$ formula", parse_math=True)
    with pytest.raises(ValueError, match="broken"):
        save(figure, tmp_path / "map.png", 50)
    assert list(tmp_path.iterdir()) == []
