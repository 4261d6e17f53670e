"""What can be wrong with the ranking, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "ranking/leaderboard.py": {
        "tests": ["ranking/test_leaderboard.py"],
        "mutations": [
            ("of a single training, the interval is over seeds",
             "return estimate.over_images if len(self.measures) == 1 else estimate.over_seeds",
             "return estimate.over_seeds or estimate.over_images"),
            ("untested rows are beaten by none", "if line.beaten_by is None:\n        return \"–\"", "if line.beaten_by is None:\n        return \"0\""),
        ],
    },
    "ranking/latex.py": {
        "tests": ["ranking/test_latex.py"],
        "mutations": [
            ("a per cent sign begins a comment", 'in "&%$#_{}"}', 'in "&$#_{}"}'),
            ("a bracket is an argument", '        "[": "{[}",\n', ""),
        ],
    },
    "ranking/comparisons.py": {
        "tests": ["ranking/test_comparisons.py"],
        "mutations": [
            ("a reversed pair's interval is upside down",
             "return Evidence(-self.high, -self.low,", "return Evidence(-self.low, -self.high,"),
            ("the level itself is significant",
             "self.adjusted_p < SIGNIFICANCE", "self.adjusted_p <= SIGNIFICANCE"),
            ("lower is always worse",
             "(pair.higher == other) == self.higher_is_better", "pair.higher == other"),
            ("untested rows are alike", "if pair.over_images.p is None:", "if False:"),
            ("a single common seed makes pairs chosen", "pair.seeds > 1 and pair.over_images.p is None for", "pair.over_images.p is None for"),
        ],
    },
    "ranking/significance.py": {
        "tests": ["ranking/test_significance.py"],
        "mutations": [
            ("Bonferroni's correction",
             "steps = np.arange(len(p_values), 0, -1) * p_values[order]",
             "steps = len(p_values) * p_values[order]"),
            ("all pairs are corrected for", "if chosen and error and", "if error and"),
            ("no correction", "adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)", "adjusted[order] = p_values[order]"),
            ("single trainings are tested", "chosen and error and mean.seeds > 1", "chosen and error"),
            ("seeds are paired by their place", "else self.seeds.index(seed)", "else sorted(self.seeds).index(seed)"),
            ("rows are not paired image by image", "first.outcomes[here].astype(np.float64) - second.outcomes[there]", "first.outcomes[here].astype(np.float64) - second.outcomes[there][::-1]"),
        ],
    },
    "ranking/standard_error.py": {
        "tests": ["ranking/test_standard_error.py"],
        "mutations": [
            ("other seeds do not count", "StandardError(float(np.hypot(of_seeds.value, of_images)), of_seeds.degrees)", "StandardError(of_images, of_seeds.degrees)"),
            ("other images do not count", "StandardError(float(np.hypot(of_seeds.value, of_images)), of_seeds.degrees)", "of_seeds"),
            ("as many degrees as images", "float(np.hypot(of_seeds.value, of_images)), of_seeds.degrees)", "float(np.hypot(of_seeds.value, of_images)), outcomes.shape[1] - 1)"),
            ("as many images are the same images", "not np.array_equal(each, classes[0])", "len(each) != len(classes[0])"),
        ],
    },
    "ranking/tuning.py": {
        "tests": ["ranking/test_tuning.py"],
        "mutations": [
            ("trials are drawn with their repetitions", "math.comb(place, n - 1)", "math.comb(place + 1, n)"),
        ],
    },
    "ranking/assessment.py": {
        "tests": ["ranking/test_assessment.py"],
        "mutations": [
            ("a row may lack a measure for some seeds", "return all(measure.name in each", "return any(measure.name in each"),
            ("one given file stands for all seeds", "        row.varies_with_seed,", "        row.trained,"),
        ],
    },
    "ranking/outcomes.py": {
        "tests": ["ranking/test_outcomes.py"],
        "mutations": [
            ("infinite outcomes pass", "np.isinf(values).any() or ", ""),
            ("each image is rounded by itself, and the sum is lost",
             "np.diff(np.rint(np.cumsum(known) / unit), prepend=0.0)", "np.rint(known / unit)"),
            ("images that are left out count as 0", "np.where(is_left_out, _LEFT_OUT, steps)", "steps"),
        ],
    },
    "ranking/verdicts.py": {
        "tests": ["ranking/test_verdicts.py"],
        "mutations": [
            ("every gain is clear", "if abs(gain) > half else", "if abs(gain) > 0 else"),
            ("the best is always the highest", "pick = max if self.headline.better", "pick = max if self.headline.name"),
        ],
    },
}
