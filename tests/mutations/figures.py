"""What can be wrong in a figure, and the tests that should notice."""
# fmt: off

MUTATIONS = {
    "figures/map_panel.py": {
        "tests": ["figures/test_map_panel.py"],
        "mutations": [
            ("numbers at the mean", "np.median(", "np.mean("),
            ("points are shapes", "rasterized=True", "rasterized=False"),
            ("points twice as large", "_COVERED = 0.25", "_COVERED = 0.5"),
            ("named classes without points do not count", "len(class_names or ())", "0"),
        ],
    },
    "figures/map.py": {
        "tests": ["figures/test_map.py"],
        "mutations": [
            ("names may leave the page", "if inside and not any(", "if not any("),
            ("margins stay wide", "axes.margins(x=0.05)", "axes.margins(x=0.15)"),
        ],
    },
    "figures/panels.py": {
        "tests": ["figures/test_panels.py"],
        "mutations": [
            ("few columns come first",
             "return too_high, lines * columns - count, -columns",
             "return too_high, lines * columns - count, columns"),
            ("sheets may be higher than a page",
             "lines * (proportion * PAGE / columns + _TITLE) > _HIGHEST", "False"),
        ],
    },
    "figures/formats.py": {
        "tests": ["figures/test_formats.py"],
        "mutations": [
            ("SVG files hold a date", '{"Date": None}', "{}"),
            ("the layout moves from file to file",
             '        figure.set_layout_engine("none")\n', ""),
        ],
    },
    "figures/style.py": {
        "tests": ["figures/test_formats.py", "figures/test_style.py"],
        "mutations": [
            ("dollars in a title are mathematics", '    "text.parse_math": False,', "    "),
            ("identifiers in SVG files are random", '    "svg.hashsalt": "discern",', "    "),
            ("the user's own settings count", "after_reset=True", "after_reset=False"),
        ],
    },
    "figures/confusions.py": {
        "tests": ["figures/test_confusions.py"],
        "mutations": [
            ("classes that are never predicted are left out",
             "counts.sum(axis=0) + counts.sum(axis=1)", "counts.sum(axis=0)"),
            ("colours depend on the row", "LogNorm(_FEWEST, 1)", "LogNorm(_FEWEST, shares.max())"),
            ("cells are fractions of the predicted class",
             "counts.sum(axis=1, keepdims=True), 1)", "counts.sum(axis=0, keepdims=True), 1)"),
        ],
    },
    "figures/pair_distances.py": {
        "tests": ["figures/test_pair_distances.py"],
        "mutations": [
            ("native embeddings", 'in_distance(embeddings, "cosine")', "embeddings"),
            ("bins beyond the sphere", "min(reach, 2.0)", "reach"),
            ("bins end too early", "2.0 * float(", "1.0 * float("),
            ("the area is not 1", " / np.diff(self.edges)", ""),
            ("no pairs are divided by 0", "/ max(counts.sum(), 1)", "/ counts.sum()"),
            ("the unit is the mean of same-class pairs", "weights=different", "weights=same"),
            ("any table is read", 'header != ",".join(PAIR_COLUMNS) or ', ""),
        ],
    },
    "figures/distances.py": {
        "tests": ["figures/test_distances.py"],
        "mutations": [
            ("axes fit the row", "        axes.set_xlim(0, _FARTHEST)\n", ""),
        ],
    },
    "figures/separation.py": {
        "tests": ["figures/test_separation.py"],
        "mutations": [
            ("the lowest ratio comes first", ", reverse=True", ""),
            ("a row without a ratio comes first", "-np.inf if", "np.inf if"),
            ("both variances begin at 0", "left=intra, ", ""),
            ("numbers of different heights cover each other", "step = _NUMBER /",
             "step = 0.5 * _NUMBER /"),
            ("numbers cover each other", ">= width)", ">= 0)"),
            ("numbers without a free height stay on one",
             "        del ends[height]  # the one that was used last comes last\n", ""),
            ("numbers have dollars", '{"text.parse_math": True}', '{"text.parse_math": False}'),
            ("the first training stands for all", "fmean(values), place", "values[0], place"),
            ("each training has all classes",
             "self.of_classes[label] if label < len(self.of_classes) else None",
             "self.of_classes[label]"),
        ],
    },
    "figures/verification.py": {
        "tests": ["figures/test_verification.py"],
        "mutations": [
            ("rates of 0 are drawn", "(curve.points > 0)", "(curve.points >= 0)"),
            ("the worst row leads the key", "key=rates.__getitem__", "key=lambda t: -rates[t]"),
            ("true acceptance is drawn", "1 - points[:, 1]", "points[:, 1]"),
            ("the row's own distance counts", 'measures["l2_normalised"]["verification"]',
             'measures["verification"]'),
        ],
    },
    "figures/loss_panel.py": {
        "tests": ["figures/test_loss_panel.py"],
        "mutations": [
            ("half epochs on the axis", "nbins=4, integer=True", "nbins=4"),
            ("the axis starts before the first epoch", "set_xlim(1, last)", "set_xlim(0, last)"),
            ("all epochs from the best on are selected",
             'int(row["epoch"] == best)', 'int(row["epoch"] >= best)'),
            ("a narrow range has 1, 2 and 5 alone", "high / low > _WIDE", "high / low > 0"),
        ],
    },
    "figures/curves.py": {
        "tests": ["figures/test_curves.py"],
        "mutations": [
            ("all seeds have one colour", "(axes, run, colour)", "(axes, run)"),
            ("the legend repeats itself for each seed", "handles[:3], names[:3]", "handles, names"),
        ],
    },
    "figures/contact_sheet.py": {
        "tests": ["figures/test_contact_sheet.py"],
        "mutations": [
            ("one map without t-SNE is enough to be silent", "if not all(", "if not any("),
        ],
    },
    "figures/tuning.py": {
        "tests": ["figures/test_tuning.py"],
        "mutations": [
            ("trials count from 0", "np.arange(1, len(values) + 1)", "np.arange(len(values))"),
            ("the highest value leads whatever the measure", ", reverse=higher", ", reverse=True"),
            ("the first trial orders the key", "[loss][-1]", "[loss][0]"),
        ],
    },
    "figures/mean.py": {
        "tests": ["figures/test_mean.py"],
        "mutations": [
            ("bars are as long as the interval", "(self.value - low)", "(high - low)"),
            ("a ratio is drawn in per cent", "100 if measure.percent else 1", "100"),
        ],
    },
    "figures/sizes.py": {
        "tests": ["figures/test_sizes.py"],
        "mutations": [
            ("the most images order the key", "[min(rows[title])]", "[max(rows[title])]"),
            ("rows' bars cover each other", "_APART = 1.012", "_APART = 1.0"),
            ("many images come first",
             "sorted(rows[title].items())", "sorted(rows[title].items(), reverse=True)"),
        ],
    },
    "figures/transfer.py": {
        "tests": ["figures/test_transfer.py"],
        "mutations": [
            ("seen classes order the key", "rows[title][1].value", "rows[title][0].value"),
            ("the horizontal bar is that of unseen classes",
             "xerr=seen.bars(separation)", "xerr=unseen.bars(separation)"),
            ("all rows have one marker", "_MARKERS[place % len(_MARKERS)]", "_MARKERS[0]"),
        ],
    },
    "figures/table.py": {
        "tests": ["figures/test_table.py"],
        "mutations": [
            ("a digit too few", ":.6g", ":.5g"),
        ],
    },
    "figures/class_names.py": {
        "tests": ["figures/test_class_names.py"],
        "mutations": [
            ("one name too few passes", "<= max(numbers)", "< max(numbers)"),
        ],
    },
    "figures/palette.py": {
        "tests": ["figures/test_palette.py"],
        "mutations": [
            ("colours are rounded down", "round(255 * part)", "int(255 * part)"),
            ("two colours are alike", '"#b09afd"', '"#dd8188"'),
        ],
    },
}
