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
             "and not comparisons.pair(", "and comparisons.pair("),
        ],
    },
    "publishing/publication.py": {
        "tests": ["publishing/test_publication.py"],
        "mutations": [
            ("a changed file is published",
             "        if digest is not None and sha256(path) != digest:",
             "        if digest is not None and not digest:"),
            ("other files in the folder are ignored",
             "        if path not in known:\n", "        if path.suffix == '.none':\n"),
            ("texts are written before all are filled",
             "    filled = {path: filled_file(path, version, published) for path in texts}\n",
             "    filled = {}\n    for path in texts:\n        filled[path] = filled_file(path, version, published)\n        write_text(path, filled[path])\n"),
            ("the manifest comes last",
             "key=lambda path: path != published.manifest",
             "key=lambda path: path == published.manifest"),
        ],
    },
}
