"""What the user is told is one sentence: what is wrong, where, and what to do."""

from pathlib import Path

from discern.errors import Damaged, DiscernError


def test_a_damaged_file_is_named_with_the_reason_and_the_remedy():
    error = Damaged(Path("results/full/split/split.npz"), "holds no array 'train'")
    assert isinstance(error, DiscernError)
    assert str(error) == (
        "results/full/split/split.npz holds no array 'train'; delete it to have it made again"
    )
