"""Mini-batches are P×K, as even as the counts allow, and a pure function of seed and epoch."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.errors import DiscernError
from discern.training.batches import GroupedSampler, ShuffledSampler, Turns, create

derandomized = settings(max_examples=80, derandomize=True, deadline=None)

# MNIST's 60,000 training images, and 9 of 10 of them as the split leaves them for training.
MNIST = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
MNIST_TRAIN = np.array([5331, 6068, 5362, 5518, 5258, 4879, 5326, 5638, 5266, 5354])


@dataclass(frozen=True)
class Case:
    """Labels in no order, of classes whose numbers have gaps, and a sampler's settings."""

    counts: list[int]
    classes: int
    samples: int
    seed: int

    @property
    def labels(self) -> np.ndarray:
        labels = np.repeat(3 * np.arange(len(self.counts)) + 1, self.counts)
        return np.random.default_rng(self.seed).permutation(labels)

    def sampler(self) -> GroupedSampler:
        return GroupedSampler(self.labels, self.classes, self.samples, self.seed)


@st.composite
def cases(draw):
    counts = draw(st.lists(st.integers(1, 25), min_size=1, max_size=6))
    samples = draw(st.integers(1, min(6, sum(counts))))
    most = min(len(counts), sum(counts) // samples)
    return Case(counts, draw(st.integers(1, most)), samples, draw(st.integers(0, 99)))


epochs = st.integers(1, 50)


def counts_of(numbers, count):
    return np.bincount(np.ravel(numbers), minlength=count)


def uneven(counts):
    """By how much the most frequent comes more often than the rarest."""
    return int(np.max(counts) - np.min(counts))


@derandomized
@given(cases(), epochs)
def test_every_batch_holds_k_samples_of_each_of_p_classes_next_to_each_other(case, epoch):
    batches = case.sampler().epoch(epoch)
    assert batches.dtype == np.int64
    assert batches.shape[1] == case.classes * case.samples
    assert len(batches) == sum(case.counts) // batches.shape[1]
    for groups in case.labels[batches].reshape(-1, case.classes, case.samples):
        assert (groups == groups[:, :1]).all()
        assert len(np.unique(groups)) == case.classes


@derandomized
@given(cases(), epochs)
def test_no_sample_is_twice_in_a_batch_unless_its_class_is_smaller_than_k(case, epoch):
    large = np.isin(
        case.labels, [3 * i + 1 for i, n in enumerate(case.counts) if n >= case.samples]
    )
    for batch in case.sampler().epoch(epoch):
        chosen = batch[large[batch]]
        assert len(np.unique(chosen)) == len(chosen)


@derandomized
@given(cases(), st.integers(1, 20))
def test_over_one_epoch_or_more_classes_come_equally_often_up_to_one(case, first):
    times = np.zeros(len(case.counts), int)
    for epoch in range(first, first + 8):
        labels = case.labels[case.sampler().epoch(epoch)]
        times += [np.sum(labels == label) // case.samples for label in np.unique(case.labels)]
        assert uneven(times) <= 1


@derandomized
@given(cases(), st.integers(1, 20))
def test_over_one_epoch_or_more_samples_of_a_class_come_equally_often_up_to_one(case, first):
    times = np.zeros(len(case.labels), int)
    for epoch in range(first, first + 8):
        times += counts_of(case.sampler().epoch(epoch), len(case.labels))
        for label in np.unique(case.labels):
            assert uneven(times[case.labels == label]) <= 1


def test_nine_tenths_of_mnist_are_covered_as_evenly_as_its_class_counts_allow():
    assert MNIST_TRAIN.sum() == 54_000
    assert np.abs(MNIST_TRAIN - 0.9 * MNIST).max() <= 1
    labels = np.repeat(np.arange(10), MNIST_TRAIN)
    sampler = GroupedSampler(labels, classes=10, samples=40, seed=0)
    assert sampler.steps == 135
    totals = np.zeros(54_000, int)
    for epoch in range(1, 11):
        times = counts_of(sampler.epoch(epoch), 54_000)
        totals += times
        for digit, count in enumerate(MNIST_TRAIN):
            once_more = 5400 % count  # each class is drawn 5,400 times
            assert np.sum(times[labels == digit] == 5400 // count) == count - once_more
            assert np.sum(times[labels == digit] == 5400 // count + 1) == once_more
    # After ten epochs an image of the commonest digit was seen 8 or 9 times, of the rarest 11 or
    # 12 times, and within any digit nobody more than once more than another.
    seen = {digit: set(totals[labels == digit].tolist()) for digit in range(10)}
    assert seen[1] == {8, 9}
    assert seen[5] == {11, 12}
    assert all(uneven(list(times)) <= 1 for times in seen.values())


SAMPLERS = {
    "grouped": lambda seed=7: Case([11, 9, 13, 4], 3, 4, seed).sampler(),
    "grouped, nobody twice": lambda seed=7: GroupedSampler(np.repeat([0, 1], 12), 2, 4, seed),
    "shuffled": lambda seed=7: ShuffledSampler(37, 8, seed),
    "shuffled, nothing left over": lambda seed=7: ShuffledSampler(40, 8, seed),
}
every_sampler = pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS)


@every_sampler
def test_an_epoch_is_a_function_of_seed_and_epoch_whatever_was_asked_before(make):
    once = make()
    expected = [once.epoch(epoch) for epoch in range(6)]
    np.random.seed(123)
    again = make()
    for epoch in (5, 2, 2, 0, 3, 1, 4, 5):
        np.testing.assert_array_equal(again.epoch(epoch), expected[epoch], strict=True)
        np.testing.assert_array_equal(make().epoch(epoch), expected[epoch], strict=True)


@every_sampler
def test_every_seed_and_epoch_has_batches_of_its_own(make):
    drawn = [make(seed).epoch(epoch).tobytes() for seed in range(5) for epoch in range(8)]
    assert len(set(drawn)) == len(drawn)


@every_sampler
def test_every_epoch_puts_others_together(make):
    def pairs(epoch):
        return {frozenset(p) for batch in make().epoch(epoch) for p in itertools.pairwise(batch)}

    for epoch in range(1, 5):
        assert len(pairs(epoch) & pairs(epoch + 1)) < len(pairs(epoch)) / 2


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: GroupedSampler(np.repeat([0, 1], 15), 2, 4, seed),
        lambda seed: ShuffledSampler(30, 8, seed),
    ],
    ids=["grouped", "shuffled"],
)
def test_the_seed_decides_who_waits(make):
    waiting = [{*range(30)} - {*make(seed).epoch(1).ravel().tolist()} for seed in range(5)]
    assert len({frozenset(who) for who in waiting}) == 5


def test_classes_of_one_size_are_drawn_independently_of_each_other():
    drawn = GroupedSampler(np.repeat([0, 1], 50), 2, 5, 0).epoch(1).reshape(-1, 2, 5)
    first, second = (np.sort(drawn, axis=1)[:, i].ravel() for i in range(2))
    assert np.mean(second - 50 == first) < 0.2


@derandomized
@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 99), st.integers(1, 20))
def test_shuffled_batches_cover_all_images_evenly(count, size, seed, first):
    size = min(size, count)
    sampler = ShuffledSampler(count, size, seed)
    times = np.zeros(count, int)
    for epoch in range(first, first + 8):
        batches = sampler.epoch(epoch)
        assert batches.dtype == np.int64
        assert batches.shape == (count // size, size)
        assert counts_of(batches, count).max() == 1
        times += counts_of(batches, count)
        assert uneven(times) <= 1


def test_shuffled_batches_take_no_heed_of_classes():
    labels = np.repeat(np.arange(10), 40)
    batches = ShuffledSampler(400, 100, 0).epoch(1)
    samples = np.array([np.bincount(labels[batch], minlength=10) for batch in batches])
    # Hypergeometric: 10 of each class with standard deviation 2.6.
    assert 1.5 < samples.std() < 4
    assert np.abs(np.corrcoef(np.arange(400), batches.ravel())[0, 1]) < 0.2


@derandomized
@given(st.integers(1, 20), st.integers(0, 70), st.integers(1, 20), st.integers(0, 9))
def test_drawing_evenly_repeats_nobody_in_a_group_and_nobody_twice_more(count, slots, group, epoch):
    drawn = Turns(count, [3, 1]).draw(slots, group, epoch * slots, epoch)
    assert drawn.shape == (slots,)
    assert uneven(counts_of(drawn, count)) <= 1
    if group <= count:
        for at in range(0, slots, group):
            assert len(set(drawn[at : at + group])) == len(drawn[at : at + group])


@derandomized
@given(st.integers(1, 20), st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_turns_go_on_where_they_stopped_however_many_are_drawn_at_a_time(count, stretches):
    turns = Turns(count, [3, 1])
    before, times = 0, np.zeros(count, int)
    for epoch, slots in enumerate(stretches):
        times += counts_of(turns.draw(slots, 1, before, epoch), count)
        before += slots
        assert uneven(times) <= 1
        np.testing.assert_array_equal(turns.times(before), times)


@pytest.mark.parametrize("kind", ["grouped", "shuffled"])
def test_a_sampler_is_made_by_its_kind(kind):
    labels = np.repeat([0, 1, 2, 3], 10)
    made = create(kind, labels, size=12, samples=4, seed=5)
    expected = {
        "grouped": GroupedSampler(labels, 3, 4, 5),
        "shuffled": ShuffledSampler(40, 12, 5),
    }[kind]
    assert type(made) is type(expected)
    assert made.steps == 3
    np.testing.assert_array_equal(made.epoch(2), expected.epoch(2), strict=True)


@pytest.mark.parametrize("kind", ["grouped", "shuffled"])
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_an_epoch_may_have_any_number_of_batches_and_all_images_come_equally_often(kind, steps):
    labels = np.repeat([0, 1, 2, 3], 10)
    made = create(kind, labels, size=12, samples=3, seed=5, steps=steps)
    drawn = np.zeros(40, int)
    for epoch in range(1, 11):
        batches = made.epoch(epoch)
        assert batches.shape == (steps, 12)
        drawn += np.bincount(batches.ravel(), minlength=40)
        assert drawn.max() - drawn.min() <= 2  # one among the classes, one within each


def test_more_classes_than_there_are_is_refused_with_the_remedy():
    with pytest.raises(DiscernError) as refusal:
        create("grouped", np.repeat([2, 5, 7], 50), size=40, samples=10, seed=0)
    assert str(refusal.value) == (
        "batches of 4 classes can't be drawn from 3 classes; lower batches.size or raise "
        "batches.samples"
    )


@pytest.mark.parametrize("kind", ["grouped", "shuffled"])
@pytest.mark.parametrize("steps", [None, 3])
def test_fewer_images_than_a_batch_holds_is_refused_with_the_remedy(kind, steps):
    labels = np.repeat([0, 1], 10)
    assert create(kind, labels, size=20, samples=10, seed=0).steps == 1
    refused = {"labels": labels[1:], "size": 20, "samples": 10, "seed": 0, "steps": steps}
    with pytest.raises(DiscernError) as refusal:
        create(kind, **refused)
    said = "images do not fill one batch of 20; lower batches.size"
    assert str(refusal.value) == f"19 training {said}"
    with pytest.raises(DiscernError) as refusal:
        create(kind, **refused, part="validation")
    assert str(refusal.value) == f"19 validation {said} or raise split.validation"
