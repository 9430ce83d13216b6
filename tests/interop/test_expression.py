"""The expression embedder: rebuilt from its file where that is made of plain Keras layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from facedancer.arcface_model.expression_embedder import load_expression_embedder
from facedancer.utils.errors import UserError

SIDE = 16
INITIALIZER = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out"}}
CONV = {"strides": [1, 1], "padding": "same", "use_bias": False, "kernel_initializer": INITIALIZER}


def embedder_file(keras2):
    """As Keras 2 writes a model over EfficientNet-B0: a nested backbone, a head behind it."""
    draw = np.random.default_rng(5)

    def numbers(*shape):
        return draw.normal(0, 0.5, shape).astype(np.float32)

    def norm(x, width, name):
        weights = [("gamma", 1 + numbers(width)), ("beta", numbers(width))]
        weights += [("moving_mean", numbers(width)), ("moving_variance", 1 + numbers(width) ** 2)]
        config = {"axis": [3], "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}
        return inner.add("BatchNormalization", [x], weights, name=name, **config)

    inner = keras2.Keras2Model("efficientnetb0")
    x = inner.input([SIDE, SIDE, 3], name="input_1")
    x = inner.add("Rescaling", [x], name="rescaling", scale=1 / 255, offset=0.0)
    x = inner.add("Normalization", [x], name="normalization", axis=[3], mean=None, variance=None)
    # Keras 2 gives these no layer's name.
    inner.weights["normalization"] = {
        "mean:0": np.array([0.4, 0.5, 0.6], np.float32),
        "variance:0": np.array([0.1, 0.2, 0.3], np.float32),
        "count:0": np.array(0, np.int64),
    }
    x = inner.add("ZeroPadding2D", [x], name="stem_conv_pad", padding=[[0, 1], [0, 1]])
    config = {**CONV, "filters": 8, "kernel_size": [3, 3], "strides": [2, 2], "padding": "valid"}
    x = inner.add("Conv2D", [x], [("kernel", numbers(3, 3, 3, 8))], name="stem_conv", **config)
    x = norm(x, 8, "stem_bn")
    x = inner.add("Activation", [x], name="stem_activation", activation="swish")
    shortcut = x
    config = {**CONV, "kernel_size": [3, 3], "depth_multiplier": 1, "activation": "linear"}
    weights = [("depthwise_kernel", numbers(3, 3, 8, 1))]
    x = inner.add("DepthwiseConv2D", [x], weights, name="block1a_dwconv", **config)
    squeezed = inner.add("GlobalAveragePooling2D", [x], name="block1a_se_squeeze", keepdims=False)
    squeezed = inner.add("Reshape", [squeezed], name="block1a_se_reshape", target_shape=[1, 1, 8])
    config = {
        **CONV,
        "filters": 8,
        "kernel_size": [1, 1],
        "activation": "sigmoid",
        "use_bias": True,
    }
    weights = [("kernel", numbers(1, 1, 8, 8)), ("bias", numbers(8))]
    gate = inner.add("Conv2D", [squeezed], weights, name="block1a_se_expand", **config)
    x = inner.add("Multiply", [x, gate], name="block1a_se_excite")
    x = inner.add("Dropout", [x], name="block1a_drop", rate=0.2, noise_shape=[None, 1, 1, 1])
    x = inner.add("Add", [x, shortcut], name="block1a_add")
    x = norm(x, 8, "top_bn")
    inner.outputs = [inner.add("GlobalAveragePooling2D", [x], name="avg_pool", keepdims=False)]

    outer = keras2.Keras2Model("expression")
    picture = outer.input([SIDE, SIDE, 3], name="input_2")
    outer.layers.append(
        {**inner.description(), "name": "efficientnetb0", "inbound_nodes": [[[picture, 0, 0, {}]]]}
    )
    outer.weights["efficientnetb0"] = {
        name: values for weights in inner.weights.values() for name, values in weights.items()
    }
    config = {"units": 16, "activation": "linear", "use_bias": True}
    weights = [("kernel", numbers(8, 16)), ("bias", numbers(16))]
    x = outer.add("Dense", ["efficientnetb0"], weights, name="embedding", **config)
    # What a nested model was called for gives its second result, as Keras counts.
    outer.layer("embedding")["inbound_nodes"] = [[["efficientnetb0", 1, 0, {}]]]
    outer.outputs = [x]
    return outer


def by_hand(weights, pictures):
    """The same network out of TensorFlow's functions alone."""
    w = {name.removesuffix(":0"): v for group in weights.values() for name, v in group.items()}

    def norm(x, name):
        parts = (
            w[f"{name}/{part}"] for part in ("moving_mean", "moving_variance", "beta", "gamma")
        )
        return tf.nn.batch_normalization(x, *parts, 0.001)

    x = (pictures / 255 - w["mean"]) / np.sqrt(w["variance"])
    x = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]])
    x = tf.nn.silu(norm(tf.nn.conv2d(x, w["stem_conv/kernel"], 2, "VALID"), "stem_bn"))
    kernel = w["block1a_dwconv/depthwise_kernel"]
    y = tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME")
    squeezed = tf.reduce_mean(y, [1, 2])
    gate = squeezed @ w["block1a_se_expand/kernel"][0, 0] + w["block1a_se_expand/bias"]
    y = norm(y * tf.sigmoid(gate)[:, None, None] + x, "top_bn")
    return tf.reduce_mean(y, [1, 2]) @ w["embedding/kernel"] + w["embedding/bias"]


def test_it_computes_what_its_file_says(keras2, tmp_path):
    model = embedder_file(keras2)
    model.write(tmp_path / "embedder.h5")
    embedder = load_expression_embedder(tmp_path / "embedder.h5")
    assert not embedder.trainable_variables
    pictures = np.random.default_rng(1).uniform(0, 255, (2, SIDE, SIDE, 3)).astype(np.float32)
    expected = by_hand(model.weights, pictures)
    np.testing.assert_allclose(embedder(pictures, training=False), expected, rtol=1e-4, atol=1e-5)

    embedder.save(tmp_path / "ours.keras")
    again = load_expression_embedder(tmp_path / "ours.keras")
    np.testing.assert_allclose(again(pictures, training=False), expected, rtol=1e-4, atol=1e-5)


def lambda_layer(model):
    model.layer("embedding").update(class_name="Lambda")


def tensorflow_call(model):
    model.layer("embedding").update(class_name="TFOpLambda")


def custom_activation(model):
    model.layer("embedding")["config"]["activation"] = {"class_name": "function", "config": "f"}


def unknown_activation(model):
    model.layer("embedding")["config"]["activation"] = "os.system"


def giant(model):
    model.layer("embedding")["config"]["units"] = 10**9


def unknown_argument(model):
    model.layer("embedding")["config"]["temperature"] = 1.0


def weight_missing(model):
    del model.weights["efficientnetb0"]["stem_conv/kernel:0"]


def weight_extra(model):
    model.weights["embedding"]["embedding/scale:0"] = np.ones(3, np.float32)


def no_vector(model):
    model.outputs = ["efficientnetb0", "embedding"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda_layer, "the layer embedding is a Lambda, which is no plain Keras layer"),
        (tensorflow_call, "is a TFOpLambda, which is no plain"),
        (custom_activation, "activation that is no number or word"),
        (unknown_activation, "unknown activation os.system"),
        (giant, "claims 1000000000 units"),
        (unknown_argument, "temperature"),
        (weight_missing, "1 of the network's .* not set"),
        (weight_extra, r"left over \(embedding/embedding/scale\)"),
        (no_vector, "takes a picture and returns a vector"),
    ],
)
def test_what_was_found_is_said_otherwise(keras2, tmp_path, spoil, message):
    model = embedder_file(keras2)
    spoil(model)
    model.write(tmp_path / "embedder.h5")
    with pytest.raises(UserError, match=message) as refusal:
        load_expression_embedder(tmp_path / "embedder.h5")
    assert "\n" not in str(refusal.value)


def test_a_chain_of_layers(keras2, tmp_path):
    kernel = np.random.default_rng(0).normal(0, 1, (48, 5)).astype(np.float32)
    chain = [
        {"class_name": "Flatten", "config": {"name": "flat", "batch_input_shape": [None, 4, 4, 3]}},
        {"class_name": "Dense", "config": {"name": "out", "units": 5, "use_bias": False}},
    ]
    description = {"class_name": "Sequential", "config": {"name": "chain", "layers": chain}}
    groups = {"flat": {}, "out": {"out/kernel:0": kernel}}
    keras2.write_file(tmp_path / "chain.h5", groups, description)
    pictures = np.ones((1, 4, 4, 3), np.float32)
    embedder = load_expression_embedder(tmp_path / "chain.h5")
    np.testing.assert_allclose(embedder(pictures), kernel.sum(0)[None], rtol=1e-5)


def test_other_keras_models_are_refused(tmp_path):
    other = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    other.save(tmp_path / "other.keras")
    with pytest.raises(UserError, match="takes a picture and returns a vector"):
        load_expression_embedder(tmp_path / "other.keras")
