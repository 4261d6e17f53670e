"""What can be wrong in a map, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "maps/settings.py": {
        "tests": ["training/test_settings.py"],
        "mutations": [
            ("it needs NumPy",
             "from dataclasses import dataclass\n", "from dataclasses import dataclass\nimport numpy\n"),
        ],
    },
    "maps/tsne.py": {
        "tests": ["maps/test_tsne.py"],
        "mutations": [
            ("points in the order of the strips",
             "    points[order] = positions\n", "    points[:] = positions\n"),
            ("a map without extent passes", "if width < _NO_EXTENT:", "if False:"),
            ("a point's similarity with itself counts", "total = -float(len(points))", "total = 0.0"),
            ("no exaggeration", "exaggeration=exaggeration,", "exaggeration=1.0,"),
            ("more early iterations than all",
             "early = min(chosen.early_exaggeration_iterations, chosen.iterations)",
             "early = chosen.early_exaggeration_iterations"),
            ("a point is its own neighbour",
             "len(values) - 1 < 3 * chosen.perplexity", "len(values) < 3 * chosen.perplexity"),
            ("late iterations count from 0", "done = self.finished + iteration", "done = iteration"),
            ("a line each time after the first", "            self._last = now\n", ""),
            ("affinities of other points",
             "order[near], positions[near], joint[near][:, near]",
             "order[near], positions[near], joint[near]"),
        ],
    },
    "maps/side_by_side.py": {
        "tests": ["maps/test_side_by_side.py", "stages/test_contact_sheet.py"],
        "mutations": [
            ("the last seed's maps", "row.seeds[0]", "row.seeds[-1]"),
            ("embeddings are turned, and maps not alike",
             "each if each.is_embedding else replace(each, points=next(turned))",
             "replace(each, points=aligned([each.points])[0])"),
        ],
    },
    "maps/map.py": {
        "tests": ["maps/test_map.py"],
        "mutations": [
            ("a divergence of 0 is none", "self.kl_divergence is None", "not self.kl_divergence"),
            ("a map without points passes", "not len(read.points) or ", ""),
        ],
    },
    "maps/rounded.py": {
        "tests": ["maps/test_rounded.py"],
        "mutations": [
            ("a published embedding has a divergence", "None if np.isnan(divergence) else divergence", "divergence"),
            ("a map of equal points divides by 0", " or 1.0", ""),
        ],
    },
}
