"""What can be wrong with the page, and the tests that should notice."""
# fmt: off

MUTATIONS = {
    "page/maps.py": {
        "tests": ["page/test_maps.py"],
        "mutations": [
            ("as many images are the same images",
             "if not np.array_equal(labels, of_map.labels):",
             "if len(labels) != len(of_map.labels):"),
            ("data may end the script", '.replace("<", "\\\\u003c")', ""),
            ("distances are cut, not rounded", " + np.uint32(0x8000)", ""),
        ],
    },
    "page/neighbours.py": {
        "tests": ["page/test_neighbours.py"],
        "mutations": [
            ("cosine distances stay Euclidean", "return positions, distances**2 / 2",
             "return positions, distances"),
        ],
    },
    "page/templates/maps.js": {
        "tests": ["page/test_pointing_in_browser.py", "page/test_selection_in_browser.py"],
        "mutations": [
            ("maps are a fraction of a pixel off", "map.side = contentRect.width;",
             "map.side = target.clientWidth;"),
            ("the last picture shines through",
             "  pen.fillRect(0, 0, map.side + 1, map.side + 1);\n", ""),
        ],
    },
    "page/templates/panel.js": {
        "tests": ["page/test_selection_in_browser.py"],
        "mutations": [
            ("mistakes of one row are those of any", "!isRight(maps[wrong], i)",
             "maps.some(map => !isRight(map, i))"),
        ],
    },
    "page/templates/pointing.js": {
        "tests": ["page/test_pointing_in_browser.py"],
        "mutations": [
            ("only the horizontal distance counts", "(px - x) ** 2 + (py - y) ** 2",
             "(px - x) ** 2"),
        ],
    },
    "page/templates/tables.js": {
        "tests": ["page/test_layout_in_browser.py"],
        "mutations": [
            ("what lacks a value comes first",
             '(a == "") - (b == "")', '(b == "") - (a == "")'),
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
             '*(["curves"] if row.trained else [])', ""),
            ("the scale is that of the epoch before",
             '("between_classes")[epoch - 1]', '("between_classes")[epoch - 2]'),
            ("a published row's map is looked for in the version",
             "picture(home.figure(label, seed, kind", "picture(version.figure(label, seed, kind"),
        ],
    },
    "page/page.py": {
        "tests": ["page/test_page.py"],
        "mutations": [
            ("maps keep the configuration's order",
             "sorted(self._row_maps, key=lambda row_map: ranked.index(row_map.row))",
             "self._row_maps"),
            ("a network is named once per row", "dict.fromkeys(", "list("),
            ("one image beyond the last passes",
             "if self._indices.max() >= len(images):", "if self._indices.max() > len(images):"),
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
            ("rows that were trained elsewhere have one seed",
             "if line.row.varies_with_seed", "if line.row.trained"),
            ("the worse row leads", "{pair.higher} if measure.better",
             "{pair.first} if measure.better"),
            ("patience that ran out in the last epoch is none", "best > epochs - patience",
             "best >= epochs - patience"),
        ],
    },
    "page/ranges.py": {
        "tests": ["page/test_ranges.py"],
        "mutations": [
            ("the first range in a definition counts", "between[-1]", "between[0]"),
            ("what may exceed its least value ends at it", "else -math.inf), math.inf",
             "else -math.inf), 1.0"),
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
