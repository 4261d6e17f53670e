"""The pickle of a package is read as arrays, and nothing in it is executed."""

import os
import pickle

import numpy as np
import pytest

from discern.data import sources
from discern.errors import DiscernError


class Calls:
    """Pickles as a call of ``function`` with ``argument``."""

    def __init__(self, function, argument):
        self.call = function, (argument,)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("function", [os.mkdir, os.system, eval, getattr, pickle.loads, np.load])
def test_nothing_in_a_pickle_is_called(tmp_path, function):
    mark = tmp_path / "called"
    argument = {os.system: f"mkdir {mark}", eval: f"__import__('os').mkdir({str(mark)!r})"}
    content = pickle.dumps(Calls(function, argument.get(function, str(mark))), protocol=3)
    with pytest.raises(DiscernError, match=r"it needs .* which is not an array"):
        sources._unpickle(content)
    assert not mark.exists()


def others():
    """Pickles of other things, and one that is cut off."""
    pair, empty = (np.zeros((2, 5)), np.zeros(2)), ([], [])
    for value in (5, (), [(1, 2)], [pair] * 3, [empty] * 3):
        yield pickle.dumps(value, protocol=3)
    yield pickle.dumps([pair] * 3, protocol=3)[:-100]


@pytest.mark.parametrize("content", list(others()))
def test_a_pickle_of_something_else_is_refused(content):
    with pytest.raises(DiscernError, match="not hold the expected arrays"):
        sources._unpickle(content)
