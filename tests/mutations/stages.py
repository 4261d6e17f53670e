"""What can be wrong in a stage, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "stages/command.py": {
        "tests": ["stages/test_command.py"],
        "mutations": [
            ("paths are not quoted for the shell",
             "{{{places[role]}.{option.name}:q}}", "{{{places[role]}.{option.name}}}"),
            ("the log has no traceback", 'log.debug("the traceback", exc_info=True)', "pass"),
            ("a clock that is set counts", "start = time.monotonic()", "start = time.time()"),
        ],
    },
    "stages/all_rows.py": {
        "tests": ["stages/test_all_rows.py"],
        "mutations": [
            ("options are arguments again",
             """return f"printf '%s\\\\0'{option}{options} | {program} {_STANDARD_INPUT}\"""",
             'return f"{program}{option}{options}"'),
            ("an option ends with its line", 'split("\\0")', 'split("\\n")'),
        ],
    },
    "stages/options.py": {
        "tests": ["stages/test_options.py"],
        "mutations": [
            ("an optional file needs a value",
             '"nargs": "?", "const": None, "type": Path', '"type": Path'),
            ("what is no list becomes a tuple too",
             "    if get_origin(kind) is tuple and isinstance(value, list):",
             "    if get_origin(kind) is tuple:"),
        ],
    },
    "stages/surroundings.py": {
        "tests": ["stages/test_command.py", "stages/test_surroundings.py"],
        "mutations": [
            ("the caller's variables reach TensorFlow",
             "if name.upper() in _KEPT or name.startswith(_KEPT_BEGINNINGS)", "if name"),
            ("Keras reads the user's settings", '    "KERAS_HOME": os.devnull,\n', ""),
            (
                "the processor chooses between oneDNN and Eigen",
                '    "TF_ENABLE_ONEDNN_OPTS": "1",\n',
                "",
            ),
            ("the processor's routines are not chosen", "    *PROCESSOR_VARIABLES,\n", ""),
            ("the environment is not entered", "    if _ENTERED not in os.environ:\n", "    if False:\n"),
            ("loaded libraries take all threads",
             "        with threadpoolctl.threadpool_limits(limits=threads):\n            yield",
             "        yield"),
            ("libraries loaded later take all threads",
             "dict.fromkeys(_THREAD_VARIABLES, str(threads))", 'dict.fromkeys(_THREAD_VARIABLES, "64")'),
        ],
    },
    "stages/download.py": {
        "tests": ["stages/test_download.py"],
        "mutations": [
            ("local folders come last",
             '*(local(Path(folder)) for folder in folders if folder),\n        *(from_settings(entry, patience) for entry in where.get("sources", [])),',
             '*(from_settings(entry, patience) for entry in where.get("sources", [])),\n        *(local(Path(folder)) for folder in folders if folder),'),
            ("a time in the files",
             "gzip.compress(contents[file], mtime=0)", "gzip.compress(contents[file], 1, mtime=1)"),
            ("what an interrupted run fetched stays",
             "shutil.rmtree(self.unfinished, ignore_errors=True)", "pass"),
        ],
    },
    "stages/split.py": {
        "tests": ["stages/test_split.py"],
        "mutations": [
            ("test images are counted by training labels",
             '(test_labels if part == "test" else labels)[chosen]', "labels[chosen]"),
        ],
    },
    "stages/train.py": {
        "tests": ["stages/test_train.py"],
        "mutations": [
            ("other classes continue a training", '            "classes": self.classes,\n', ""),
            ("another TensorFlow continues a training",
             '            "tensorflow": tf.__version__,\n', ""),
            ("another seed continues a training", '            "seed": self.seed,\n', ""),
            ("another split continues a training",
             "(self.images, self.labels, self.split, self.corruption):",
             "(self.images, self.labels, self.corruption):"),
            ("no early end",
             "Schedule(self.learning_rate, self.epochs, self.patience)",
             "Schedule(self.learning_rate, self.epochs, None)"),
            ("two processes may train in a folder",
             "with claimed(self.unfinished.parent), on_gpu:", "with on_gpu:"),
            ("another device continues a training", '            "device": device,\n            "tensor', '            "tensor'),
            ("another precision continues a training",
             '            "tensor_float_32": self.tensor_float_32,\n', ""),
            ("validation never groups",
             "            grouped=description.grouped,\n", "            grouped=False,\n"),
            ("class weights do not depend on the seed",
             "            seed=self.seed,\n            **self.parameters",
             "            seed=0,\n            **self.parameters"),
            ("network and batches do not depend on the seed",
             "            seed=self.seed,\n        )\n\n    def identity",
             "            seed=0,\n        )\n\n    def identity"),
            ("TensorFlow has other threads", "configure(self.threads, ", "configure(1, "),
            ("trainings always run on the processor",
             "self.threads, self.accelerator,", 'self.threads, "cpu",'),
            ("no collapse is recorded",
             '"collapsed_epochs": history.collapsed', '"collapsed_epochs": []'),
            ("training images validate",
             'everything.take(split["validation"])', 'everything.take(split["train"])'),
        ],
    },
    "stages/select.py": {
        "tests": ["stages/test_select.py"],
        "mutations": [
            ("the training's state stays", "        if self.unfinished:\n", "        if False:\n"),
            ("the last epoch is selected", "checkpoint_name(epoch)", "checkpoint_name(len(losses))"),
        ],
    },
    "stages/embed.py": {
        "tests": ["stages/test_embed.py"],
        "mutations": [
            ("the training images' embeddings are given for the test images",
             "(given[1], test[1])", "(given[0], test[1])"),
            ("the queries are always the test images", "(self.part, self.queries)", '("test", self.queries)'),
            ("unseen classes are predicted",
             "            and self.unseen is None\n", ""),
            ("a classifier of other classes predicts",
             "            and self.trained_shape is None,\n", ","),
            ("images of another size are embedded",
             "if self.trained_shape not in (None, images.shape[1:]):", "if False:"),
            ("all classes were trained", "classes=len(self.classes or range", "classes=len(range"),
            ("always one thread", "threads=self.threads", "threads=1"),
            ("weights need no network", "if not self.weights or not self.network:", "if not self.weights:"),
            ("trained classes are embedded too",
             "members(labels[split[part]], self.unseen)", "members(labels[split[part]], None)"),
            ("the trained classes' embeddings are of all classes",
             "members(labels[split[part]], self.classes)", "members(labels[split[part]], None)"),
        ],
    },
    "stages/tsne.py": {
        "tests": ["stages/test_tsne.py"],
        "mutations": [
            ("always native embeddings", "in_distance(embeddings, self.distance)", "embeddings"),
            ("the record lacks the iterations",
             '{"kl_divergence": divergence, "iterations": done}', '{"kl_divergence": divergence}'),
        ],
    },
    "stages/measure.py": {
        "tests": ["stages/test_measure.py"],
        "mutations": [
            ("half the queries are needed without a map", "if self.map and 2 *", "if 2 *"),
            ("half the queries as neighbours pass",
             "2 * self.neighbours >= len", "2 * self.neighbours > len"),
            ("the whole gallery can't vote",
             "self.neighbours > len(gallery)", "self.neighbours >= len(gallery)"),
            ("more neighbours than trained images pass", "if self.neighbours > len(seen_gallery):", "if False:"),
            ("the trained classes stay unread", "if SEEN not in read_arrays(self.queries):", "if True:"),
            ("weights of too few classes pass", " or weights.shape[1] <= max(labels.max(), gallery_labels.max())", ""),
            ("a query of each class passes", " or members.max() < 2", ""),
            ("the families are no part of the code", "return modules()", "return ()"),
            ("a map of other queries passes", "if len(read.points) != len(labels)", "if False"),
        ],
    },
    "stages/significance.py": {
        "tests": ["stages/test_significance.py"],
        "mutations": [
            ("the headline is ignored", "headline = named(self.headline)", "headline = named('map_at_r')"),
        ],
    },
    "stages/report.py": {
        "tests": ["stages/test_report.py"],
        "mutations": [
            ("never any images", "images=self.images,", "images=None,"),
        ],
    },
    "stages/manifest.py": {
        "tests": ["stages/test_manifest.py"],
        "mutations": [
            ("the workflow's Snakefile is not kept",
             'code = [PROJECT / "Snakefile", PROJECT / "workflow" / "Snakefile", *rules]',
             'code = [PROJECT / "Snakefile", *rules]'),
        ],
    },
    "stages/figure.py": {
        "tests": ["stages/test_figure.py"],
        "mutations": [
            ("no dots per inch pass", "self.resolution < 1", "self.resolution < 0"),
        ],
    },
    "stages/contact_sheet.py": {
        "tests": ["stages/test_contact_sheet.py"],
        "mutations": [
            ("always the test images", "self.rows, self.queries)", 'self.rows, "test")'),
        ],
    },
    "stages/curves_figure.py": {
        "tests": ["stages/test_curves_figure.py"],
        "mutations": [
            ("the baseline has curves too", "            if row.trained\n", ""),
        ],
    },
    "stages/verification_figure.py": {
        "tests": ["stages/test_verification_figure.py"],
        "mutations": [
            ("trainings count from 0", "start=1", "start=0"),
        ],
    },
}
