"""What can be wrong with the measures, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "measures/evaluation.py": {
        "tests": ["measures/test_evaluation.py", "measures/test_every_measure.py"],
        "mutations": [
            ("measures in the other distance", "if each == distance:", "if each != distance:"),
            ("outcomes of double precision",
             "contributions.astype(np.float32)", "contributions.astype(np.float64)"),
            ("a query that does not count makes the mean NaN", "np.nanmean(value)", "np.mean(value)"),
            ("no measures of one space", "            **_computed(space, embeddings),\n", ""),
            ("classes are those of the gallery",
             "int(max(labels.max(), gallery_labels.max())) + 1", "int(gallery_labels.max()) + 1"),
            ("the map is compared with native embeddings",
             "own.queries, labels, neighbours)", "queries, labels, neighbours)"),
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
             "nearest_mean_classes(queries, labels, queries)", "labels"),
            ("the distance is not squared", "** 2)", "** 1)"),
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
            ("every class counts alike", "len(members) * np.sum", "np.sum"),
        ],
    },
    "measures/verification.py": {
        "tests": ["measures/test_verification.py", "measures/test_evaluation.py"],
        "mutations": [
            ("a stricter rate", "_RATES = (1e-2, 1e-3, 1e-4)", "_RATES = (1e-2, 1e-3, 1e-5)"),
        ],
    },
    "measures/map_quality.py": {
        "tests": ["measures/test_map_quality.py", "measures/test_evaluation.py"],
        "mutations": [
            ("the map's accuracy is the embedding's",
             '"knn_accuracy": leave_one_out_classes(points, labels,',
             '"knn_accuracy": leave_one_out_classes(queries, labels,'),
            ("trustworthiness of the embedding",
             "trustworthiness(queries, points, neighbours)",
             "trustworthiness(points, queries, neighbours)"),
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
            ("another exponent", "exp(-2.0", "exp(-1.0"),
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
            ("a query alone in its class counts as wrong",
             "np.where(others[rows] > 0, relevant[:, 0], np.nan)", "relevant[:, 0]"),
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
             'per_image=measure.per_image and basis == "l2_normalised"', "per_image=measure.per_image"),
            ("an interval twice as wide", "/ 2:.", "/ 1:."),
        ],
    },
}
