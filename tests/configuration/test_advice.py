"""What a sentence about the configuration advises is tried, and passes."""

import re

import pytest

from configuration.shipped import with_change
from discern.configuration import check
from discern.errors import DiscernError

# Values of the wrong type, the advice in the sentence, and the change that takes it.
ADVICE = {
    'training: {epochs: "3"}': ("write 3", "training: {epochs: 3}"),
    "split: {validation: 5.0e3}": ("write 5000", "split: {validation: 5000}"),
    "split: {validation: 5.0e+3}": ("write 5000", "split: {validation: 5000}"),
    "training: {learning_rate: {minimum: 1e-5}}": (
        "write 1.0e-05",
        "training: {learning_rate: {minimum: 1.0e-05}}",
    ),
    "losses: {cosface: {margin: 2e-1}}": ("write 0.2", "losses: {cosface: {margin: 0.2}}"),
    "tsne: {perplexity: '30'}": ("write 30.0", "tsne: {perplexity: 30.0}"),
    "version: 1.10": ("in quotes in a file", 'version: "1.10"'),
    "version: 2024_01_02": ("in quotes in a file", 'version: "2024_01_02"'),
    "version: 2024-01-02": ("in quotes in a file", 'version: "2024-01-02"'),
    "losses: {cosface: {title: 7}}": ("in quotes", 'losses: {cosface: {title: "7"}}'),
    "losses: {cosface: {title: 2024-01-02}}": (
        "the date 2024-01-02; … in quotes",
        'losses: {cosface: {title: "2024-01-02"}}',
    ),
    "losses: {1: {loss: cosface}}": ("in quotes", 'losses: {"1": {loss: cosface}}'),
    "losses: {no: {loss: cosface}}": ("in quotes", 'losses: {"no": {loss: cosface}}'),
    "overwrite: often": ("give it as boolean", "overwrite: yes"),
}


@pytest.mark.parametrize(("change", "advice"), ADVICE.items(), ids=ADVICE)
def test_the_advice_about_a_value_of_another_type_works(change, advice):
    words, followed = advice
    pattern = ".*".join(re.escape(part) for part in words.split(" … "))
    with pytest.raises(DiscernError, match=pattern):
        check.check(with_change(change))
    check.check(with_change(followed))
