"""A history is read back as it was written, and a damaged one is named with what is wrong."""

from __future__ import annotations

import pytest

from discern.errors import Damaged, DiscernError
from discern.training.history import COLUMNS, History, checkpoint_name, read_history

HEADER = "epoch,loss,validation_loss,between_classes,learning_rate,seconds\n"


def history_of(*losses, collapsed=()):
    """A history with these validation losses."""
    rows = [(epoch, 0.5, loss, 7.5, 0.001, 1.25) for epoch, loss in enumerate(losses, start=1)]
    return History([dict(zip(COLUMNS, row, strict=True)) for row in rows], [*collapsed])


def text_of(*losses):
    return history_of(*losses).as_csv()


def test_the_file_has_a_header_and_a_line_per_epoch():
    assert text_of(0.5, 0.25) == f"{HEADER}1,0.5,0.5,7.5,0.001,1.25\n2,0.5,0.25,7.5,0.001,1.25\n"


def test_a_history_is_read_back_with_every_digit_and_whole_epochs(tmp_path):
    written = history_of(0.1 + 0.2, 1 / 3, 1e-300, -2.0, 12345678.9)
    (tmp_path / "history.csv").write_text(written.as_csv())
    read = read_history(tmp_path / "history.csv")
    assert read == written
    assert [type(epoch) for epoch in read.column("epoch")] == [int] * 5
    assert read.validation_losses == [0.1 + 0.2, 1 / 3, 1e-300, -2.0, 12345678.9]
    assert read.column("seconds") == [1.25] * 5


def test_collapsed_epochs_are_no_part_of_the_file():
    assert history_of(0.5, 0.4, collapsed=[2]).as_csv() == text_of(0.5, 0.4)


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ([], []),
        ([5.0, 4.0, 3.0, 2.0], [1, 2, 3, 4]),
        ([5.0, 6.0, 5.0, 4.0, 4.0, 4.5, 3.0], [1, 4, 7]),
        ([1.0, 1.0, 1.0], [1]),
        ([-1.0, 0.0, -2.0], [1, 3]),
    ],
)
def test_the_best_epochs_are_those_with_a_lower_validation_loss_than_all_before(losses, best):
    assert history_of(*losses).best_epochs == best


def test_a_history_up_to_an_epoch_ends_with_that_epoch():
    history = history_of(4.0, 3.0, 2.0, 1.0, collapsed=[1, 3, 4])
    assert history.up_to(3) == history_of(4.0, 3.0, 2.0, collapsed=[1, 3])
    assert len(history.rows) == 4


def test_checkpoints_by_name_are_checkpoints_by_epoch():
    names = [checkpoint_name(epoch) for epoch in (1, 2, 10, 99, 100, 1000)]
    assert names[0] == "epoch-0001.npz"
    assert names == sorted(names)


INFINITE = "holds a number that is not finite"
NUMBERS = f"holds no number for one of {HEADER.strip().replace(',', ', ')} in line"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "holds no epoch"),
        (HEADER, "holds no epoch"),
        (b"\xff\xfe\x00", "is not a CSV file ('utf-8' codec can't decode"),
        (HEADER + "1" * 200_000, "is not a CSV file (field larger than"),
        ("epoch,loss\n1,0.5\n", f"{NUMBERS} 2"),
        (text_of(0.5, "low"), f"{NUMBERS} 3"),
        (text_of(0.5).replace("1,", "1.5,", 1), f"{NUMBERS} 2"),
        (text_of(0.5) + "2,0.5", f"{NUMBERS} 3"),
        (text_of(0.5, "nan"), f"{INFINITE} in line 3: validation_loss nan"),
        (text_of("-inf"), f"{INFINITE} in line 2: validation_loss -inf"),
        (text_of(1).replace("1.25", "inf"), f"{INFINITE} in line 2: seconds inf"),
        (text_of(0.5).replace("1,", "2,", 1), "holds epoch 2 instead of 1 in line 2"),
        (text_of(0.5) + "1,0.5,0.4,7.5,0.001,1.0\n", "holds epoch 1 instead of 2 in line 3"),
    ],
)
def test_a_damaged_history_is_named_with_what_is_wrong_and_where(tmp_path, content, why):
    path = tmp_path / "history.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Damaged) as damaged:
        read_history(path)
    assert str(damaged.value).startswith(f"{path} {why}")
    assert str(damaged.value).endswith("; delete it to have it made again")


def test_a_missing_history_is_named(tmp_path):
    with pytest.raises(DiscernError, match=r"history.csv does not exist; run the stage"):
        read_history(tmp_path / "history.csv")
