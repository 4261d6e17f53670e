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


@given(arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=5)), st.booleans())
def test_images_come_back_as_they_were_grey_and_in_colour(images, colour):
    images = np.stack([images, images + 1, images], axis=-1) if colour else images
    decoded = idx.decode_images(idx.encode(images), "images")
    np.testing.assert_array_equal(decoded, images, strict=True)


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int16, np.int32])
def test_labels_come_back_as_they_were_in_every_integer_type(kind):
    labels = np.array([np.iinfo(kind).min, 5, np.iinfo(kind).max], kind)
    np.testing.assert_array_equal(
        idx.decode_labels(idx.encode(labels), "labels"), labels, strict=True
    )


def test_numbers_of_several_bytes_begin_with_the_highest():
    # the codes of the format's description, http://yann.lecun.com/exdb/mnist
    assert idx.encode(np.int16([258])).hex() == "00000b01000000010102"
    assert idx.encode(np.int32([-2])).hex() == "00000c0100000001fffffffe"
    assert idx.encode(np.int8([-2])).hex() == "0000090100000001fe"


@pytest.mark.parametrize("container", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_files_are_read_plain_and_gzipped(paths, container):
    for path, array in zip(paths, (IMAGES, LABELS), strict=True):
        path.write_bytes(container(idx.encode(array)))
    for found, array in zip(idx.read_pair(*paths), (IMAGES, LABELS.astype(np.int16)), strict=True):
        np.testing.assert_array_equal(found, array, strict=True)


@pytest.mark.parametrize("labels", [np.int16([0, 999]), np.uint8([0, 255])])
def test_the_numbers_of_a_thousand_classes_are_read(paths, labels):
    paths[1].write_bytes(idx.encode(labels))
    np.testing.assert_array_equal(idx.read_labels(paths[1]), labels.astype(np.int16), strict=True)


@pytest.mark.parametrize("label", [-1, 1000, 70_000])
def test_a_label_that_numbers_no_class_is_damage(paths, label):
    paths[1].write_bytes(idx.encode(np.int32([0, label])))
    with pytest.raises(DiscernError, match=f"{paths[1]} holds labels beyond 0 to 999; delete it"):
        idx.read_labels(paths[1])


def test_what_the_format_has_no_type_for_is_not_encoded():
    with pytest.raises(TypeError, match="int64"):
        idx.encode(np.zeros(3, np.int64))


DAMAGES = {
    "wrong magic number": (b"\x89PNG" + CONTENT[4:], "not an IDX file.*89504e47"),
    "no bytes": (b"", "not an IDX file"),
    "floats": (b"\0\0\x0d\x03" + CONTENT[4:], "type 0x0d, but images hold unsigned bytes"),
    "labels for images": (idx.encode(LABELS), "1 dimension, but images have 3 .*swapped"),
    "flat images": (
        idx.encode(IMAGES.reshape(2, 12)),
        r"2 dimensions, but images have 3 \(number, height, width\), or 4 .*3\)$",
    ),
    "five dimensions": (idx.encode(IMAGES[None, None]), r"5 dimensions, .*3\)$"),
    "four colours": (
        idx.encode(np.zeros((2, 6, 6, 4), np.uint8)),
        "sizes 2 × 6 × 6 × 4, but the last of four must be 3, for red, green and blue",
    ),
    "colours first": (
        idx.encode(np.zeros((2, 3, 6, 6), np.uint8)),
        "sizes 2 × 3 × 6 × 6, but the last of four must be 3",
    ),
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
    with pytest.raises(DiscernError, match=r"3 dimensions, but labels have 1, .*swapped"):
        idx.read_labels(paths[1])


def test_labels_in_a_table_or_of_another_type_are_refused(paths):
    paths[1].write_bytes(idx.encode(np.zeros((2, 10), np.uint8)))
    with pytest.raises(DiscernError, match=r"2 dimensions, but labels have 1, a number per image$"):
        idx.read_labels(paths[1])
    paths[1].write_bytes(b"\0\0\x0e\x01\0\0\0\x01" + bytes(8))
    with pytest.raises(
        DiscernError, match=r"type 0x0e, but labels are integers \(0x08, 0x09, 0x0b"
    ):
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
        found = idx.decode_labels(idx.decompress(header + rest, "it"), "it")
        assert idx.encode(found) == idx.decompress(header + rest, "it")


@given(st.integers(0, len(CONTENT) + 18), st.integers(0, 7))
def test_a_flipped_bit_in_a_gzip_file_never_changes_the_images(position, bit):
    content = bytearray(gzip.compress(CONTENT, mtime=0))
    content[position % len(content)] ^= 1 << bit
    with contextlib.suppress(DiscernError):
        found = idx.decode_images(idx.decompress(bytes(content), "it"), "it")
        np.testing.assert_array_equal(found, IMAGES)
