"""Each image lies in the sheets where its place says, pixel by pixel."""

import io

import numpy as np
import pytest
from PIL import Image

from discern.page import sprites


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
@pytest.mark.parametrize(("colours", "mode"), [((), "L"), ((3,), "RGB")], ids=["grey", "colour"])
def test_each_image_is_found_unchanged_at_its_place(count, colours, mode):
    images = np.random.default_rng(count).integers(0, 256, (count, 7, 5, *colours), np.uint8)
    sheets = [Image.open(io.BytesIO(sheet)).convert(mode) for sheet in sprites.sheets(images)]
    place = sprites.places(count)
    for image, sheet, column, row in zip(images, place.sheet, place.column, place.row, strict=True):
        left, top = 5 * int(column), 7 * int(row)
        found = sheets[sheet].crop((left, top, left + 5, top + 7))
        assert np.array_equal(np.array(found), image)
    assert len(sheets) == place.sheet.max() + 1


def test_what_the_last_sheet_lacks_is_background():
    (sheet,) = sprites.sheets(np.full((1, 2, 2), 255, np.uint8))
    assert np.array(Image.open(io.BytesIO(sheet)).convert("L")).sum() == 4 * 255
