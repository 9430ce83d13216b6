"""The network benchmark at a toy size: it runs, counts the same arithmetic, and judges by bars."""

import keras
import numpy as np
import tensorflow as tf

from facedancer.benchmarks.heavy_operations import alone, heavy_operations
from facedancer.benchmarks.network_time import Settings, Times, forms, in_turns, markdown
from facedancer.networks.generator import get_generator

UP_TYPES = ("no_skip", "affa", "add", "affa", "concat")


def test_every_form_runs_in_turn():
    generator = get_generator(UP_TYPES, 1, 16, 64, 4)
    calls = forms(generator, 2)
    order = []
    noted = {n: (lambda n=n, c=c: (order.append(n), c())) for n, c in calls.items()}
    seconds = in_turns(noted, 2)
    assert order == list(calls) * 3
    assert all(len(values) == 2 and min(values) > 0 for values in seconds.values())
    swap, _, layers = (call() for call in calls.values())
    np.testing.assert_allclose(swap, layers, atol=1e-4)


def test_what_runs_alone_is_the_networks_arithmetic():
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(6, 3, strides=2, padding="same")(inputs)
    x = keras.layers.DepthwiseConv2D(3)(keras.layers.LeakyReLU()(x))
    network = keras.Model(inputs, keras.layers.Dense(5)(keras.layers.Flatten()(x)))
    kernel = tf.Variable(tf.ones([3, 3]))

    @tf.function(autograph=False)
    def run(images):
        # A product of weights alone, which is not to count.
        return network(images) * tf.reduce_sum(kernel @ kernel)

    found = heavy_operations(run.get_concrete_function(tf.TensorSpec([2, 8, 8, 4])))
    assert [operation.type for operation in found] == ["Conv2D", "DepthwiseConv2dNative", "MatMul"]
    assert np.isfinite(alone(found)())


def test_the_table_judges_by_its_bars():
    names = ("network", "convolutions alone", "layers one by one")
    fast = Times("mixed_bfloat16", 1, dict(zip(names, [(0.9, 2), (0.6, 3), (2, 4)], strict=True)))
    slow = Times("float32", 4, dict(zip(names, [(0.9, 2), (0.6, 3), (1, 4)], strict=True)))
    table = markdown(Settings(), [fast, slow])
    assert "| bfloat16, batch 1 | 900 | 600 | **1.50**; 1.8 allowed: met | 2000 " in table
    assert (
        "| float32, batch 4 | 900 | 600 | **1.50** | 1000 | **0.90**; 0.8 allowed: missed |"
        in table
    )
