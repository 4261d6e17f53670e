"""What can be wrong with the data, and the tests that should notice."""
# fmt: off

MUTATIONS = {
    "data/fetch.py": {
        "tests": ["data/test_fetch.py"],
        "mutations": [
            ("what is kept for a resumed download is decompressed",
             "write_bytes(unfinished / FILES[file], fetched)",
             "write_bytes(unfinished / FILES[file], contents[file])"),
            ("each source is asked for all files",
             "[file for file in FILES if file not in origins]", "list(FILES)"),
        ],
    },
    "data/sources.py": {
        "tests": ["data/test_source_faults.py", "data/test_sources.py"],
        "mutations": [
            ("http is allowed", "session.adapters.clear()", "pass"),
            ("no deadline",
             "    reader.join(patience.deadline)\n", "    reader.join()\n"),
            ("a pickle may call any function of NumPy",
             "if (module, name) not in self._ALLOWED:",
             'if module.partition(".")[0] not in ("numpy", "builtins"):'),
        ],
    },
    "data/split.py": {
        "tests": ["data/test_split.py"],
        "mutations": [
            ("an image trains and validates",
             '_, training = draw(rest, labels[rest], train, seed, "split.train")',
             '_, training = draw(everything, labels, train, seed, "split.train")'),
        ],
    },
    "data/embeddings.py": {
        "tests": ["data/test_embeddings.py"],
        "mutations": [
            ("infinite embeddings pass",
             "if not np.isfinite(embeddings).all():", "if np.isnan(embeddings).any():"),
        ],
    },
    "data/classes.py": {
        "tests": ["data/test_classes.py"],
        "mutations": [
            ("samples in the order of the classes",
             "return np.flatnonzero(np.isin(labels, list(classes)))",
             "return np.concatenate([np.flatnonzero(labels == each) for each in classes])"),
        ],
    },
}
