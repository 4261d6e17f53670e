"""What a sentence about the configuration advises is tried, and passes."""

import re

import pytest

from configuration.shipped import with_change
from discern.configuration import check
from discern.errors import DiscernError

# Refused changes, what the sentences advise, and the changes that take the advice.
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
    "split: {validation: 399}": (
        "split.validation is 399, but a batch has 400 images; raise it",
        "split: {validation: 400}",
    ),
    "split: {train: 80}": (
        "split.train is 80, but a batch has 400 images … lower batches.size",
        "{split: {train: 80}, batches: {size: 80}}",
    ),
    "data: {class_names: [cat, no]}": (
        "put it in quotes",
        'data: {class_names: [cat, "no", c, d, e, f, g, h, i, j]}',
    ),
    "batches: {size: 100, samples: 30}": (
        "batches.size is 100 … batches.samples = 30 … change one",
        "batches: {size: 120, samples: 30}",
    ),
    "classes: {train: [0, 1, 2], unseen: [3, 4]}": (
        "a batch of 10 × 40 images … only 3 are trained … lower batches.size to 120",
        "{classes: {train: [0, 1, 2], unseen: [3, 4]}, batches: {size: 120}}",
    ),
    "search: {trials: 12, learning_rates: [0.001], seed: 0}": (
        "losses.softmax has 4 combinations of settings for 12 trials … lower search.trials",
        "search: {trials: 4, learning_rates: [0.001], seed: 0}",
    ),
    "evaluation: {headline: map_at_R}": (
        "choose one of map_at_r",
        "evaluation: {headline: knn_accuracy}",
    ),
    "corruption: {label_noise: 0.2}\nclasses: {train: [0, 1], unseen: [2, 3]}": (
        "corruption would label images … set classes or corruption to null",
        "corruption: {label_noise: 0.2}",
    ),
    "losses: {a: {loss: cosface, title: X}, b: {loss: softmax, title: X}}": (
        "losses.a and losses.b have the same title, X; give one of them another title",
        "losses: {a: {loss: cosface, title: X}, b: {loss: softmax, title: Y}}",
    ),
    "losses: {mine: {loss: cosface, title: Softmax}}": (
        "the same title",
        "losses: {mine: {loss: cosface}}",
    ),
    f"losses: {{{'a' * 101}: {{loss: cosface}}}}": (
        "up to 100 letters",
        f"losses: {{{'a' * 100}: {{loss: cosface}}}}",
    ),
    f"version: {'a' * 101}": ("is too long; change it", f"version: {'a' * 100}"),
    "losses: {CosFace: {}}": ("did you mean cosface?", "losses: {cosface: {}}"),
    "losses: {cosface: {Margin: 0.3}}": (
        "no key losses.cosface.Margin (did you mean margin?)",
        "losses: {cosface: {margin: 0.3}}",
    ),
    "classes: {train: [0, 1, 2], unseen: [2, 3]}": (
        "classes: 2 is in both train and unseen; remove it from one of them",
        "{classes: {train: [0, 1, 2], unseen: [3, 4]}, batches: {size: 120}}",
    ),
    "batches: {sampler: shuffled}": (
        "needs several samples of each class … set batches.sampler to grouped",
        "batches: {sampler: grouped}",
    ),
    "data: {class_names: [a, b]}": (
        "needs 10 classes in a batch, but data.class_names lists 2; lower batches.size",
        "{data: {class_names: [a, b]}, batches: {size: 80}}",
    ),
    "training: {threads: 100000}": (
        "100000 is greater than the maximum of 1024; change it",
        "training: {threads: 1024}",
    ),
    "overwrite: often": ("give it as boolean", "overwrite: yes"),
}


@pytest.mark.parametrize(("change", "advice"), ADVICE.items(), ids=ADVICE)
def test_the_advice_works(change, advice):
    words, followed = advice
    pattern = ".*".join(re.escape(part) for part in words.split(" … "))
    with pytest.raises(DiscernError, match=pattern):
        check.check(with_change(change))
    check.check(with_change(followed))
