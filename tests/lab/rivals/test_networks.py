"""The rivals' networks: their size next to C's, what goes in and comes out, saving, gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.lab.experiment.swappers import name_of
from facedancer.lab.experiment.tasks import ROOT, value_of
from facedancer.lab.rivals.codes import CODE_SIZE
from facedancer.lab.rivals.face_shifter import attributes_encoder
from facedancer.lab.rivals.settings import RIVALS, build_rival
from facedancer.lab.rivals.sim_swap import get_sim_swap
from facedancer.networks.generator import EMBEDDING_SIZE, get_generator
from facedancer.networks.loading.keras_generator import find_generator, load_keras_generator
from facedancer.utils.weights.keras_files import load_keras_model

SIDE, WIDTH = 64, 16


@pytest.fixture(scope="module")
def networks():
    return {name: build_rival(name, SIDE, WIDTH) for name in RIVALS}


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    target = rng.uniform(-1, 1, (1, SIDE, SIDE, 3)).astype(np.float32)
    return target, rng.normal(size=(1, EMBEDDING_SIZE + CODE_SIZE)).astype(np.float32)


def given(network, pair):
    target, identity = pair
    return [target, identity[:, : network.inputs[1].shape[1]]]


def test_all_have_the_size_of_the_lab_s_c(networks):
    flags = ["--flagfile=flags/lab/c.cfg"]
    assert (int(value_of("image_size", flags)), int(value_of("base_width", flags))) == (SIDE, WIDTH)
    up_types = value_of("up_types", flags).split(",")
    size = get_generator(up_types, image_size=SIDE, base_width=WIDTH).count_params()
    page = (ROOT / "docs" / "rivals.md").read_text()
    for name, network in networks.items():
        assert network.count_params() == pytest.approx(size, rel=0.1), name
        assert f"| {name_of(name)} | {network.count_params():,} |" in page


@pytest.mark.parametrize("name", RIVALS)
def test_the_identity_changes_the_picture_and_has_a_gradient(networks, pair, name):
    network = networks[name]
    target, identity = map(tf.constant, given(network, pair))
    with tf.GradientTape() as tape:
        tape.watch([target, identity])
        picture = network([target, identity], training=True)
        loss = tf.reduce_sum(tf.square(picture))
    assert picture.shape == target.shape and picture.dtype == tf.float32
    # Untrained it is near grey, where tanh has a slope.
    assert np.abs(picture).mean() < 0.5 and np.abs(picture).max() <= 1
    gradients = tape.gradient(loss, [target, identity, *network.trainable_variables])
    # A bias before a normalisation has no slope but rounding's: it must be there all the same.
    assert all(gradient is not None and np.isfinite(gradient).all() for gradient in gradients)
    assert all(np.abs(gradient).max() > 1e-7 for gradient in gradients[:2])


@pytest.mark.parametrize("name", ["sim_swap", "hifi_face"])
def test_an_untrained_one_shows_one_target_alike_whoever_the_source_is(networks, pair, name):
    # All that these know of the target goes through the identity's scales: were they random, and of
    # other signs for each identity, no decoder could learn to read what is left.
    network = networks[name]
    target, identity = given(network, pair)
    identity[:, EMBEDDING_SIZE:] = 0  # Its labels have units of their own.
    one, other = (np.ravel(network([target, sign * identity])) for sign in (1, -1))
    assert np.corrcoef(one, other)[0, 1] > 0.95


def read_coded(path):
    """Reads one that is given labels: no swapper takes it as it is."""
    return load_keras_model(find_generator(path))


@pytest.mark.parametrize(
    ("name", "read"), [("face_shifter", load_keras_generator), ("hifi_face", read_coded)]
)
def test_a_saved_one_is_read_as_ours_are(networks, pair, name, read, tmp_path):
    networks[name].save(tmp_path / "generator.keras")
    loaded = read(tmp_path / "generator.keras")
    inputs = given(networks[name], pair)
    np.testing.assert_allclose(loaded(inputs), networks[name](inputs), atol=1e-4)


def test_attributes_are_the_maps_that_shape_the_swap(networks, pair):
    network = networks["face_shifter"]
    maps = attributes_encoder(network)(pair[0])
    assert [one.shape[1] for one in maps] == [4, 8, 16, 32, 64]
    # Their gradient reaches the encoder alone.
    own = {layer.name for layer in attributes_encoder(network).layers}
    assert own == {name for name in own if "aad" not in name and "identity" not in name}


def test_the_shape_code_reaches_the_picture(networks, pair):
    network = networks["hifi_face"]
    target, identity = given(network, pair)
    other = identity.copy()
    # Two centimetres in one landmark are much, as people go.
    other[:, EMBEDDING_SIZE] += 0.2
    assert np.abs(network([target, identity]) - network([target, other])).max() > 1e-5


def test_a_side_that_no_crop_has_is_refused():
    with pytest.raises(ValueError, match="image_size must be one of"):
        get_sim_swap(96, WIDTH)


def test_low_precision_leaves_the_picture_in_float32(pair):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = get_sim_swap(SIDE, WIDTH)
    finally:
        keras.config.set_dtype_policy(policy)
    assert network.output.dtype == "float32"
    assert network.get_layer("stem").compute_dtype == "bfloat16"
