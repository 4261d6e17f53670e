"""The tested pairs are those that the configuration names, each once, in the order of the rows."""

import pytest

from discern.configuration.tested_pairs import pairs_to_test
from discern.errors import DiscernError

LABELS = ("pixels", "softmax", "cosface", "centre")


def test_all_pairs_need_no_list():
    assert pairs_to_test("all", LABELS) is None


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ([["cosface", "pixels"]], ["pixels cosface"]),
        (["cosface"], ["pixels cosface", "softmax cosface", "cosface centre"]),
        (
            [["cosface", "centre", "softmax"]],
            ["softmax cosface", "softmax centre", "cosface centre"],
        ),
        ([["softmax", "centre"], ["centre", "softmax"]], ["softmax centre"]),
        (
            [["pixels", "cosface"], "softmax"],
            ["pixels softmax", "pixels cosface", "softmax cosface", "softmax centre"],
        ),
    ],
)
def test_a_label_means_its_pairs_with_all_rows_and_a_list_all_pairs_among_its_rows(
    setting, expected
):
    assert pairs_to_test(setting, LABELS) == [tuple(pair.split()) for pair in expected]


@pytest.mark.parametrize("setting", [["cosfase"], [["softmax", "cosfase"]]])
def test_a_label_without_a_row_is_refused_and_the_nearest_named(setting):
    sentence = (
        r"evaluation\.tested_pairs: there is no row cosfase \(did you mean cosface\?\); choose "
        "among pixels, softmax, cosface, centre"
    )
    with pytest.raises(DiscernError, match=sentence):
        pairs_to_test(setting, LABELS)
    corrected = [[*each[:-1], "cosface"] if len(each) == 2 else "cosface" for each in setting]
    assert ("softmax", "cosface") in pairs_to_test(corrected, LABELS)
