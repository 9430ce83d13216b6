"""Weights that are rounded once give the very results of those that are rounded at every call."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.cpu_form.ready_weights import with_ready_weights
from facedancer.networks.generator import attention_masks, get_generator, up_types_of

UP_TYPES = ["affa", "concat", "affa", "add", "concat"]


@pytest.mark.parametrize("separable", [False, True])
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_results_are_the_same_bits(policy, separable, set_policy, rng):
    set_policy(policy)
    network = get_generator(UP_TYPES, 1, 16, 64, 4, separable)
    set_policy("float32")
    ready = with_ready_weights(network)
    target = tf.constant(rng.uniform(-1, 1, (2, 64, 64, 3)), tf.float32)
    inputs = [target, tf.constant(rng.normal(size=(2, 512)), tf.float32)]
    np.testing.assert_array_equal(ready(inputs), network(inputs))
    low = policy.removeprefix("mixed_")
    kinds = {weight.path.split("/")[0]: weight.dtype for weight in ready.weights}
    assert kinds["down_32_residual" if not separable else "down_32_residual_depthwise"] == low
    assert kinds["mapping_1"] == kinds["up_64_adain"] == low
    assert kinds["up_64_norm"] == kinds["32x32"] == kinds["up_final_residual"] == "float32"
    assert up_types_of(ready) == UP_TYPES
    assert len(attention_masks(ready)(inputs)) == 2


def test_float32_is_left_alone():
    network = get_generator(UP_TYPES, 1, 16, 64, 4)
    assert with_ready_weights(network) is network
