"""Rows and their measures, as the stages that show them read them."""

from dataclasses import replace

from discern.configuration.row import Row
from discern.measures.catalogue import MEASURES

PIXELS = Row(
    label="pixels",
    loss="pixels",
    title="Raw pixels",
    formula="",
    references=(),
    distance="euclidean",
    parameters={},
    learning_rate=0.001,
    map="tsne",
    trained=False,
    seeds=(0,),
)
COSFACE = Row(
    label="cosface",
    loss="cosface",
    title="Large margin cosine",
    formula=r"L = \frac{s}{N} (\cos\theta_{y} - m)",
    references=("Wang et al.: CosFace, CVPR, 2018, arXiv:1801.09414", "A second one"),
    distance="cosine",
    parameters={"scale": 20.0, "margin": 0.35},
    learning_rate=0.004,
    map="tsne",
    trained=True,
    seeds=(3, 7),
    network_title="Original",
)
SOFTMAX = replace(
    COSFACE,
    label="softmax",
    loss="softmax",
    title="Softmax",
    formula=r"L = -\log p_y",
    references=("Bridle, 1990",),
    parameters={"dropout": 0.5},
    seeds=(3,),
)


def measures_of(accuracy, trained=True, **others):
    """A measure file's content, each number another function of ``accuracy`` or one of others."""
    special = {
        "knn_accuracy": accuracy,
        "nearest_mean_accuracy": accuracy - 0.011,
        "classifier_accuracy": accuracy - 0.0213 if trained else None,
        "variance_ratio": accuracy * 17,
        "map_kl_divergence": accuracy * 1.3,
    } | others
    content = {"images": 10000, "distance": "cosine", "neighbours": 5}
    for place, measure in enumerate(MEASURES):
        put(content, measure, special.get(measure.name, accuracy / (place + 2)))
    return content if trained else content | {"classifier_collapse": None}


def put(content, measure, value):
    """Have a measure file's ``content`` say ``value`` where the path of ``measure`` leads."""
    *above, last = measure.path
    for key in above:
        content = content.setdefault(key, {})
    content[last] = value
