"""A figure's data are CSV with six digits."""

import numpy as np

from discern.figures.table import as_csv


def test_numbers_that_are_not_whole_have_six_digits_and_all_else_is_written_as_it_is():
    rows = [("a, b", 1 / 3, np.float32(1e-7), np.int64(1234567)), ("c", 2e9, 0.5, 12)]
    assert as_csv(("name", "x", "y", "n"), iter(rows)) == (
        'name,x,y,n\n"a, b",0.333333,1e-07,1234567\nc,2e+09,0.5,12\n'
    )
