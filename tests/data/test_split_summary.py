"""A split's summary is read as it was written, or is missing with a sentence."""

import pytest

from discern.data.split_summary import read_split_summary
from discern.errors import DiscernError
from plain_files import write_json


def test_a_summary_is_read_as_it_was_written(tmp_path):
    summary = {"train": {"images": 5}, "validation": {"images": 2}, "seed": 0}
    write_json(tmp_path / "split.json", summary)
    assert read_split_summary(tmp_path / "split.json") == summary


def test_a_missing_summary_is_named(tmp_path):
    with pytest.raises(DiscernError, match=r"split\.json does not exist; run the stage"):
        read_split_summary(tmp_path / "split.json")
