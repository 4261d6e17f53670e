"""What images contribute to the equal error rate varies as the rate itself does over images."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from discern.measures import verification
from discern.measures.shared.pairs import Pairs
from discern.measures.verification import Verifier
from measures.samples import around_centres, overlapping, seen


def verified(embeddings, labels):
    return seen(Verifier(Pairs(embeddings, labels)), embeddings, labels).verification(())


def plain_rate(embeddings, labels):
    """A function that gives the equal error rate where image i is there ``counts[i]`` times."""
    first, second = np.triu_indices(len(labels), 1)
    order = np.argsort(pdist(embeddings.astype(float)), kind="stable")
    first, second = first[order], second[order]
    alike = labels[first] == labels[second]

    def rate(counts):
        weights = counts[first] * counts[second]
        far = np.cumsum(weights * ~alike) / weights[~alike].sum()
        frr = 1 - np.cumsum(weights * alike) / weights[alike].sum()
        nearest = np.argmin(np.abs(far - frr))
        return (far[nearest] + frr[nearest]) / 2

    return rate


def samples():
    """Classes of one size, of two sizes, and with a few images far from their own."""
    yield overlapping(0, count=400, width=6, classes=5)
    labels = np.repeat(np.arange(21), [100, *[10] * 20])
    yield around_centres(np.random.default_rng(4), labels, width=4, classes=21)
    embeddings, labels = overlapping(2, count=300, width=20, classes=3)
    embeddings[::25] *= 3
    yield embeddings, labels


every_sample = pytest.mark.parametrize("sample", [*samples()], ids=["even", "uneven", "outliers"])


@every_sample
def test_their_mean_is_the_rate(sample):
    found = verified(*sample)
    assert found.contributions.mean() == pytest.approx(found.equal_error_rate, abs=1e-15)
    expected = plain_rate(*sample)(np.ones(len(sample[1]), int))
    assert found.equal_error_rate == pytest.approx(expected, abs=1e-5)


@every_sample
def test_the_error_of_their_mean_is_that_of_rates_of_resampled_images(sample):
    count = len(sample[1])
    drawn = np.random.default_rng(0).integers(0, count, (600, count))
    draws = [np.bincount(each, minlength=count) for each in drawn]
    rates = np.array([*map(plain_rate(*sample), draws)])
    means = np.array(draws) @ verified(*sample).contributions / count
    assert means.std() == pytest.approx(rates.std(), rel=0.1)
    # the two move together, not only by as much
    assert np.corrcoef(means, rates)[0, 1] > 0.95


@every_sample
def test_they_are_the_pseudo_values_of_leaving_out_one_image_at_a_time(sample):
    count, rate = len(sample[1]), plain_rate(*sample)
    everyone = np.ones(count, int)
    without = np.array([rate(everyone - one) for one in np.eye(count, dtype=int)])
    pseudo = count * rate(everyone) - (count - 1) * without
    contributions = verified(*sample).contributions
    assert contributions.std() == pytest.approx(pseudo.std(), rel=0.1)
    assert np.corrcoef(contributions, pseudo)[0, 1] > 0.95


@every_sample
def test_the_window_that_the_densities_are_taken_from_hardly_matters(sample, monkeypatch):
    errors = []
    for window in (0.02, 0.05, 0.1):
        monkeypatch.setattr(verification, "_WINDOW", window)
        errors.append(verified(*sample).contributions.std())
    assert max(errors) / min(errors) < 1.08


def test_without_errors_and_in_one_place_all_images_contribute_the_same():
    labels = np.arange(40) % 4
    apart = np.eye(4, dtype=np.float32)[labels]
    assert not verified(apart, labels).contributions.any()
    assert np.all(verified(np.ones_like(apart), labels).contributions == 0.5)


def test_the_image_at_the_wrong_place_contributes_most():
    embeddings, labels = overlapping(3, count=120, width=8, classes=4)
    embeddings += 8 * np.eye(4, 8, dtype=np.float32)[labels]
    labels[5] = (labels[5] + 1) % 4
    assert np.argmax(verified(embeddings, labels).contributions) == 5
