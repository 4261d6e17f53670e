"""Labels are called wrong in the very file in which people found them so, and in no other."""

from configuration.shipped import SHIPPED
from discern.data.label_errors import wrong_labels


def test_fifteen_test_labels_of_mnist_are_wrong_and_no_training_label():
    sha256 = SHIPPED["data"]["sha256"]
    assert len(wrong_labels(sha256["t10k-labels"])) == 15  # arXiv:2103.14749, table 1
    assert wrong_labels(sha256["train-labels"]) == frozenset()


def test_of_other_files_nothing_is_known():
    assert wrong_labels("0" * 64) == frozenset()
