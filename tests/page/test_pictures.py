"""A page's pictures are small, and what a link saves is what was given."""

import base64
import gzip
import io

import numpy as np
import pytest
from PIL import Image

from discern.errors import Damaged, DiscernError
from discern.page.pictures import download, picture


def content_of(address):
    head, _, data = address.partition(",")
    return head, base64.b64decode(data, validate=True)


@pytest.mark.parametrize(
    ("size", "expected"), [((60, 40), (60, 40)), ((2000, 500), (1000, 250)), ((5, 9), (5, 9))]
)
def test_a_picture_is_webp_and_no_wider_than_it_is_shown(tmp_path, size, expected):
    Image.new("RGB", size, (200, 100, 0)).save(tmp_path / "a.png")
    found = picture(tmp_path / "a.png")
    head, content = content_of(found.address)
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (found.width, found.height) == expected
        np.testing.assert_allclose(image.convert("RGB").getpixel((2, 2)), (200, 100, 0), atol=5)


def png(change=lambda content: content):
    file = io.BytesIO()
    Image.effect_noise((60, 40), 50).convert("RGB").save(file, "PNG")
    return change(file.getvalue())


def flipped(content):
    """The same with a bit changed in the middle, which only a check sum notices."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", png(lambda content: content[:-20]), png(flipped)]
)
def test_what_is_no_whole_png_is_damaged(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(Damaged, match=r"a\.png is not a complete PNG file; delete it"):
        picture(tmp_path / "a.png")


def test_a_picture_that_is_not_there_is_no_damaged_one(tmp_path):
    with pytest.raises(DiscernError, match=r"a\.png does not exist"):
        picture(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "media_type", "kind"), [("a.csv", "text/csv", "CSV"), ("b.json", "text/json", "JSON")]
)
def test_small_data_are_saved_as_they_are(name, media_type, kind):
    found = download(b"x,y\n", name)
    assert content_of(found.address) == (f"data:{media_type};base64", b"x,y\n")
    assert (found.name, found.kind) == (name, kind)


def test_large_data_are_saved_compressed_and_always_with_the_same_bytes():
    content = b"x,y\n" + b"1.5,2.5\n" * 10_000
    found = download(content, "a.csv")
    head, packed = content_of(found.address)
    assert head == "data:application/gzip;base64"
    assert gzip.decompress(packed) == content
    assert packed[4:8] == bytes(4)  # no time
    assert (found.name, found.kind) == ("a.csv.gz", "CSV, gzip")
