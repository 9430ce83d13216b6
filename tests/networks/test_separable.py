"""Depthwise-separable generators: what is cheaper, and that all else is the same."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.blocks import separable_conv3
from facedancer.networks.generator import attention_masks, get_generator
from facedancer.networks.layers import AFFA
from facedancer.training.cost.flops import model_flops

UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")


@pytest.fixture(scope="module")
def student():
    return get_generator(UP_TYPES, image_size=64, base_width=8, separable=True)


@pytest.fixture(scope="module")
def plain():
    return get_generator(UP_TYPES, image_size=64, base_width=8)


def test_the_edge_configuration_is_below_its_bar():
    student = get_generator(UP_TYPES, base_width=32, separable=True)
    assert model_flops(student) <= 2.5e9
    assert model_flops(student) == pytest.approx(1.85e9, rel=0.01), "docs/edge.md and flags say so"


def test_the_stages_are_those_of_the_plain_one(student, plain):
    def stages(generator):
        kinds = (AFFA, keras.layers.Concatenate)
        return [layer.name for layer in generator.layers if isinstance(layer, kinds)]

    assert [name for name in stages(student) if not name.startswith("concatenate")] == [
        name for name in stages(plain) if not name.startswith("concatenate")
    ]
    masks = attention_masks(student).output
    assert {key: tuple(mask.shape) for key, mask in masks.items()} == {
        key: tuple(mask.shape) for key, mask in attention_masks(plain).output.items()
    }
    assert model_flops(student) < 0.5 * model_flops(plain)


def test_no_large_3x3_convolution_is_left(student):
    kernels = {
        weight.path: tuple(weight.shape) for weight in student.weights if weight.name == "kernel"
    }
    full = {path for path, shape in kernels.items() if len(shape) == 4 and shape[:2] == (3, 3)}
    depthwise = {path for path in full if kernels[path][3] == 1}
    # From three channels, and to three.
    assert full - depthwise == {"stem/kernel", "up_final_residual/kernel"}


def test_halving_is_the_mean_of_what_is_kept(student):
    x = keras.Input((8, 8, 4))
    kept = separable_conv3(x, 6, "a")
    halved = separable_conv3(x, 6, "b", halve=True)
    both = keras.Model(x, [kept, halved])
    weights = {weight.path: weight for weight in both.weights}
    for path, weight in weights.items():
        if path.startswith("b"):
            weight.assign(weights["a" + path[1:]])
    whole, half = both(tf.random.stateless_uniform([2, 8, 8, 4], [1, 2]))
    np.testing.assert_allclose(tf.nn.avg_pool2d(whole, 2, 2, "VALID"), half, atol=1e-6)


def test_it_is_saved_and_read(student, tmp_path):
    student.save(tmp_path / "student.keras")
    again = keras.saving.load_model(tmp_path / "student.keras")
    inputs = [
        tf.random.stateless_uniform([2, 64, 64, 3], [1, 2]),
        tf.random.stateless_normal([2, 512], [3, 4]),
    ]
    np.testing.assert_allclose(again(inputs), student(inputs), atol=1e-6)


def test_files_of_plain_generators_stay_as_they_were(plain):
    assert "separable" not in str(plain.get_config())
