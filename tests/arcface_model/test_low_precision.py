"""An encoder whose maps are bfloat16: the same names, nearly the same numbers, no cast weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from facedancer.arcface_model.backbones import finished, get_backbone
from facedancer.arcface_model.dlib_resnet import get_dlib_encoder
from facedancer.arcface_model.encoder import encode
from facedancer.arcface_model.folding import fold_normalisations
from facedancer.arcface_model.low_precision import in_bfloat16


@pytest.mark.parametrize(
    "make",
    [lambda: finished("compact", 64, get_backbone("compact", 64)), get_dlib_encoder],
    ids=["compact", "dlib"],
)
def test_codes_and_gradients_move_by_rounding(make):
    keras.utils.set_random_seed(1)
    folded = fold_normalisations(make())
    rounded = in_bfloat16(folded)
    assert not rounded.trainable_variables
    images = tf.constant(np.random.default_rng(1).uniform(-1, 1, (2, 64, 64, 3)), tf.float32)

    def run(network: keras.Model) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(images)
            codes = encode(network, images)
            total = tf.add_n([tf.norm(code) for code in codes.values()])
        return {**codes, "gradient": tape.gradient(total, images)}

    found, wanted = run(rounded), run(folded)
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name].dtype == tf.float32
        error = np.linalg.norm(found[name] - value) / np.linalg.norm(value)
        assert 0 < error < (0.1 if name == "gradient" else 0.02), name


def test_pictures_and_vectors_stay_float32():
    image = keras.Input((8, 8, 3))
    x = layers.Rescaling(2.0, name="before")(image)
    x = layers.Conv2D(4, 3, name="convolution")(x)
    x = layers.BatchNormalization(name="statistics")(layers.ReLU(name="map")(x))
    vector = layers.GlobalAveragePooling2D(name="pooled")(x)
    network = keras.Model(image, {"embedding": layers.Dense(5, name="dense")(vector), "block": x})
    rounded = in_bfloat16(network)
    computed = {layer.name: layer.compute_dtype for layer in rounded.layers[1:]}
    assert [name for name, dtype in computed.items() if dtype == "bfloat16"] == [
        *("convolution", "map", "statistics"),
    ]
    assert rounded.get_layer("convolution").kernel.dtype == "bfloat16"
    assert rounded.get_layer("statistics").moving_variance.dtype == "float32"
