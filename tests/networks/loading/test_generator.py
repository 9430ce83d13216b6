"""Every form of a generator that is accepted, and what is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.errors import UserError

UP_TYPES = ("no_skip", "no_skip", "add", "affa", "affa", "concat")


def small_generator(policy):
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    try:
        return get_generator(UP_TYPES, mapping_depth=1, image_size=64, base_width=4)
    finally:
        keras.config.set_dtype_policy("float32")


def random_inputs(batch):
    draw = np.random.default_rng(0)
    target = draw.uniform(-1, 1, (batch, 64, 64, 3)).astype(np.float32)
    return target, draw.standard_normal((batch, 512)).astype(np.float32)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_generator_computes_in_float32_whatever_it_was_trained_in(tmp_path, policy):
    trained = small_generator(policy)
    path = tmp_path / "generator.keras"
    trained.save(path)
    model = load_keras_generator(path)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}

    reference = small_generator("float32")
    reference.set_weights(trained.get_weights())
    inputs = random_inputs(2)
    expected = reference(list(inputs)).numpy()
    np.testing.assert_allclose(model(list(inputs)), expected, atol=1e-5)
    if policy != "float32":
        # The comparison can tell: half precision is further off.
        assert np.abs(trained(list(inputs)).numpy() - expected).max() > 1e-4


def test_a_file_a_run_and_a_checkpoint_give_the_same(tmp_path):
    model = small_generator("float32")
    checkpoint = tmp_path / "checkpoints" / "step_0000100"
    checkpoint.mkdir(parents=True)
    (checkpoint / "manifest.json").write_text("{}")
    for folder in (tmp_path, checkpoint):
        model.save(folder / "generator.keras")
    found = {
        tmp_path / "generator.keras": "Keras model",
        str(tmp_path): "training run",
        checkpoint: "checkpoint",
    }
    for path, kind in found.items():
        generator = load_generator(path)
        assert generator.image_size == 64
        assert generator.description.startswith(f"{kind} ")
        assert "generator.keras" in generator.description
        for batch in (1, 2):
            inputs = random_inputs(batch)
            swapped = generator(*inputs)
            assert swapped.dtype == tf.float32
            np.testing.assert_allclose(swapped, model(list(inputs)), rtol=1e-5, atol=5e-5)


def test_a_saved_model_of_others_gives_no_keras_model(tmp_path):
    write_other_saved_model(tmp_path / "exported")
    with pytest.raises(UserError, match="is not a generator .it holds a graph alone"):
        load_keras_generator(tmp_path / "exported")


def write_other_model(path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(path)


def write_generator_of_wrong_sides(path):
    target, identity = keras.Input((64, 32, 3), name="target"), keras.Input((512,), name="identity")
    keras.Model([target, identity], keras.layers.Conv2D(3, 1)(target)).save(path)


def write_other_saved_model(path):
    module = tf.Module()
    module.double = tf.function(lambda x: 2 * x, input_signature=[tf.TensorSpec([None])])
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.double})


def write_damaged_saved_model(path):
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"not a protocol buffer")


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("missing.keras", lambda path: None, "no such generator"),
        ("empty_run", lambda path: path.mkdir(), "no generator in the folder"),
        ("notes.keras", lambda path: path.write_text("hello"), "neither a Keras nor an HDF5"),
        ("picture.png", lambda path: path.write_bytes(b"\x89PNG"), "neither a Keras nor an HDF5"),
        ("other.keras", write_other_model, "another Keras model"),
        ("sides.keras", write_generator_of_wrong_sides, "another Keras model"),
        ("other_saved_model", write_other_saved_model, r"SavedModel with inputs \['x'\]"),
        ("damaged_saved_model", write_damaged_saved_model, "the SavedModel is damaged"),
    ],
)
def test_what_is_no_generator_is_refused(tmp_path, name, write, message):
    write(tmp_path / name)
    with pytest.raises(UserError, match=message) as refusal:
        load_generator(tmp_path / name)
    assert "give a .keras generator" in str(refusal.value)
