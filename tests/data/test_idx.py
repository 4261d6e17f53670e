"""IDX files are read back as they were written, and every other file is refused by name."""

import contextlib
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from discern.data import idx
from discern.errors import DiscernError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([7, 1], np.uint8)
CONTENT = idx.encode(IMAGES)


def test_header_is_that_of_the_original_files():
    # the first 16 bytes of MNIST's training images
    images = np.zeros((60_000, 28, 28), np.uint8)
    assert idx.encode(images)[:16].hex() == "000008030000ea600000001c0000001c"


def test_values_follow_the_header_row_by_row():
    assert CONTENT[16:] == bytes(range(24))


@given(arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=5)))
def test_decode_inverts_encode(images):
    decoded = idx.decode(idx.encode(images), 3, "images")
    np.testing.assert_array_equal(decoded, images, strict=True)


@pytest.mark.parametrize("container", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_files_are_read_plain_and_gzipped(paths, container):
    for path, array in zip(paths, (IMAGES, LABELS), strict=True):
        path.write_bytes(container(idx.encode(array)))
    for found, array in zip(idx.read_pair(*paths), (IMAGES, LABELS), strict=True):
        np.testing.assert_array_equal(found, array, strict=True)


def test_only_bytes_are_encoded():
    with pytest.raises(TypeError, match="int64"):
        idx.encode(np.zeros(3, np.int64))


DAMAGES = {
    "wrong magic number": (b"\x89PNG" + CONTENT[4:], "not an IDX file.*89504e47"),
    "no bytes": (b"", "not an IDX file"),
    "floats": (b"\0\0\x0d\x03" + CONTENT[4:], "type 0x0d, not unsigned bytes"),
    "labels for images": (idx.encode(LABELS), "1 dimensions instead of 3.*swapped"),
    "truncated header": (CONTENT[:15], "ends within its header"),
    "truncated data": (CONTENT[:-1], "truncated: 39 of 40 bytes"),
    "no data": (CONTENT[:16], "truncated: 16 of 40 bytes"),
    "trailing byte": (CONTENT + b"\0", "1 bytes too many"),
    "no images": (idx.encode(IMAGES[:0]), r"holds no values.*\[0, 3, 4\]"),
    "images of no pixels": (idx.encode(IMAGES[:, :0]), r"holds no values.*\[2, 0, 4\]"),
    "truncated gzip": (gzip.compress(CONTENT)[:-9], "damaged gzip file"),
    "gzip header alone": (b"\x1f\x8b", "damaged gzip file"),
    "wrong check sum in gzip": (gzip.compress(CONTENT)[:-8] + bytes(8), "damaged gzip file"),
    "damaged stream in gzip": (
        gzip.compress(CONTENT)[:12] + b"\xff" * 9 + gzip.compress(CONTENT)[21:],
        "damaged gzip file",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_named_with_the_file(tmp_path, content, sentence):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(DiscernError, match=sentence) as refusal:
        idx.read_images(path)
    assert str(path) in str(refusal.value)


@pytest.fixture
def paths(tmp_path):
    """Paths of images and labels; there is no file yet."""
    return tmp_path / "images", tmp_path / "labels"


def test_images_for_labels_are_refused(paths):
    paths[1].write_bytes(CONTENT)
    with pytest.raises(DiscernError, match="3 dimensions instead of 1"):
        idx.read_labels(paths[1])


def test_a_missing_file_is_named(paths):
    with pytest.raises(DiscernError, match=f"{paths[0]} does not exist"):
        idx.read_images(paths[0])


def test_images_and_labels_of_different_number_are_refused(paths):
    paths[0].write_bytes(CONTENT)
    paths[1].write_bytes(idx.encode(np.zeros(3, np.uint8)))
    with pytest.raises(DiscernError, match=rf"{paths[0]}.* 2 images but {paths[1]}.* 3 labels"):
        idx.read_pair(*paths)


# Bytes that get past the first checks now and then: an IDX header, or a gzip file's beginning.
HEADERS = st.sampled_from([b"", b"\0\0\x08\x01", b"\0\0\x08\x01\0\0\0\x02", b"\x1f\x8b\x08\0"])


@given(HEADERS, st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused_in_words(header, rest):
    with contextlib.suppress(DiscernError):
        found = idx.decode(idx.decompress(header + rest, "it"), 1, "it")
        assert idx.encode(found) == idx.decompress(header + rest, "it")


@given(st.integers(0, len(CONTENT) + 18), st.integers(0, 7))
def test_a_flipped_bit_in_a_gzip_file_never_changes_the_images(position, bit):
    content = bytearray(gzip.compress(CONTENT, mtime=0))
    content[position % len(content)] ^= 1 << bit
    with contextlib.suppress(DiscernError):
        found = idx.decode(idx.decompress(bytes(content), "it"), 3, "it")
        np.testing.assert_array_equal(found, IMAGES)
