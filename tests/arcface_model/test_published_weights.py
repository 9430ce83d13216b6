"""ArcFace's published layout: names of layers that Keras numbered, and what does not fit."""

import numpy as np
import pytest

from facedancer.arcface_model.encoder import get_encoder
from facedancer.arcface_model.published_weights import import_encoder
from facedancer.utils.weights.legacy_h5 import LegacyFile
from facedancer.utils.weights.mapping import WeightMappingError

HEAD = ("batch_normalization", "dense", "batch_normalization_1")


@pytest.fixture(scope="module")
def encoder():
    return get_encoder()


@pytest.fixture
def layers(encoder):
    """A file's content: zeros, save the mean of the last layer."""
    groups = {"input_image": {}, "resnet50": {}, "OutputLayer": {}}
    for variable in encoder.weights:
        group = "OutputLayer" if variable.path.split("/")[0] in HEAD else "resnet50"
        groups[group][variable.path] = np.zeros(variable.shape, np.float32)
    groups["OutputLayer"]["batch_normalization_1/moving_mean"][:] = 3
    return groups


def file_of(layers):
    return LegacyFile(None, "2.15.0", None, layers)


def test_numbers_in_the_heads_names_do_not_matter(encoder, layers):
    head = layers["OutputLayer"]
    renamed = {"batch_normalization": "bn_7", "dense": "dense_2", "batch_normalization_1": "bn_4"}
    layers["OutputLayer"] = {
        f"{renamed[layer]}/{leaf}": values
        for (layer, leaf), values in ((name.split("/"), values) for name, values in head.items())
    }
    assignments = import_encoder(file_of(layers), encoder)
    assert len(assignments) == len(encoder.weights)
    assert {a.target for a in assignments} == {variable.path for variable in encoder.weights}
    last = encoder.get_layer("batch_normalization_1")
    np.testing.assert_array_equal(last.moving_mean.numpy(), np.full(512, 3, np.float32))


def lose(layers):
    del layers["resnet50"]["conv2_block1_1_conv/kernel"]


def add(layers):
    layers["resnet50"]["conv9/kernel"] = np.zeros((1,), np.float32)


def repeat(layers):
    layers["input_image"] = {"dense/bias": np.zeros(512, np.float32)}


def reshape(layers):
    layers["resnet50"]["conv1_conv/bias"] = np.zeros(3, np.float32)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lose, r"0 of .* left over and 1 of .* not set \(conv2_block1_1_conv/kernel\)"),
        (add, r"1 of the file's 329 weights are left over \(resnet50/conv9/kernel\) and 0"),
        (repeat, "the variable dense/bias would be used twice"),
        (reshape, r"resnet50/conv1_conv/bias has the shape \(3,\), and conv1_conv/bias wants"),
    ],
)
def test_what_does_not_fit_changes_nothing(encoder, layers, spoil, message):
    before = encoder.get_layer("dense").bias.numpy() + 1
    encoder.get_layer("dense").bias.assign(before)
    spoil(layers)
    with pytest.raises(WeightMappingError, match=message):
        import_encoder(file_of(layers), encoder)
    np.testing.assert_array_equal(encoder.get_layer("dense").bias.numpy(), before)
