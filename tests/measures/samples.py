"""Embeddings that no measure finds perfect, and answers counted by hand that several tests need."""

import math
from collections import Counter

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

from discern.measures.shared.pairs import Pairs

few = settings(max_examples=20, derandomize=True, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def overlapping(seed, count=60, width=3, classes=3):
    """Embeddings of classes of equal size that overlap, so that no measure of them is 0 or 1."""
    random = np.random.default_rng(seed)
    return around_centres(random, random.permutation(np.arange(count) % classes), width, classes)


def uneven(seed, count=40, width=3, classes=4):
    """The same for classes of any size; some may have one sample or none."""
    random = np.random.default_rng(seed)
    return around_centres(random, random.integers(0, classes, count), width, classes)


def around_centres(random, labels, width, classes):
    """Embeddings around one centre for each class."""
    embeddings = random.normal(size=(classes, width))[labels]
    embeddings += random.normal(size=embeddings.shape)
    return embeddings.astype(np.float32), labels.astype(np.int16)


def majority(votes):
    """The label with the most votes, the lowest of several."""
    counts = Counter(int(vote) for vote in votes)
    return min(label for label in counts if counts[label] == max(counts.values()))


def nearest_labels(query, others, labels, neighbours):
    """The labels of the ``neighbours`` points nearest to ``query``."""
    order = sorted(range(len(others)), key=lambda i: math.dist(query, others[i]))
    return [labels[i] for i in order[:neighbours]]


def collapsed(classes=5, each=6, width=8, length=3.0):
    """One point per class, all as far apart by angle as can be, far from the origin."""
    simplex = np.pad(np.eye(classes) - 1 / classes, ((0, 0), (0, width - classes)))
    labels = np.repeat(np.arange(classes), each)
    rotation = ortho_group.rvs(width, random_state=0)
    return ((length * simplex + 7.0) @ rotation)[labels], labels


def seen(observer, embeddings, labels):
    """The observer, after it has seen the distances of all pairs."""
    Pairs(embeddings, labels).walk(observer.see)
    return observer
