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
    "data/web.py": {
        "tests": ["data/test_source_faults.py", "data/test_unexpected_faults.py"],
        "mutations": [
            ("http is allowed",
             "_NotHttps())\n", "HTTPAdapter())\n"),
            ("no deadline",
             "    reader.join(patience.deadline)\n", "    reader.join()\n"),
        ],
    },
    "data/failure.py": {
        "tests": ["data/test_unexpected_faults.py", "data/test_source_faults.py"],
        "mutations": [
            ("the last error is told, not the first", "        first = cause\n", "        break\n"),
        ],
    },
    "data/sources.py": {
        "tests": ["data/test_sources.py", "data/test_unexpected_faults.py", "data/test_pickles.py"],
        "mutations": [
            ("a damaged gzip file hides the plain one",
             'ways = (partial(_read, folder, ".gz"), partial(_read, folder, ""))',
             'ways = (partial(_read, folder, ".gz"),)'),
            ("a pickle may call any function of NumPy",
             "if (module, name) not in self._ALLOWED:",
             'if module.partition(".")[0] not in ("numpy", "builtins"):'),
        ],
    },
    "data/given.py": {
        "tests": ["data/test_given.py"],
        "mutations": [
            ("labels must be the data set's own numbers",
             "(np.unique(each, return_inverse=True)[1] for each in (own, labels))",
             "(own, labels)"),
            ("the two files may have different widths",
             "if training.shape[1] != testing.shape[1]:", "if False:"),
            ("the labels are not looked at", 'if "labels" in arrays:', "if False:"),
            ("a value too large for float32 passes",
             "~np.isfinite(embeddings)", "~np.isfinite(given)"),
        ],
    },
    "data/split.py": {
        "tests": ["data/test_split.py"],
        "mutations": [
            ("an image trains and validates",
             "draw(rest, labels[rest], train, seed,", "draw(everything, labels, train, seed,"),
            ("a rare class may vanish from the validation images",
             "    rest, chosen = _filled_up(chosen, rest, labels, least)[::-1]\n", ""),
            ("a rare class may vanish from the training images",
             "    rest, chosen = _filled_up(rest, chosen, labels, left)\n", ""),
        ],
    },
    "data/idx.py": {
        "tests": ["data/test_idx.py", "stages/test_download.py"],
        "mutations": [
            ("a gibibyte is asked for at once", "file.read(_PIECE)", "file.read(_LARGEST)"),
            ("colour images are flat", "if dimensions not in (3, 4):", "if dimensions != 3:"),
        ],
    },
    "data/original_labels.py": {
        "tests": ["data/test_original_labels.py"],
        "mutations": [
            ("labels of many classes do not fit", "if len(labels) <= 256", "if len(labels) <= 999"),
            ("the test labels alone name the classes", '("train-labels", "t10k-labels")',
             '("t10k-labels",)'),
        ],
    },
    "data/corruption.py": {
        "tests": ["data/test_corruption.py"],
        "mutations": [
            ("noise may leave a label as it is",
             "random.integers(1, classes,", "random.integers(0, classes,"),
            ("the largest class decides, whatever the others have",
             "np.min(counts / shares)", "np.max(counts)"),
            ("the seed decides nothing", "default_rng(seed)", "default_rng(0)"),
        ],
    },
    "data/embeddings.py": {
        "tests": ["data/test_embeddings.py"],
        "mutations": [
            ("infinite embeddings pass",
             "if not np.isfinite(embeddings).all():", "if np.isnan(embeddings).any():"),
        ],
    },
    "data/image_numbers.py": {
        "tests": ["data/test_image_numbers.py"],
        "mutations": [
            ("images of all classes are evaluated",
             "in_set[np.isin(of_set[in_set], labels)]", "in_set"),
            ("always the test images",
             '"test_labels" if part == "test" else "train_labels"', '"test_labels"'),
            ("other images pass", "if not np.array_equal(of_set[numbers], labels):",
             "if len(numbers) != len(labels):"),
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
