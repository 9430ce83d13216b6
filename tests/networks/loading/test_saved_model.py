"""Generators of SavedModels: others' swap too, and what one asks for is bounded."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.loading.generator import load_generator
from facedancer.utils.errors import UserError
from facedancer.utils.flags.trust import trust_saved_models

SIDE = 16


def write(folder, body, weight=0.5, batch=None, side=SIDE):
    """A SavedModel with a generator's signature."""
    module = tf.Module()
    module.weight = tf.Variable(weight)
    specs = [
        tf.TensorSpec([batch, side, side, 3], tf.float32, "target"),
        tf.TensorSpec([batch, 512], tf.float32, "identity"),
    ]
    function = tf.function(
        lambda target, identity: {"changed": body(module, target, identity)}, input_signature=specs
    )
    tf.saved_model.save(module, str(folder), signatures={"serving_default": function})
    return folder


def plain(module, target, identity):
    return tf.tanh(module.weight * target + tf.reduce_mean(identity, 1)[:, None, None, None])


def large(module, target, identity):
    return target + tf.reduce_mean(tf.fill([2**17, 2**16 * tf.shape(target)[0]], 1.0))


def as_the_picture_says(module, target, identity):
    length = tf.cast(1 + 1e9 * tf.reduce_max(target), tf.int32)
    return target + tf.reduce_mean(tf.fill([length], 1.0))


def infinite(module, target, identity):
    return target / (module.weight - 0.5)


def test_a_generator_that_keras_exported_swaps(tmp_path):
    target = keras.Input((SIDE, SIDE, 3), name="target")
    identity = keras.Input((512,), name="identity")
    style = keras.layers.Reshape((1, 1, 8))(keras.layers.Dense(8)(identity))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="leaky_relu")(target) * style
    x = keras.layers.UpSampling2D(interpolation="bilinear")(keras.layers.AveragePooling2D(2)(x))
    model = keras.Model([target, identity], keras.layers.Conv2D(3, 1)(x))
    archive = keras.export.ExportArchive()
    archive.track(model)
    specs = [tf.TensorSpec(tensor.shape, tf.float32, tensor.name) for tensor in model.inputs]
    archive.add_endpoint(
        "serving_default",
        lambda target, identity: {"changed": model([target, identity])},
        input_signature=specs,
    )
    folder = tmp_path / "exported"
    archive.write_out(folder, verbose=False)
    generator = load_generator(folder)
    draw = np.random.default_rng(0)
    target = draw.uniform(-1, 1, (6, SIDE, SIDE, 3)).astype(np.float32)
    identity = draw.standard_normal((6, 512)).astype(np.float32)
    expected = model([target, identity])
    np.testing.assert_allclose(generator(target, identity), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("body", "weight", "message"),
    [
        (large, 1.0, r"Fill gives float32 of the shape \[131072, 262144\]"),
        (as_the_picture_says, 1.0, "no bound is known for what Fill gives"),
        (infinite, 0.5, "its output changed holds NaN or infinity"),
        (plain, np.nan, "weight holds NaN or infinity"),
    ],
)
def test_what_asks_for_too_much_is_refused(tmp_path, body, weight, message):
    folder = write(tmp_path / "bad", body, weight)
    with pytest.raises(UserError, match=message):
        load_generator(folder)


@pytest.mark.parametrize(("batch", "side"), [(2, SIDE), (None, 0), (None, 4096)])
def test_inputs_of_another_shape_are_refused(tmp_path, batch, side):
    folder = write(tmp_path / "bad", lambda module, target, identity: target, 1.0, batch, side)
    with pytest.raises(UserError, match="inputs of the shapes"):
        load_generator(folder)


def test_trust_lets_it_do_as_it_likes(tmp_path, request):
    folder, path = tmp_path / "writing", tmp_path / "written"

    def writes_here(module, target, identity):
        with tf.control_dependencies([tf.io.write_file(str(path), "here")]):
            return tf.identity(target)

    write(folder, writes_here)
    with pytest.raises(UserError, match="runs WriteFile .*--trust_savedmodel"):
        load_generator(folder)
    request.addfinalizer(lambda: trust_saved_models(False))
    trust_saved_models()
    load_generator(folder)(tf.zeros([1, SIDE, SIDE, 3]), tf.zeros([1, 512]))
    assert path.read_text() == "here"
