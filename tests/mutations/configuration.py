"""What can be wrong in the configuration, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "configuration/check.py": {
        "tests": ["configuration/test_check.py"],
        "mutations": [
            ("any measure can order the rows", "if headline not in ORDERING:", "if not headline:"),
            ("true is a whole number",
             "isinstance(value, int) and not isinstance(value, bool)", "isinstance(value, int)"),
        ],
    },
    "configuration/layers.py": {
        "tests": ["configuration/test_layers.py"],
        "mutations": [
            ("octal numbers of the command line pass",
             '                _refuse_misread_values("--config", yaml.compose(value, yaml.SafeLoader))\n', ""),
            ("a text in quotes is taken for a number", " and node.tag in _MISREAD:", ":"),
            ("tabs indent YAML", "            json.loads(text)\n", ""),
            ("a file may be empty", "if not isinstance(tree, yaml.MappingNode):", "if False:"),
            ("an empty mapping over another value is lost",
             "if not isinstance(below, Mapping) or not isinstance(above, Mapping):",
             "if above and not isinstance(below, Mapping) or not isinstance(above, Mapping):"),
            ("keys in lists may be repeated",
             "if isinstance(node, yaml.SequenceNode):", "if False:"),
        ],
    },
    "configuration/characters.py": {
        "tests": ["configuration/test_characters.py"],
        "mutations": [
            ("half a surrogate pair passes", "\\ud7ff\\ue000", "\\ud7ff\\ud800-\\udfff\\ue000"),
            ("texts in lists pass", "elif isinstance(value, list):", "elif False:"),
        ],
    },
    "configuration/other_networks.py": {
        "tests": ["configuration/test_other_networks.py"],
        "mutations": [
            ("networks of other settings are evaluated",
             "for different in differences_of_both(_of_training, settings, snapshot(config)):",
             "for different in ():"),
            ("missing weights are found out by a job", " or not weights.is_file():", ":"),
            ("weights of earlier settings are evaluated", "and seed in settings", "or seed in settings"),
            ("changed weights are evaluated", "if sha256(weights) != digest:", "if False:"),
            ("a network knows the classes of the images", ".train or numbers", ".train"),
            ("settings of rows are not compared",
             'return shared | {"losses": entries_of_both(settings, other)}', "return shared"),
            ("published trainings need the other version",
             "if row.trained_in and not row.is_published(seed)", "if row.trained_in"),
            ("validation images may have been trained on", "if is_same and", "if False and"),
        ],
    },
    "configuration/rows.py": {
        "tests": ["configuration/test_rows.py"],
        "mutations": [
            ("every trial has the row's learning rate",
             'learning_rate=point.pop("learning_rate"),',
             'learning_rate=row.learning_rate + 0 * point.pop("learning_rate"),'),
            ("a row has no network of its own", '**config["network"] | own)', '**config["network"])'),
            ("a row's own settings are those of all too",
             " if value != config[\"network\"][k]}", "}"),
            ("the baseline has one seed where classes differ by seed",
             'if has_network or named or isinstance(config["classes"], list):', "if has_network or named:"),
        ],
    },
    "configuration/given.py": {
        "tests": ["configuration/test_given.py"],
        "mutations": [
            ("only the first seed's files must exist",
             "itertools.product(row.given, row.seeds)", "itertools.product(row.given, row.seeds[:1])"),
            ("the label may be another loss's name",
             "if label != GIVEN and label in descriptions():", "if False:"),
        ],
    },
    "configuration/row.py": {
        "tests": ["configuration/test_row.py"],
        "mutations": [
            ("a network out of JSON stays a dictionary",
             "if isinstance(self.network, Mapping):", "if False:"),
            ("seeds out of JSON stay a list",
             'for name in ("references", "seeds"):', 'for name in ("references",):'),
        ],
    },
    "configuration/snapshot.py": {
        "tests": [
            "configuration/test_baseline.py",
            *("configuration/test_snapshot.py", "configuration/test_other_networks.py"),
        ],
        "mutations": [
            ("one corruption passes for another", "if key not in _WHOLE and all(", "if all("),
            ("given embeddings pass for a network's",
             'entry.setdefault("embeddings", None)', "pass"),
            ("a title is a setting", ' if name != "title"', ""),
            ("a row's own network is compared with nothing", 'if "network" in named:', "if False:"),
            ("a row's own rate is compared with nothing", 'if "learning_rate" in named:', "if False:"),
            ("a row's own loss is compared with nothing", 'if "loss" in named:', "if False:"),
            ("the environment is recorded",
             '_NOT_RECORDED = ("version", "overwrite", "environment", "baseline")',
             '_NOT_RECORDED = ("version", "overwrite", "baseline")'),
            ("false differs from none",
             "(None if first is False else first) != (None if second is False else second)",
             "first != second"),
        ],
    },
    "configuration/search_space.py": {
        "tests": ["configuration/test_search_space.py"],
        "mutations": [
            ("the points are not balanced",
             "chosen = min(waiting, key=lambda values: sum(used[at] for at in enumerate(values)))",
             "chosen = waiting[0]"),
        ],
    },
    "configuration/baseline.py": {
        "tests": ["configuration/test_baseline.py"],
        "mutations": [
            ("rows that only the baseline has are trained with all seeds",
             "if label in own and str(seed) not in published", "if str(seed) not in published"),
            ("published seeds come last",
             "seeds = [int(seed) for seed in published]\n", "seeds: list[int] = []\n"),
            ("measures of any code are compared", "if each.code != {code}:", "if not each.code:"),
            ("damaged files are compared", "    for problem in verify(version):", "    for problem in verify(version)[:0]:"),
            ("seeds of unknown classes are compared", 'if isinstance(config["classes"], list):', "if False:"),
            ("published titles are not unique", "    refuse_same_titles(found)\n", ""),
            ("seeds of other classes are compared",
             "if class_split(each.settings, seed) != class_split(config, seed):", "if False:"),
            ("maps are looked for that were not published",
             'map="none" if "none" in (row.map, there.map) else row.map,', "map=row.map,"),
            ("maps of all seeds are looked for",
             "all_mapped=row.all_mapped and there.all_mapped,", "all_mapped=row.all_mapped,"),
        ],
    },
}
