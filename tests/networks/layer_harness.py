"""The duties of every layer of ours; `test_layers.py` holds the table of them."""

import dataclasses
from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class LayerCase:
    """A layer, how it is made and called, and what must come out.

    Attributes:
        kind: the class.
        inputs: the shape of its input, or a list of several.
        outputs: the shapes of its outputs.
        weights: the shapes of its weights that learn, in their order.
        arguments: of its constructor.
        kept: the shapes of its weights that do not learn.
        keeps_float32: whether it answers in float32 under every policy.
        is_saved: whether it stands in files: networks are saved without the other layers.
    """

    kind: Callable[..., keras.layers.Layer]
    inputs: Shape | list[Shape]
    outputs: list[Shape]
    weights: list[Shape]
    arguments: Mapping[str, object] = dataclasses.field(default_factory=dict)
    kept: list[Shape] = dataclasses.field(default_factory=list)
    keeps_float32: bool = False
    is_saved: bool = True

    def make(self) -> keras.layers.Layer:
        """The layer, under the global dtype policy."""
        return self.kind(name="some_layer", **self.arguments)


def check_shapes_and_weights(case: LayerCase, rng: np.random.Generator) -> None:
    """Its outputs and its weights have the shapes that the table says."""
    layer = case.make()
    results = tf.nest.flatten(layer(_draw(case, rng)))
    assert [tuple(result.shape) for result in results] == case.outputs
    assert [tuple(weight.shape) for weight in layer.trainable_weights] == case.weights
    assert [tuple(weight.shape) for weight in layer.non_trainable_weights] == case.kept


def check_symbolic_shapes(case: LayerCase) -> None:
    """A network can be built of it for any number of pictures."""
    inputs = [keras.Input(shape[1:]) for shape in _listed(case.inputs)]
    results = keras.tree.flatten(case.make()(inputs if _is_several(case) else inputs[0]))
    assert [tuple(result.shape) for result in results] == [(None, *s[1:]) for s in case.outputs]


def check_saving(case: LayerCase, rng: np.random.Generator, path: str) -> None:
    """A network that holds it is read again with nothing but the library imported."""
    inputs = [keras.Input(shape[1:]) for shape in _listed(case.inputs)]
    layer = case.make()
    model = keras.Model(inputs, layer(inputs if _is_several(case) else inputs[0]))
    _randomise(layer, rng)
    model.save(path)
    again = keras.saving.load_model(path)
    assert again.get_layer("some_layer").get_config() == layer.get_config()
    drawn = tf.nest.flatten(_draw(case, rng))
    for ours, theirs in zip(_answers(model, drawn), _answers(again, drawn), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def check_one_step(case: LayerCase, rng: np.random.Generator) -> None:
    """Every weight that learns is reached by a gradient, and a step along it lowers the loss."""
    layer, inputs = case.make(), _draw(case, rng)
    layer(inputs)
    _randomise(layer, rng)
    wanted = [rng.normal(size=shape).astype(np.float32) for shape in case.outputs]

    def measure() -> tf.Tensor:
        results = tf.nest.flatten(layer(inputs, **_training(case)))
        errors = zip(results, wanted, strict=True)
        return tf.add_n([tf.reduce_mean(tf.square(one - other)) for one, other in errors])

    flat = tf.nest.flatten(inputs)
    with tf.GradientTape() as tape:
        tape.watch(flat)
        loss = measure()
    weights = [weight.value for weight in layer.trainable_weights]
    gradients = tape.gradient(loss, [*flat, *weights])
    assert all(np.isfinite(gradient).all() and np.any(gradient) for gradient in gradients)
    if weights:
        length = tf.linalg.global_norm(gradients[len(flat) :])
        for weight, gradient in zip(weights, gradients[len(flat) :], strict=True):
            weight.assign_sub(1e-3 * gradient / length)
        assert measure() < loss


def check_precision(case: LayerCase, dtype: str, rng: np.random.Generator) -> None:
    """Under a mixed policy it answers in 16 bits, nearly as in float32, of float32 weights."""
    exact, inputs = case.make(), _draw(case, rng)
    exact(inputs)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(f"mixed_{dtype}")
    try:
        layer = case.make()
        layer(inputs)
    finally:
        keras.config.set_dtype_policy(before)
    _randomise(layer, rng)
    exact.set_weights(layer.get_weights())
    assert {weight.dtype for weight in layer.weights} <= {"float32"}
    # What both get is rounded alike.
    rounded = tf.nest.map_structure(lambda x: tf.cast(tf.cast(x, dtype), tf.float32), inputs)
    found, expected = (tf.nest.flatten(one(rounded, **_training(case))) for one in (layer, exact))
    precision = tf.bfloat16 if dtype == "bfloat16" else tf.float16
    rounding = 2.0 ** (-8 if dtype == "bfloat16" else -11)
    for ours, wanted in zip(found, expected, strict=True):
        assert ours.dtype == (tf.float32 if case.keeps_float32 else precision)
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(tf.cast(ours, tf.float32), wanted, atol=16 * rounding * scale)


def _is_several(case: LayerCase) -> bool:
    return isinstance(case.inputs, list)


def _listed(shapes: Shape | list[Shape]) -> list[Shape]:
    return shapes if isinstance(shapes, list) else [shapes]


def _draw(case: LayerCase, rng: np.random.Generator) -> tf.Tensor | list[tf.Tensor]:
    drawn = [tf.constant(rng.normal(size=shape), tf.float32) for shape in _listed(case.inputs)]
    return drawn if _is_several(case) else drawn[0]


def _randomise(layer: keras.layers.Layer, rng: np.random.Generator) -> None:
    """Noise in every weight that learns, so that no bias or offset is still at its first 0."""
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(0, 0.3, weight.shape))


def _training(case: LayerCase) -> dict[str, bool]:
    """The argument of layers that do something else in training, which is what is looked at."""
    return {"training": True} if case.kept else {}


def _answers(model: keras.Model, inputs: list[tf.Tensor]) -> list[np.ndarray]:
    answers = model(inputs if len(inputs) > 1 else inputs[0])
    return [np.asarray(answer) for answer in keras.tree.flatten(answers)]
