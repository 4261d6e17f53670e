"""Tables in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

# What means something in LaTeX, and what pdfLaTeX's fonts lack. A bracket after the end of a line
# would be an argument.
_ESCAPED = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "[": "{[}",
        "<": "$<$",
        ">": "$>$",
        "–": "--",
        "±": r"$\pm$",
        "−": "$-$",
        "×": r"$\times$",
        "≤": r"$\leq$",
        "≥": r"$\geq$",
        "→": r"$\to$",
        "λ": r"$\lambda$",
    }
)


def latex_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A ``tabular`` for the package booktabs, with a line per row of cells.

    The first column holds text; the others hold numbers and are right-aligned.

    Args:
        head: the titles of the columns.
        rows: a cell for each column.
    """
    return "\n".join(
        [
            rf"\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}  % needs \usepackage{{booktabs}}",
            r"\toprule",
            _line(head),
            r"\midrule",
            *map(_line, rows),
            r"\bottomrule",
            "\\end{tabular}\n",
        ]
    )


def _line(cells: Sequence[str]) -> str:
    return rf"{' & '.join(cell.translate(_ESCAPED) for cell in cells)} \\"
