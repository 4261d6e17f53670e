"""What can be wrong with the provenance, and the tests that should notice."""
# fmt: off

MUTATIONS = {
    "provenance/agreement.py": {
        "tests": ["provenance/test_agreement.py"],
        "mutations": [
            ("a learning rate of a row's own is not held against its record",
             'if "learning_rate" in entry:', "if False:"),
            ("settings of all rows are not held against records",
             "return {**shared, **own}", "return own"),
        ],
    },
    "provenance/record.py": {
        "tests": ["provenance/test_record.py"],
        "mutations": [
            ("an installed discern is a package", 'found - {"discern"}', "found"),
            ("packages that are not loaded count", "if module in loaded\n", ""),
        ],
    },
    "provenance/manifest.py": {
        "tests": ["provenance/test_manifest.py"],
        "mutations": [
            ("inputs from elsewhere have changed",
             "if made.get(name, digest) != digest:", "if made.get(name) != digest:"),
        ],
    },
    "provenance/archive.py": {
        "tests": ["provenance/test_archive.py"],
        "mutations": [
            ("old copies of the rules stay", "    shutil.rmtree(folder, ignore_errors=True)\n", ""),
            ("records in any order", "for path in sorted(records)}", "for path in records}"),
            ("the date is the oldest record's", "newest = max(", "newest = min("),
        ],
    },
    "provenance/crate.py": {
        "tests": ["provenance/test_crate.py"],
        "mutations": [
            ("inputs among the version's files are made twice",
             "        if name in self.hashes:\n            return self.file(name)\n        label",
             "        label"),
        ],
    },
    "provenance/fingerprint.py": {
        "tests": ["provenance/test_fingerprint.py"],
        "mutations": [
            ("modules imported from a package do not count",
             'names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]',
             "names = [node.module]"),
            ("parent packages do not count",
             'found = {".".join(parts[:length]) for length in range(1, len(parts))}',
             "found = set()"),
        ],
    },
    "provenance/difference.py": {
        "tests": ["provenance/test_difference.py"],
        "mutations": [
            ("intervals that overlap are apart",
             "high < other_low or other_high < low", "high < other_low or other_low < high"),
            ("published seeds are not compared", 'if "report" in self.jobs:', "if False:"),
        ],
    },
}
