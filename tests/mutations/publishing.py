"""What can be wrong with what is published, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "publishing/blocks.py": {
        "tests": ["publishing/test_blocks.py"],
        "mutations": [
            ("a block may end in the next",
             'if end is None or end[0] != "<!-- end -->":', "if end is None:"),
            ("significantly different rows are alike",
             'if relation == "alike"]', 'if relation != "alike"]'),
            ("p is that before the correction",
             "p = pair.over_images.adjusted_p\n", "p = pair.over_images.p\n"),
            ("what is missing to 100 % of an error is its opposite",
             ' or measure.better != "higher"', ""),
            ("untested pairs are counted", "measure) if _p(pair)]", "measure)]"),
            ("a row differs from itself", "                first != second\n                and by", "                by"),
        ],
    },
    "publishing/ranked.py": {
        "tests": ["publishing/test_ranked.py"],
        "mutations": [
            ("a row's cost is that of all", "label is None or training_of(", "label or training_of("),
            ("records of published jobs are lost", "                stages |= {\n", "                _ = {\n"),
            ("a row is compared with itself", "if other.row.label != label", "if other.row.label"),
        ],
    },
    "publishing/card.py": {
        "tests": ["publishing/test_card.py"],
        "mutations": [
            ("the map's path is that from the working directory",
             "os.path.relpath(drawn, file.parent)", "str(drawn)"),
            ("the difference is the other row's",
             "comparisons.pair(line.row.label, other.row.label)",
             "comparisons.pair(other.row.label, line.row.label)"),
            ("the price of tuning is that of all losses", "            if line[\"loss\"] == loss\n", ""),
        ],
    },
    "publishing/export.py": {
        "tests": ["publishing/test_export.py"],
        "mutations": [
            ("vectors are rounded", 'fmt="%.9g"', 'fmt="%.6g"'),
            ("a name breaks its line", '" ".join(str(cell).split())', "str(cell)"),
            ("only the first seed is exported", "for seed in row.seeds:", "for seed in row.seeds[:1]:"),
            ("files of other images are exported",
             "if not np.array_equal(of_file, labels):", "if len(of_file) != len(labels):"),
        ],
    },
    "publishing/parquet.py": {
        "tests": ["publishing/test_export.py"],
        "mutations": [
            ("vectors are one after the other by number, not by image",
             "values.ravel()", "values.T.ravel()"),
        ],
    },
    "publishing/publication.py": {
        "tests": ["publishing/test_publication.py", "publishing/test_growth.py", "publishing/test_brief.py"],
        "mutations": [
            ("a published seed may be lost",
             "if seed not in seeds.get(row.label, ()):", "if row.label not in seeds:"),
            ("a brief publication replaces a whole one", "if brief and any(", "if False and any("),
            ("curves take most of a brief publication", ', "curve"))', ', "curves"))'),
            ("rows stay marked as published elsewhere", 'row | {"published": {}}', "row"),
            ("a changed file is published",
             "    if sha256(path) != hashes.get(_name(version, path)):", "    if not sha256(path):"),
            ("only the first seed is published", "        for seed in row.seeds:\n            if brief", "        for seed in row.seeds[:1]:\n            if brief"),
            ("other files in the folder are ignored",
             "        if path not in known:\n", "        if path.suffix == '.none':\n"),
            ("texts are written before all are filled",
             "    filled = {path: filled_file(path, version, published, brief) for path in texts}\n",
             "    filled = {}\n    for path in texts:\n        filled[path] = filled_file(path, version, published, brief)\n        write_text(path, filled[path])\n"),
            ("the manifest states the hashes of the version's files",
             '"files": dict(hashes)', '"files": ranked.manifest["files"]'),
        ],
    },
    "publishing/across.py": {
        "tests": ["publishing/test_across.py"],
        "mutations": [
            ("a row of one version alone has a point", "if len(of_row) > 1", "if of_row"),
            ("the separation is that of unseen classes", "_mean(line, separation)", "_mean(other, separation)"),
            ("two versions of one size are merged", "if images in by_images:", "if False:"),
            ("other headlines are mixed", "if version.headline != first.headline:", "if False:"),
        ],
    },
    "publishing/compact.py": {
        "tests": ["publishing/test_publication.py"],
        "mutations": [
            ("arrays are not compressed", "zipfile.ZIP_LZMA", "zipfile.ZIP_STORED"),
        ],
    },
}
