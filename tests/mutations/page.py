"""What can be wrong with the page, and the tests that should notice."""
# fmt: off

MUTATIONS = {
    "page/document.py": {
        "tests": ["page/test_document.py"],
        "mutations": [
            ("data may end the script", 'text.replace("<", "\\\\u003c")', "text"),
            ("Bokeh's own numbers", 'numbers.setdefault(part, f"m{len(numbers)}")',
             "numbers.setdefault(part, part)"),
        ],
    },
    "page/layers.py": {
        "tests": ["page/test_layers.py"],
        "mutations": [
            ("crosses on what is right",
             "wrong = members[predictions[members] != label]",
             "wrong = members[predictions[members] == label]"),
        ],
    },
    "page/maps.py": {
        "tests": ["page/test_maps.py"],
        "mutations": [
            ("as many images are the same images",
             "        if not np.array_equal(outcomes.labels, each.labels):",
             "        if len(outcomes.labels) != len(each.labels):"),
        ],
    },
    "page/pictures.py": {
        "tests": ["page/test_pictures.py"],
        "mutations": [
            ("check sums are not checked",
             "            image.verify()  # the checksums, which are checked nowhere else\n",
             "            pass\n"),
        ],
    },
    "page/sections.py": {
        "tests": ["page/test_sections.py"],
        "mutations": [
            ("no curves of trained rows",
             '*(["curves"] if line.row.trained else [])', ""),
        ],
    },
    "page/page.py": {
        "tests": ["page/test_page.py"],
        "mutations": [
            ("one image beyond the last passes",
             "        if indices.max() >= len(images):", "        if indices.max() > len(images):"),
        ],
    },
    "page/templates/leaderboard.html.j2": {
        "tests": ["page/test_templates.py"],
        "mutations": [
            ("better is worse",
             "comparisons.relation(other.row.label, line.row.label)",
             "comparisons.relation(line.row.label, other.row.label)"),
        ],
    },
    "page/verdict.py": {
        "tests": ["page/test_verdict.py"],
        "mutations": [
            ("untested rows are unbeaten",
             "        if pair.over_images.p is None:\n            continue\n",
             ""),
            ("the worse row leads", "{pair.higher} if measure.better",
             "{pair.first} if measure.better"),
        ],
    },
    "page/intervals.py": {
        "tests": ["page/test_intervals.py"],
        "mutations": [
            ("the farthest pair sets the axis", "_COVERED = 0.75", "_COVERED = 1"),
        ],
    },
    "page/judgement.py": {
        "tests": ["page/test_judgement.py"],
        "mutations": [
            ("the embedding's accuracy has no error",
             "variances = in_map * (1 - in_map) + in_embedding * (1 - in_embedding)",
             "variances = in_map * (1 - in_map)"),
        ],
    },
}
