"""What holds for every loss there is: a new file among the losses is tested by being there."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import (
    BATCHES,
    CLASSES,
    DIM,
    Batch,
    few_examples,
    grid_batches,
    random_batch,
    random_rotation,
    seeds,
)
from discern.losses.shared.base import Loss
from discern.losses.shared.catalogue import descriptions
from discern.randomness import Dropout, stream
from references import REFERENCES, TOLERANCES, example

TRAINED = [name for name, description in descriptions().items() if description.trained]
CLASSIFIERS = [name for name in TRAINED if descriptions()[name].classifies]
WITHOUT_CLASSIFIER = [name for name in TRAINED if not descriptions()[name].classifies]
BETWEEN = [name for name in WITHOUT_CLASSIFIER if "distance" in descriptions()[name].parameters]
# Circle loss takes its weights for constants, so that its gradient is no derivative of its value.
DERIVATIVES = [name for name in TRAINED if name != "circle"]
SETTINGS = [
    pytest.param(name, setting, id=" ".join([name, *(f"{k}={v}" for k, v in setting.items())]))
    for name, reference in REFERENCES.items()
    for setting in reference.settings
]
ENDS = [
    pytest.param(name, key, end, id=f"{name}.{key}={end}")
    for name in TRAINED
    for key, parameter in descriptions()[name].parameters.items()
    for end in (parameter.minimum, parameter.maximum, *parameter.choices)
    if end is not None
]

every_loss = pytest.mark.parametrize("name", TRAINED)


def test_every_loss_has_a_reference():
    assert set(REFERENCES) == set(TRAINED)


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize(("name", "setting"), SETTINGS)
def test_value_and_gradients_are_those_of_the_paper(name, setting, batch):
    loss, reference = with_random_weights(make(name, **setting)), REFERENCES[name]
    assert_agrees(
        loss,
        reference.at(loss, BATCHES[batch], **setting),
        BATCHES[batch],
        together=reference.together,
        **TOLERANCES.get((name, setting.get("distance"), batch), {}),
    )


@pytest.mark.parametrize("name", REFERENCES)
@few_examples
@given(grid_batches())
def test_ties_and_coincidences_have_the_value_of_the_paper(name, batch):
    loss, setting = example(name)
    weights = [weight.numpy().astype(np.float64) for weight in loss.trainable_weights]
    expected = REFERENCES[name].at(loss, batch, **setting)(batch.embeddings, *weights)
    assert value(loss, batch) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@every_loss
def test_the_value_is_one_finite_float32(name):
    batch = random_batch(0)
    result = make(name)(tf.constant(batch.embeddings), tf.constant(batch.labels))
    assert result.shape == ()
    assert result.dtype == tf.float32
    assert np.isfinite(result)


@every_loss
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_value_and_gradients_are_finite_on_every_batch(name, batch):
    loss = make(name)
    for step in (None, 0):
        result, gradients = value_and_gradients(loss, batch, step)
        assert np.isfinite(result)
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


@pytest.mark.parametrize(("name", "key", "end"), ENDS)
def test_they_are_finite_at_the_ends_of_each_parameters_range(name, key, end):
    loss = make(name, **{key: end})
    for batch in ("random 0", "identical", "all zero", "huge norms", "tiny norms", "one sample"):
        result, gradients = value_and_gradients(loss, BATCHES[batch], step=2)
        assert np.isfinite(result)
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


@every_loss
@few_examples
@given(grid_batches(), seeds)
def test_the_order_within_a_batch_does_not_matter(name, batch, seed):
    # between Euclidean distances, as a root makes 3e-4 of the rounding of equal unit vectors
    changes = {"distance": "euclidean"} if "distance" in descriptions()[name].parameters else {}
    loss = with_random_weights(make(name, **changes))
    order = np.random.default_rng(seed).permutation(len(batch.labels))
    assert value(loss, batch.take(order)) == pytest.approx(value(loss, batch), rel=1e-5, abs=1e-6)


@every_loss
@few_examples
@given(seeds)
def test_only_angles_and_lengths_matter_and_no_direction(name, seed):
    batch, rotation = random_batch(seed), random_rotation(seed)
    loss = with_random_weights(make(name), seed)
    before = value(loss, batch)
    for weight in loss.weights:
        if weight.shape[0] == DIM:
            weight.assign(rotation.T @ weight.numpy().astype(np.float64))
        elif weight.shape[-1] == DIM:
            weight.assign(weight.numpy().astype(np.float64) @ rotation)
    assert value(loss, batch.rotated(rotation)) == pytest.approx(before, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", DERIVATIVES)
@pytest.mark.parametrize("step", [None, 3])
def test_a_small_step_down_the_gradient_lowers_the_value_by_as_much_as_it_says(name, step):
    # embeddings near each other: triplets are active
    loss, batch = with_random_weights(make(name)), random_batch(0).times(0.3)
    before, (gradient, *own) = value_and_gradients(loss, batch, step)
    slope = sum(float(np.sum(g.astype(np.float64) ** 2)) for g in (gradient, *own))
    length = 1e-3 * before / slope
    moved = batch.plus(-length * gradient)
    for weight, of_weight in zip(loss.trainable_weights, own, strict=True):
        weight.assign_sub(length * of_weight)
    assert before - value(loss, moved, step) == pytest.approx(1e-3 * before, rel=0.1)


@every_loss
def test_in_a_graph_for_batches_of_any_size_and_any_step_it_has_the_same_value(name):
    loss = with_random_weights(make(name))
    batches = [random_batch(0), random_batch(1, size=7), BATCHES["one sample"]]
    signature = [tf.TensorSpec([None, DIM]), tf.TensorSpec([None], tf.int32)]
    evaluation = tf.function(lambda x, y: loss(x, y), input_signature=signature)
    signature.append(tf.TensorSpec([], tf.int64))
    training = tf.function(lambda x, y, at: loss(x, y, step=at), input_signature=signature)
    for batch in batches:
        result = float(evaluation(batch.embeddings, batch.labels))
        assert result == pytest.approx(value(loss, batch), rel=1e-5, abs=1e-6)
        for step in (0, 5, 10_000):
            result = float(training(batch.embeddings, batch.labels, step))
            assert result == pytest.approx(value(loss, batch, step), rel=1e-5, abs=1e-6)


@every_loss
@pytest.mark.parametrize("integer", [np.uint8, np.int32, np.int64])
def test_labels_may_be_any_integers(name, integer):
    loss, batch = with_random_weights(make(name)), random_batch(0)
    labels = tf.constant(batch.labels.astype(integer))
    assert float(loss(tf.constant(batch.embeddings), labels)) == value(loss, batch)


@every_loss
@pytest.mark.parametrize("form", [tf.Variable, np.asarray, np.ndarray.tolist])
def test_embeddings_and_labels_may_be_anything_that_becomes_a_tensor(name, form):
    loss, batch = with_random_weights(make(name)), random_batch(0)
    embeddings, labels = form(batch.embeddings), form(batch.labels.astype(np.int64))
    assert float(loss(embeddings, labels)) == value(loss, batch)


@every_loss
def test_weights_and_values_are_a_function_of_the_seed(name):
    batch = random_batch(0)
    first, again = make(name, seed=4), make(name, seed=4)
    np.testing.assert_equal(first.get_weights(), again.get_weights())
    for step in (None, 0, 6):
        expected = value_and_gradients(again, batch, step)
        np.testing.assert_equal(value_and_gradients(first, batch, step), expected)


@every_loss
def test_nothing_is_remembered_from_one_batch_to_the_next(name):
    loss, batch = with_random_weights(make(name)), random_batch(0)
    before = [value(loss, batch, step) for step in (None, 2)]
    weights = loss.get_weights()
    for step in (None, 0, 2, 50):
        value_and_gradients(loss, random_batch(1), step)
    assert [value(loss, batch, step) for step in (None, 2)] == before
    np.testing.assert_equal(loss.get_weights(), weights)


@every_loss
def test_a_loss_is_its_weights(name):
    trained = with_random_weights(make(name, seed=1))
    loaded = make(name, seed=2)
    loaded.set_weights(trained.get_weights())
    assert value(loaded, random_batch(0)) == value(trained, random_batch(0))
    changes_others = type(loaded).after_step is not Loss.after_step
    assert changes_others or len(loaded.weights) == len(loaded.trainable_weights)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_is_trained_and_scores_every_class(name):
    loss = make(name)
    assert loss.class_weights.shape == (DIM, CLASSES)
    assert "class_weights:0" in [weight.name for weight in loss.trainable_weights]
    assert loss.logits(tf.constant(random_batch(0).embeddings)).shape == (10, CLASSES)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifiers_dropout_drops_parts_of_the_embedding_in_training_alone(name):
    loss = with_random_weights(make(name, dropout=0.0))
    dropping = with_random_weights(make(name, dropout=0.7))
    batch, step = random_batch(0), 3
    assert value(dropping, batch) == value(loss, batch)
    triplets_or_centres = descriptions()[name].distance == "euclidean"  # they keep the whole one
    if not triplets_or_centres:
        dropped = Dropout(0.7, stream(0, "classifier"))(batch.embeddings, step=tf.constant(step))
        expected = value(loss, Batch(dropped.numpy(), batch.labels), step)
        assert value(dropping, batch, step) == pytest.approx(expected, rel=1e-6)
    assert value(dropping, batch, step) != value(loss, batch, step)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_predicts_the_class_whose_weights_the_embedding_lies_along(name):
    loss = make(name)
    for weight in loss.trainable_weights:
        if weight.shape == (DIM, CLASSES):
            weight.assign(random_rotation(5)[:, :CLASSES])
    logits = loss.logits(tf.transpose(loss.class_weights))
    np.testing.assert_array_equal(np.argmax(logits, axis=1), np.arange(CLASSES))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_for_one_seed_all_classifiers_start_from_the_same_class_weights(name):
    expected = make("softmax", seed=3).class_weights
    initial = {weight.name: weight for weight in make(name, seed=3).trainable_weights}
    np.testing.assert_array_equal(initial["class_weights:0"], expected)


@pytest.mark.parametrize("name", WITHOUT_CLASSIFIER)
def test_a_loss_without_a_classifier_says_so(name):
    loss = make(name)
    for ask in (lambda: loss.class_weights, lambda: loss.logits(tf.zeros((1, DIM)))):
        with pytest.raises(TypeError, match=rf"^discern\.losses\.{name} trains no classifier$"):
            ask()


@pytest.mark.parametrize("name", WITHOUT_CLASSIFIER)
def test_without_a_classifier_the_classes_names_do_not_matter(name):
    batch = random_batch(0)
    renamed = Batch(batch.embeddings, np.array([2, 0, 3, 1], np.int32)[batch.labels])
    assert value(make(name), renamed) == pytest.approx(value(make(name), batch), rel=1e-6)


@pytest.mark.parametrize("name", BETWEEN)
@few_examples
@given(seeds)
def test_in_the_cosine_distance_the_embeddings_scales_do_not_matter(name, seed):
    loss, batch = make(name, distance="cosine"), random_batch(seed)
    assert value(loss, batch) > 0
    assert value(loss, batch.scaled(seed)) == pytest.approx(value(loss, batch), rel=1e-4)


@pytest.mark.parametrize("name", BETWEEN)
@few_examples
@given(seeds)
def test_in_the_euclidean_distance_only_differences_between_embeddings_matter(name, seed):
    loss, batch = make(name, distance="euclidean"), random_batch(seed)
    moved = batch.plus(np.random.default_rng(seed).uniform(-3, 3, DIM))
    assert value(loss, batch) > 0
    assert value(loss, moved) == pytest.approx(value(loss, batch), rel=1e-4)


@pytest.mark.parametrize("name", [name for name in TRAINED if descriptions()[name].grouped])
def test_what_needs_groups_is_no_mean_over_single_samples(name):
    loss, batch = with_random_weights(make(name)), random_batch(0)
    each = [value(loss, batch.take([i])) for i in range(len(batch.labels))]
    assert value(loss, batch) != pytest.approx(np.mean(each), rel=1e-2)
