"""Rows and their measures, as the pipeline would hand them to the stages that show them."""

from discern.columns import COLUMNS

PIXELS = {
    "loss": "pixels",
    "label": "pixels",
    "title": "Raw pixels",
    "formula": "",
    "references": [],
    "distance": "euclidean",
    "parameters": {},
    "learning_rate": 0.001,
    "map": "tsne",
    "trained": False,
    "seeds": [0],
}
COSFACE = {
    "loss": "cosface",
    "label": "cosface",
    "title": "Large margin cosine",
    "formula": r"L = \frac{s}{N} (\cos\theta_{y} - m)",
    "references": ["Wang et al.: CosFace, CVPR, 2018, arXiv:1801.09414", "A second one"],
    "distance": "cosine",
    "parameters": {"scale": 20.0, "margin": 0.35},
    "learning_rate": 0.004,
    "map": "tsne",
    "trained": True,
    "seeds": [3, 7],
}
SOFTMAX = COSFACE | {
    "label": "softmax",
    "title": "Softmax",
    "formula": r"L = -\log p_y",
    "references": ["Bridle, 1990"],
    "parameters": {"dropout": 0.5},
    "seeds": [3],
}


def measures_of(accuracy, trained=True):
    """A measure file's content, each number another function of ``accuracy``."""
    found = {"images": 10000, "distance": "cosine", "neighbours": 5}
    for place, column in enumerate(COLUMNS):
        put(found, column, accuracy / (place + 2))
    special = {
        "knn_accuracy": accuracy,
        "nearest_mean_accuracy": accuracy - 0.011,
        "classifier_accuracy": accuracy - 0.0213 if trained else None,
        "variance_ratio": accuracy * 17,
        "map_kl_divergence": accuracy * 1.3,
    }
    for column in COLUMNS:
        if column.name in special:
            put(found, column, special[column.name])
    return found if trained else found | {"classifier_collapse": None}


def put(measures, column, value):
    """Have the measure file's content ``measures`` say ``value`` where ``column`` leads."""
    *above, last = column.path
    for key in above:
        measures = measures.setdefault(key, {})
    measures[last] = value
