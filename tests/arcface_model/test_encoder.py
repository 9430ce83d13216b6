"""Both identity encoders: their common interface, freezing, and every kind of file."""

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.encoder import (
    UNTRAINED_SMALL,
    encode,
    get_encoder,
    load_encoder,
)
from facedancer.arcface_model.small_encoder import get_small_encoder
from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_unit

SIDES = {"conv2": 28, "conv3": 14, "conv4": 7, "conv5": 4}
RESNET_WIDTHS = {"conv2": 256, "conv3": 512, "conv4": 1024, "conv5": 2048}


def random_crops(batch=2, side=112):
    return np.random.default_rng(0).uniform(-1, 1, (batch, side, side, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def arcface():
    return get_encoder()


@pytest.fixture(scope="module")
def stand_in():
    return load_encoder(UNTRAINED_SMALL)


def test_block_names_run_from_shallow_to_deep():
    assert len(BLOCK_NAMES) == 16
    assert BLOCK_NAMES[0] == "conv2_block1_out"
    assert BLOCK_NAMES[-1] == "conv5_block3_out"
    # The paper's blocks k = 2..12, zero-based: what IFSR takes.
    assert (BLOCK_NAMES[2], BLOCK_NAMES[12]) == ("conv2_block3_out", "conv4_block6_out")


@pytest.mark.parametrize("name", ["arcface", "stand_in"])
def test_interface(name, request):
    encoder = request.getfixturevalue(name)
    outputs = encode(encoder, random_crops(1))
    assert set(outputs) == {"embedding", *BLOCK_NAMES}
    assert outputs["embedding"].shape == (1, 512)
    for block in BLOCK_NAMES:
        stage = block.split("_")[0]
        assert outputs[block].shape[:3] == (1, SIDES[stage], SIDES[stage])
        if name == "arcface":
            assert outputs[block].shape[3] == RESNET_WIDTHS[stage]
    assert all(output.dtype == tf.float32 for output in outputs.values())


def test_arcface_has_the_published_parameters(arcface):
    assert arcface.count_params() == 40_375_680
    dense = arcface.get_layer("dense")
    assert dense.kernel.shape == (4 * 4 * 2048, 512)
    assert arcface.get_layer("conv1_bn").epsilon == pytest.approx(1.001e-5)
    assert arcface.get_layer("batch_normalization_1").epsilon == pytest.approx(1e-3)


def test_encode_resizes_bilinearly_and_feeds_the_unit_range(stand_in):
    images = random_crops(side=80)
    resized = signed_to_unit(tf.image.resize(images, (112, 112), "bilinear"))
    expected = stand_in(resized, training=False)["embedding"]
    np.testing.assert_allclose(encode(stand_in, images)["embedding"], expected, atol=1e-6)


def test_loaded_encoder_is_frozen_but_lets_gradients_through(stand_in):
    assert not stand_in.trainable_variables
    images = tf.constant(random_crops())
    with tf.GradientTape() as tape:
        tape.watch(images)
        embedding = encode(stand_in, images)["embedding"]
    assert float(tf.reduce_max(tf.abs(tape.gradient(embedding, images)))) > 0


def test_float32_under_any_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        encoder = get_small_encoder()
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert {layer.compute_dtype for layer in encoder.layers} == {"float32"}


def test_keras_file(tmp_path, stand_in):
    stand_in.save(tmp_path / "encoder.keras")
    loaded = load_encoder(tmp_path / "encoder.keras")
    images = random_crops()
    for name, output in encode(stand_in, images).items():
        np.testing.assert_array_equal(output, encode(loaded, images)[name])
    assert not loaded.trainable_variables


@pytest.mark.parametrize("suffix", [".weights.h5", ".h5"])
def test_hdf5_files_of_both_layouts(tmp_path, arcface, suffix):
    path = tmp_path / f"encoder{suffix}"
    # Running statistics other than 0 and 1 show whether these are read too.
    statistics = arcface.get_layer("batch_normalization_1")
    statistics.moving_mean.assign(np.linspace(-1, 1, 512))
    if suffix == ".h5":
        write_keras2_file(arcface, path)
    else:
        arcface.save_weights(path)
    loaded = load_encoder(path)
    assert not loaded.trainable_variables
    for ours, theirs in zip(arcface.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy(), err_msg=ours.path)


def write_keras2_file(encoder, path):
    """The published file's layout: two nested models, weights in groups under ``model_weights``."""
    head = ("batch_normalization", "dense")
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights")
        names = {"input_image": [], "resnet50": [], "OutputLayer": []}
        root.attrs["layer_names"] = [group.encode() for group in names]
        for variable in encoder.weights:
            group = "OutputLayer" if variable.path.startswith(head) else "resnet50"
            names[group].append(f"{variable.path}:0")
            root.create_dataset(f"{group}/{names[group][-1]}", data=variable.numpy())
        for group, weight_names in names.items():
            root.require_group(group).attrs["weight_names"] = [n.encode() for n in weight_names]


def write_other_keras_model(path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(path)


def write_truncated_hdf5(path):
    write_keras2_file(keras.Sequential([keras.Input((99,)), keras.layers.Dense(99)]), path)
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("missing.h5", lambda path: None, "no such identity encoder"),
        ("folder", lambda path: path.mkdir(), "no identity encoder in the folder"),
        ("notes.h5", lambda path: path.write_text("hello"), "neither a Keras nor an HDF5"),
        ("empty.keras", lambda path: path.write_bytes(b""), "an empty file"),
        ("other.keras", write_other_keras_model, "not an identity encoder"),
        (
            "other.h5",
            lambda path: write_keras2_file(get_small_encoder(), path),
            "left over",
        ),
        (
            "other.weights.h5",
            lambda path: get_small_encoder().save_weights(path),
            "not an identity encoder",
        ),
        ("damaged.h5", write_truncated_hdf5, "damaged HDF5 file"),
    ],
)
def test_what_is_no_encoder_is_refused(tmp_path, name, write, message):
    write(tmp_path / name)
    with pytest.raises(UserError, match=message):
        load_encoder(tmp_path / name)
