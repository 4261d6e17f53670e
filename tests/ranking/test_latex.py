"""A table in LaTeX has its cells as they were given, whatever characters they have."""

import re

import pytest

from discern.ranking.latex import latex_table

# What LaTeX sets for each of these; everything else in a cell stands for itself.
SET = {
    **{rf"\{character}": character for character in "&%$#_{}"},
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    "{[}": "[",
    "$<$": "<",
    "$>$": ">",
    "--": "–",
    "$-$": "−",
    r"$\pm$": "±",
    r"$\times$": "×",
    r"$\leq$": "≤",
    r"$\geq$": "≥",
    r"$\to$": "→",
    r"$\lambda$": "λ",
}
KNOWN = re.compile("|".join(map(re.escape, SET)))


def read(table):
    """The cells of each line of a table, as LaTeX sets them."""
    lines = [line.removesuffix(r" \\") for line in table.splitlines() if line.endswith(r" \\")]
    cells = [re.split(r"(?<!\\) & ", line) for line in lines]
    for cell in (each for line in cells for each in line):
        assert not set(KNOWN.sub("", cell)) & set("&%$#_{}~^\\[<>–−±×≤≥→λ"), cell
    return [[KNOWN.sub(lambda code: SET[code[0]], cell) for cell in line] for line in cells]


@pytest.mark.parametrize(
    "cell",
    [
        "A-Softmax, λ ≥ 5",
        "A-Softmax, λ → 0",
        "99.17 ± 0.10 %",
        "[0.2, 0.8]",
        "a_b & c{d}",
        "x ^ 2 ~ −3 × $4 #5",
        r"\alpha <= ≤ >",
        "–",
    ],
)
def test_every_cell_is_set_as_it_was_given(cell):
    assert read(latex_table(["row", cell], [[cell, "1"], ["b", cell]])) == [
        ["row", cell],
        [cell, "1"],
        ["b", cell],
    ]


def test_words_stand_on_the_left_and_numbers_on_the_right_between_rules():
    first, *inner, last = latex_table(["a", "b", "c"], [["1", "2", "3"]]).splitlines()
    assert first.startswith(r"\begin{tabular}{lrr}")
    assert inner == [r"\toprule", r"a & b & c \\", r"\midrule", r"1 & 2 & 3 \\", r"\bottomrule"]
    assert last == r"\end{tabular}"
