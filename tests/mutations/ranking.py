"""What can be wrong with the ranking, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "ranking/leaderboard.py": {
        "tests": ["ranking/test_leaderboard.py"],
        "mutations": [
            ("every interval is over seeds",
             "return estimate.interval if estimate else None",
             "return 'seeds' if estimate and estimate.interval else None"),
        ],
    },
    "ranking/comparisons.py": {
        "tests": ["ranking/test_comparisons.py"],
        "mutations": [
            ("a reversed pair's interval is upside down",
             "turned = (-self.difference, -self.high, -self.low)",
             "turned = (-self.difference, -self.low, -self.high)"),
            ("the level itself is significant",
             "return self.adjusted_p < SIGNIFICANCE", "return self.adjusted_p <= SIGNIFICANCE"),
        ],
    },
    "ranking/significance.py": {
        "tests": ["ranking/test_significance.py"],
        "mutations": [
            ("Bonferroni's correction",
             "steps = np.arange(len(p_values), 0, -1) * p_values[order]",
             "steps = len(p_values) * p_values[order]"),
        ],
    },
    "ranking/bootstrap.py": {
        "tests": ["ranking/test_bootstrap.py"],
        "mutations": [
            ("seeds are not drawn",
             "each[np.arange(size)[:, None], chosen].mean(axis=1)", "each.mean(axis=1)"),
        ],
    },
    "ranking/assessment.py": {
        "tests": ["ranking/test_assessment.py"],
        "mutations": [
            ("as many images are the same images",
             "    if all(np.array_equal(each, images[0]) for each in images):",
             "    if all(len(each) == len(images[0]) for each in images):"),
            ("seeds are paired by their place",
             "of_row[row.seeds.index(seed) if seed is not None and len(of_row) > 1 else 0]",
             "of_row[seeds.index(seed) if len(of_row) > 1 else 0]"),
        ],
    },
    "ranking/outcomes.py": {
        "tests": ["ranking/test_outcomes.py"],
        "mutations": [
            ("infinite outcomes pass", "np.isinf(values).any() or ", ""),
        ],
    },
    "ranking/verdicts.py": {
        "tests": ["ranking/test_verdicts.py"],
        "mutations": [
            ("one standard error is clear",
             "return self.gain > 2 * self.standard_error", "return self.gain > self.standard_error"),
        ],
    },
}
