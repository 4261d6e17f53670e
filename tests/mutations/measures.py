"""What can be wrong with the measures, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "measures/evaluation.py": {
        "tests": ["measures/test_evaluation.py", "measures/test_every_measure.py"],
        "mutations": [
            ("measures in the other distance",
             "**spaces[_SPACES[distance]],", '**spaces[_SPACES["euclidean"]],'),
            ("outcomes of double precision",
             "contributions.astype(np.float32)", "contributions.astype(np.float64)"),
            ("a query that does not count makes the mean NaN", "np.nanmean(value)", "np.mean(value)"),
            ("no measures of one space", "            **computed.pop(space),\n", ""),
            ("classes are those of the gallery",
             "int(max(labels.max(), gallery_labels.max())) + 1", "int(gallery_labels.max()) + 1"),
            ("the map is compared with native embeddings",
             "(*plane, pairs, labels", "(*plane, Pairs(queries, labels), labels"),
            ("squares overflow", "exponent = exponent_above(gallery, queries)", "exponent = 0"),
            ("native variances have the wrong unit", "2.0**exponent if", "1.0 if"),
            ("the gallery is not normalised",
             "in_distance(gallery, each), gallery_labels", "gallery, gallery_labels"),
        ],
    },
    "measures/catalogue.py": {
        "tests": ["measures/test_catalogue.py"],
        "mutations": [
            ("families that are not in the order are lost",
             "names + sorted(known.keys() - set(_ORDER))", "names"),
            ("the number of neighbours may lack",
             'for name in ("neighbours", "images")', 'for name in ("images",)'),
            ("columns in alphabetical order",
             "key=lambda measure: measure.place", "key=lambda measure: measure.name"),
        ],
    },
    "measures/classifier_collapse.py": {
        "tests": ["measures/test_classifier_collapse.py", "measures/test_evaluation.py"],
        "mutations": [
            ("weights of absent classes count", "[:, np.unique(labels)]", ""),
            ("the classifier is compared with the truth",
             "disagreement(classifier.predictions, nearest)", "disagreement(classifier.predictions, classifier.labels)"),
            ("the distance is not squared", "** 2)", "** 1)"),
            ("training means are the queries'", '("training_", classifier.gallery, classifier.gallery_labels)', '("training_", classifier.queries, classifier.labels)'),
        ],
    },
    "measures/novelty.py": {
        "tests": ["measures/test_novelty.py"],
        "mutations": [
            ("always the nearest", "images, novelty.neighbours)", "images, 1)"),
            ("native embeddings", 'in_distance(images, "cosine")', "images"),
            ("the seen are the novel", "np.repeat([False, True]", "np.repeat([True, False]"),
        ],
    },
    "measures/nearest_mean.py": {
        "tests": ["measures/test_nearest_mean.py", "measures/test_evaluation.py"],
        "mutations": [
            ("means of the queries",
             "embeddings.gallery, embeddings.gallery_labels, embeddings.queries",
             "embeddings.queries, embeddings.labels, embeddings.queries"),
        ],
    },
    "measures/linear_probe.py": {
        "tests": ["measures/test_linear_probe.py", "measures/test_evaluation.py"],
        "mutations": [
            ("a larger penalty", "_PENALTY = 1e-3", "_PENALTY = 1e-1"),
            ("the minimum is not found", "_TOLERANCE = 1e-7", "_TOLERANCE = 1e-3"),
            ("fitted to the queries",
             "embeddings.gallery, embeddings.gallery_labels, embeddings.queries",
             "embeddings.queries, embeddings.labels, embeddings.queries"),
        ],
    },
    "measures/variance.py": {
        "tests": ["measures/test_variance.py", "measures/test_evaluation.py"],
        "mutations": [
            ("the ratio is inverted",
             "between / within if within else None", "within / between if within else None"),
            ("a class's variance is that of all", "offsets = values[labels == label] - mean", "offsets = values - mean"),
            ("every class counts alike", "len(members) * np.sum", "np.sum"),
        ],
    },
    "measures/verification.py": {
        "tests": [
            "measures/test_verification.py",
            "measures/test_equal_error_rate.py",
            "measures/test_evaluation.py",
        ],
        "mutations": [
            ("a stricter rate", "_RATES = (1e-2, 1e-3, 1e-4)", "_RATES = (1e-2, 1e-3, 1e-5)"),
            ("the first pass alone", "+ np.cumsum(around.steps, axis=2)", "+ 0 * np.cumsum(around.steps, axis=2)"),
            ("the densities are exchanged", "((1 - weight) * far + weight * frr)", "(weight * far + (1 - weight) * frr)"),
            ("a pair counts for one of its samples", "(self._errors - rates * self._partners)", "0.5 * (self._errors - rates * self._partners)"),
            ("the number of pairs does not matter", "self._errors - rates * self._partners", "self._errors"),
        ],
    },
    "measures/effective_rank.py": {
        "tests": ["measures/test_effective_rank.py"],
        "mutations": [
            ("squares of singular values", "entr(singular / singular.sum())", "entr(singular**2 / (singular**2).sum())"),
        ],
    },
    "measures/class_distance.py": {
        "tests": ["measures/test_class_distance.py"],
        "mutations": [
            ("the variance of one class", "(variances[first] + variances[second])", "2 * variances[first]"),
            ("distances are not squared", '"sqeuclidean"', '"euclidean"'),
        ],
    },
    "measures/threshold_consistency.py": {
        "tests": ["measures/test_threshold_consistency.py"],
        "mutations": [
            ("other thresholds", "_RANGE = (1e-3, 1e-1)", "_RANGE = (1e-3, 5e-1)"),
            ("thresholds by bins and not by distance", ", weights=widths", ""),
            ("sensitivity alone", "utility.var(axis=0)", "sensitivity.var(axis=0)"),
        ],
    },
    "measures/silhouette.py": {
        "tests": ["measures/test_silhouette.py"],
        "mutations": [
            ("a sample is one of the others of its class", "own.shape[1] - 1", "own.shape[1]"),
        ],
    },
    "measures/shared/pairs.py": {
        "tests": ["measures/shared/test_pairs.py", "measures/test_evaluation.py"],
        "mutations": [
            ("all distances are held at once", "_BLOCK = 2**20", "_BLOCK = 2**25"),
            ("pairs of one class count twice", "> self._places()[:, None]", "!= self._places()[:, None]"),
            ("samples are compared with themselves", "= np.inf", "= 0"),
            ("duplicates are apart by rounding", "        distances[distances <= self._rounding[part]] = 0.0\n", "        np.maximum(distances, 0, out=distances)\n"),
            ("products of single precision", "embeddings[self._order].astype(np.float64)", "embeddings[self._order].astype(np.float32)"),
        ],
    },
    "measures/shared/nearest.py": {
        "tests": ["measures/shared/test_nearest.py"],
        "mutations": [
            ("rounding of single precision decides", "(2 * error).astype(np.float32)", "(0 * error).astype(np.float32)"),
            ("of equals the last", "np.lexsort((columns, values, rows))", "np.lexsort((-columns, values, rows))"),
        ],
    },
    "measures/shared/ranks.py": {
        "tests": ["measures/shared/test_ranks.py"],
        "mutations": [
            ("steps of another bin", "(bits[chosen] & (STEPS - 1))", "(bits[chosen] & (STEPS - 2))"),
        ],
    },
    "measures/map_quality.py": {
        "tests": ["measures/test_map_quality.py", "measures/test_evaluation.py"],
        "mutations": [
            ("the map's accuracy is the embedding's",
             "majority(labels[self._in_map])", "majority(np.sort(labels)[self._in_embedding])"),
            ("neighbours in the order of the samples", "self._columns[self._in_map[block.rows]].T", "self._in_map[block.rows].T"),
            ("the ranks begin at 0", "ranks = 1 + np", "ranks = np"),
        ],
    },
    "measures/separation.py": {
        "tests": ["measures/test_separation.py"],
        "mutations": [
            ("a mean radius", ".max()\n", ".mean()\n"),
        ],
    },
    "measures/hypersphere.py": {
        "tests": ["measures/test_hypersphere.py"],
        "mutations": [
            ("another exponent", "np.exp(-2.0 *", "np.exp(-1.0 *"),
        ],
    },
    "measures/neural_collapse.py": {
        "tests": ["measures/test_neural_collapse.py"],
        "mutations": [
            ("narrow directions are taken for rounding", "rcond=1e-10", "rcond=1e-1"),
            ("equal means have no number", "if norms.any() else 0.0", ""),
        ],
    },
    "measures/retrieval.py": {
        "tests": ["measures/test_retrieval.py"],
        "mutations": [
            ("a query alone in its class counts as wrong", "np.full((3, count), np.nan)", "np.zeros((3, count))"),
            ("others at the same distance do not count", 'side="right"', 'side="left"'),
            ("too few rivals are ranked", "rivals = rivals[: len(own)]", "rivals = rivals[: len(own) // 2]"),
        ],
    },
    "measures/clustering.py": {
        "tests": ["measures/test_clustering.py"],
        "mutations": [
            ("k-means starts once", "n_init=10", "n_init=1"),
        ],
    },
    "measures/shared/distances.py": {
        "tests": ["measures/shared/test_distances.py"],
        "mutations": [
            ("a distance on an edge is in the bin below", 'side="right"', 'side="left"'),
            ("squares vanish or overflow",
             "values = embeddings.astype(np.float64)  #", "values = embeddings  #"),
        ],
    },
    "measures/shared/class_means.py": {
        "tests": ["measures/shared/test_class_means.py"],
        "mutations": [
            ("means of single precision", "axis=0, dtype=np.float64", "axis=0"),
        ],
    },
    "measures/shared/measure.py": {
        "tests": ["measures/shared/test_measure.py"],
        "mutations": [
            ("what each image contributes is kept of every space",
             "per_image=False,\n        place=500", "place=500"),
            ("an interval twice as wide", "/ 2:.", "/ 1:."),
        ],
    },
}
