"""The measures that tables show: where each stands in a measure file, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from discern.errors import DiscernError
from discern.files import read_json


@dataclass(frozen=True)
class Column:
    """A measure in tables.

    Attributes:
        name: the column's name in the CSV file.
        path: the keys that lead to it in a measure file.
        title: its name for people.
        meaning: its definition, range and source in one line.
        percent: whether it is a part of a whole, shown in per cent.
        better: which values are; None where it describes and does not judge.
        headline: whether it is among the few that short tables show.
    """

    name: str
    path: tuple[str, ...]
    title: str
    meaning: str
    percent: bool = False
    better: Literal["higher", "lower"] | None = None
    headline: bool = False

    def value(self, measures: Mapping[str, Any]) -> float | None:
        """The measure's value, None where the row has no such thing."""
        found: Any = measures
        for key in self.path:
            if found is None:
                break
            found = found[key]
        return None if found is None else float(found)

    def shown(
        self,
        value: float | None,
        interval: tuple[float, float] | None = None,
        over: str | None = "images",
    ) -> str:
        """The value as tables show it, with its interval where there is one.

        One over images is shown by its ends, one over ``"seeds"``, which is symmetric, as ±.
        """
        if value is None:
            return "–"
        factor, digits, unit = (100, 2, " %") if self.percent else (1, 3, "")
        text = f"{factor * value:.{digits}f}"
        if interval:
            low, high = (factor * end for end in interval)
            if over == "seeds":
                text += f" ± {(high - low) / 2:.{digits}f}"
            else:
                text += f" [{low:.{digits}f}, {high:.{digits}f}]"
        return text + unit


def _part(name: str, title: str, meaning: str, *path: str, headline: bool = False) -> Column:
    """A part of a whole that had better be 1; ``path`` is ``name`` where none is given."""
    return Column(name, path or (name,), title, meaning, True, "higher", headline)


_RETRIEVAL = "arXiv:2003.08505"
_COLLAPSE = "arXiv:2008.08186"
_SPHERE = "arXiv:2005.10242"

# First what is measured in the distance that each loss trains, then what is measured in one
# distance for all rows, then the map.
COLUMNS = (
    _part(
        "knn_accuracy",
        "k-NN accuracy",
        "part of the images that the majority of their nearest training images gives the right "
        "class, 0 to 1 (Cover and Hart, 1967)",
        headline=True,
    ),
    _part(
        "nearest_mean_accuracy",
        "nearest-mean accuracy",
        "part of the images whose own class has the nearest mean of training images, 0 to 1",
        headline=True,
    ),
    _part(
        "linear_probe_accuracy",
        "linear-probe accuracy",
        "part of the images that a linear classifier of the training embeddings gets right, 0 to 1 "
        "(arXiv:1610.01644)",
        headline=True,
    ),
    _part(
        "classifier_accuracy",
        "classifier accuracy",
        "part of the images that the classifier trained by the loss itself gets right, 0 to 1",
        headline=True,
    ),
    _part(
        "precision_at_1",
        "precision at 1",
        f"part of the images whose nearest other image has their class, 0 to 1 ({_RETRIEVAL})",
    ),
    _part(
        "r_precision",
        "R-precision",
        "part of an image's class among its R nearest others, R the number of others of its class, "
        f"0 to 1 ({_RETRIEVAL})",
    ),
    _part(
        "map_at_r",
        "MAP@R",
        "mean average precision at R: as R-precision, but nearer places count more, 0 to 1 "
        f"({_RETRIEVAL})",
        headline=True,
    ),
    Column(
        "silhouette",
        ("silhouette",),
        "silhouette",
        "mean of (b − a) / max(a, b), an image's mean distance a to its own class and b to the "
        "next, −1 to 1 (Rousseeuw, 1987)",
        better="higher",
        headline=True,
    ),
    Column(
        "separation",
        ("separation",),
        "separation",
        "least distance of two class means over the largest radius of a class, from 0; above 2 no "
        "two touch (after Dunn, 1973)",
        better="higher",
    ),
    Column(
        "adjusted_mutual_information",
        ("clustering", "adjusted_mutual_information"),
        "adjusted mutual information",
        "how well k-means finds the classes again, 0 for chance to 1 (Vinh et al., JMLR, 2010)",
        better="higher",
        headline=True,
    ),
    Column(
        "normalised_mutual_information",
        ("clustering", "normalised_mutual_information"),
        "normalised mutual information",
        "the same without the correction for chance, 0 to 1 (Vinh et al., JMLR, 2010)",
        better="higher",
    ),
    Column(
        "adjusted_rand_index",
        ("clustering", "adjusted_rand_index"),
        "adjusted Rand index",
        "how many pairs k-means joins and parts as the classes do, 0 for chance to 1 (Hubert and "
        "Arabie, 1985)",
        better="higher",
    ),
    Column(
        "equal_error_rate",
        ("verification", "equal_error_rate"),
        "equal error rate",
        "part of the pairs of one class that is parted by the distance that joins as large a part "
        "of those of two, 0 to 1 (NIST FRVT)",
        percent=True,
        better="lower",
        headline=True,
    ),
    *(
        _part(
            f"true_acceptance_at_{rate}",
            f"TAR at FAR {rate}",
            "part of the pairs of one class that is joined by the distance that joins "
            f"{100 * float(rate):g} % of those of two, 0 to 1 (NIST FRVT)",
            *("verification", "true_acceptance", rate),
        )
        for rate in ("0.01", "0.001", "0.0001")
    ),
    Column(
        "within_class_variability",
        ("neural_collapse", "within_class_variability"),
        "NC1: variability",
        f"tr(Σ_W Σ_B†) / C, covariance within over between classes, from 0 ({_COLLAPSE})",
        better="lower",
    ),
    Column(
        "equal_norms",
        ("neural_collapse", "equal_norms"),
        "NC2: unequal norms",
        "standard deviation over mean of the centred class means' norms, from 0 for equal ones "
        f"({_COLLAPSE})",
    ),
    Column(
        "maximal_angles",
        ("neural_collapse", "maximal_angles"),
        "NC2: distance to maximal angles",
        "mean of |cos + 1 / (C − 1)| over pairs of centred class means, 0 for the widest to 2 "
        f"({_COLLAPSE})",
    ),
    Column(
        "self_duality",
        ("classifier_collapse", "self_duality"),
        "NC3: distance to self-duality",
        "‖W/‖W‖ − M/‖M‖‖² of classifier weights and centred class means, 0 where they agree to 4 "
        f"({_COLLAPSE})",
    ),
    Column(
        "classifier_disagreement",
        ("classifier_collapse", "disagreement"),
        "NC4: disagreement",
        "part of the images for which the loss's classifier and the nearest class mean differ, "
        f"0 to 1 ({_COLLAPSE})",
        percent=True,
    ),
    *(
        Column(
            f"{space}_{name}",
            (space, name),
            f"{title}, {words}",
            f"{title} of the {words} embeddings, whatever distance the loss trains",
            percent=name != "silhouette",
            better="higher",
        )
        for space, words in (("l2_normalised", "L2-normalised"), ("native", "native"))
        for name, title in (
            ("knn_accuracy", "k-NN accuracy"),
            ("map_at_r", "MAP@R"),
            ("silhouette", "silhouette"),
        )
    ),
    Column(
        "variance_ratio",
        ("l2_normalised", "variance_ratio"),
        "variance ratio",
        "inter-class over intra-class variance, L2-normalised, from 0 (Fukunaga, 1990)",
        better="higher",
        headline=True,
    ),
    Column(
        "intra_class_variance",
        ("l2_normalised", "intra_class_variance"),
        "intra-class variance",
        "mean squared distance to the class mean, L2-normalised, 0 to 1 (Fukunaga, 1990)",
        better="lower",
    ),
    Column(
        "inter_class_variance",
        ("l2_normalised", "inter_class_variance"),
        "inter-class variance",
        "mean squared distance of class means to the mean of all, L2-normalised, 0 to 1 "
        "(Fukunaga, 1990)",
        better="higher",
    ),
    Column(
        "native_variance_ratio",
        ("native", "variance_ratio"),
        "variance ratio, native",
        "the same ratio of the embeddings as the network gives them, from 0 (Fukunaga, 1990)",
        better="higher",
    ),
    Column(
        "alignment",
        ("l2_normalised", "alignment"),
        "alignment",
        f"mean squared distance of pairs of one class on the unit sphere, 0 to 4 ({_SPHERE})",
        better="lower",
    ),
    Column(
        "uniformity",
        ("l2_normalised", "uniformity"),
        "uniformity",
        "log of the mean of exp(−2 d²) over pairs on the unit sphere, −8 for far apart to 0 "
        f"({_SPHERE})",
        better="lower",
    ),
    _part(
        "map_knn_accuracy",
        "k-NN accuracy in the map",
        "part of the map's points that the majority of the nearest gives the right class, 0 to 1",
        *("map", "knn_accuracy"),
    ),
    _part(
        "embedding_knn_accuracy",
        "k-NN accuracy of what is mapped",
        "the same vote among the embeddings that are mapped, beside which the map's stands, 0 to 1",
        *("map", "embedding_knn_accuracy"),
    ),
    Column(
        "map_trustworthiness",
        ("map", "trustworthiness"),
        "trustworthiness of the map",
        "how far neighbours in the map are neighbours in the embedding, 0 to 1; it rates the map, "
        "not the loss (Venna and Kaski, 2001)",
        better="higher",
    ),
    Column(
        "map_kl_divergence",
        ("map", "kl_divergence"),
        "KL divergence of the map",
        "what t-SNE has minimised, from 0: how badly the map keeps neighbourhoods (van der Maaten "
        "and Hinton, JMLR, 2008)",
    ),
)

# Those of short tables.
HEADLINES = tuple(column for column in COLUMNS if column.headline)


# Rows are ranked by it.
RANKED_BY = COLUMNS[0]


def read_measures(path: Path) -> dict[str, Any]:
    """What a measure file holds, every column's value among it.

    Raises :class:`DiscernError` when something is missing or no number.
    """
    measures: dict[str, Any] = read_json(path)
    try:
        for column in COLUMNS:
            column.value(measures)
        for name in ("neighbours", "images"):
            int(measures[name])
    except (KeyError, TypeError, ValueError) as error:
        raise DiscernError(
            f"{path} does not hold all measures ({error}); delete it to have it made again"
        ) from None
    return measures
