"""The CPU form of a network: its values, gradients and weights are the network's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.cpu_form.form import cpu_form, on_this_device
from facedancer.networks.cpu_form.layers import FourPixelConv, OnePassAFFA, OnePassNorm
from facedancer.networks.discriminator import get_discriminator
from facedancer.networks.generator import get_generator, with_attention
from facedancer.networks.instance_norm import InstanceNorm
from facedancer.networks.layers import AFFA, AdaIN

UP_TYPES = ("no_skip", "no_skip", "concat", "affa", "add", "concat")
POLICIES = ["float32", "mixed_bfloat16", "mixed_float16"]


def randomise(network, rng):
    """Gives every weight noise, so that no bias or offset is still at its first 0 or 1."""
    for weight in network.weights:
        weight.assign(weight + rng.normal(0, 0.05, weight.shape))


@pytest.fixture(autouse=True)
def _small_maps_too(monkeypatch):
    """One pass for the small maps of these tests."""
    monkeypatch.setattr(OnePassNorm, "LEAST_NUMBERS", 0)


def build(rng, **options):
    generator = get_generator(UP_TYPES, 1, 16, 64, **{"base_width": 4, **options})
    randomise(generator, rng)
    return generator


@pytest.fixture
def batch(rng):
    target = rng.uniform(-1, 1, (3, 64, 64, 3)).astype(np.float32)
    return [tf.constant(target), tf.constant(rng.normal(size=(3, 512)), tf.float32)]


def distance(found, wanted):
    """Root mean square of the difference, as a share of the wanted numbers' own."""
    found, wanted = (np.asarray(tf.cast(one, tf.float32)) for one in (found, wanted))
    return np.sqrt(np.mean(np.square(found - wanted)) / (np.mean(np.square(wanted)) + 1e-20))


def value_and_gradients(network, inputs, weights):
    @tf.function(autograph=False)
    def run():
        with tf.GradientTape() as tape:
            y = tf.cast(network(inputs, training=True), tf.float32)
            loss = 1024.0 * tf.reduce_mean(tf.sin(y))
        return y, tape.gradient(loss, weights)

    return run()


@pytest.mark.parametrize(
    ("kind", "policy"),
    [*(("generator", policy) for policy in POLICIES), ("separable", "float32"),
     ("discriminator", "float32"), ("discriminator", "mixed_bfloat16")],
)  # fmt: skip
def test_values_and_gradients_are_the_networks_own(kind, policy, batch, set_policy, rng):
    set_policy(policy)
    if kind == "discriminator":
        network, inputs = get_discriminator(64, 4), batch[0]
        randomise(network, rng)
    else:
        network, inputs = build(rng, separable=kind == "separable"), batch
    weights = [weight.value for weight in network.trainable_weights]
    form = cpu_form(network)
    assert {id(weight) for weight in form.weights} == {id(weight) for weight in network.weights}
    found, gradients = value_and_gradients(form, inputs, weights)
    wanted, expected = value_and_gradients(network, inputs, weights)
    # Rounding to 16 bits, which the form does less often, is the difference.
    near = {"float32": 1e-5, "mixed_bfloat16": 0.05, "mixed_float16": 0.01}[policy]
    assert distance(found, wanted) < near
    whole, whole_expected = (
        tf.concat([tf.reshape(one, [-1]) for one in parts], 0) for parts in (gradients, expected)
    )
    assert np.isfinite(whole).all()
    assert distance(whole, whole_expected) < 5 * near


def test_16_bits_come_nearer_to_float32_than_the_layers_do(batch, set_policy, rng):
    exact = build(rng)
    set_policy("mixed_bfloat16")
    network = get_generator(UP_TYPES, 1, 16, 64, 4)
    network.set_weights(exact.get_weights())
    wanted = exact(batch)
    # Rounded less often; the margin is for what one draw of weights may come to.
    assert distance(cpu_form(network)(batch), wanted) < 1.2 * distance(network(batch), wanted)


def test_every_layer_finds_its_stand_in(rng):
    # Wide enough that the last convolution alone has few channels.
    generator = build(rng, base_width=8)
    layers = cpu_form(generator).layers
    assert not [x for x in layers if isinstance(x, InstanceNorm | AdaIN | AFFA)]
    norms = [layer for layer in generator.layers if isinstance(layer, InstanceNorm)]
    assert sum(isinstance(layer, OnePassNorm) for layer in layers) == len(norms)
    assert sum(isinstance(layer, OnePassAFFA) for layer in layers) == 1
    assert sum(isinstance(layer, FourPixelConv) for layer in layers) == 1
    inputs = keras.Input((7, 8, 4))
    odd = keras.Model(inputs, keras.layers.Conv2D(3, 3, padding="same")(inputs))
    assert not [x for x in cpu_form(odd).layers if isinstance(x, FourPixelConv)]


def test_several_small_maps_stay_with_the_layers(batch, monkeypatch, rng):
    network = get_discriminator(64, 4)
    randomise(network, rng)
    form = cpu_form(network)
    run = tf.function(form, autograph=False)
    norms = sum(isinstance(layer, OnePassNorm) for layer in form.layers)

    def count(images):
        operations = run.get_concrete_function(images).graph.get_operations()
        return sum(operation.type == "FusedBatchNormV3" for operation in operations)

    assert count(batch[0]) == 3 * norms
    monkeypatch.setattr(OnePassNorm, "LEAST_NUMBERS", 64 * 64 * 4)
    assert count(batch[0][:2]) == 2
    np.testing.assert_allclose(form(batch[0]), network(batch[0]), rtol=1e-4, atol=1e-5)
    # One picture alone, as a swap has it, gains in any case.
    assert count(batch[0][:1]) == norms


@pytest.mark.parametrize("kernel", [3, 5])
def test_four_pixels_at_a_time_are_the_convolution(kernel, rng):
    inputs = keras.Input((6, 8, 5))
    plain = keras.Model(inputs, keras.layers.Conv2D(3, kernel, padding="same")(inputs))
    randomise(plain, rng)
    form = cpu_form(plain)
    assert any(isinstance(layer, FourPixelConv) for layer in form.layers)
    image = rng.normal(size=(2, 6, 8, 5)).astype(np.float32)
    np.testing.assert_allclose(form(image), plain(image), rtol=1e-5, atol=1e-6)


def test_the_network_is_left_as_it_was(batch, rng, tmp_path):
    generator = build(rng)
    before, config = generator(batch), generator.get_config()
    form = cpu_form(generator)
    assert generator.get_config() == config
    generator.save(tmp_path / "generator.keras")
    loaded = keras.saving.load_model(tmp_path / "generator.keras")
    np.testing.assert_array_equal(loaded(batch), before)
    # New weights are seen at once, and a form is no network to be kept.
    randomise(generator, rng)
    assert distance(form(batch), generator(batch)) < 1e-5
    with pytest.raises(NotImplementedError):
        form.save(tmp_path / "form.keras")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_swap_does_not_depend_on_its_batch(policy, batch, set_policy, rng):
    set_policy(policy)
    attending = with_attention(build(rng))
    specs = [tf.TensorSpec(tensor.shape, tf.float32) for tensor in attending.inputs]
    network = on_this_device(attending)
    run = tf.function(lambda *inputs: network(list(inputs)), input_signature=specs)
    together = run(*batch)
    for n in range(3):
        for alone, all_of_them in zip(run(*(x[n : n + 1] for x in batch)), together, strict=True):
            np.testing.assert_array_equal(alone[0], all_of_them[n])
    near = {"float32": 1e-5, "mixed_bfloat16": 0.05, "mixed_float16": 0.01}[policy]
    for one, other in zip(together, attending(batch), strict=True):
        assert distance(one, other) < near


def test_a_gpu_takes_the_network_itself(batch, monkeypatch, rng):
    generator = build(rng)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    (found,) = on_this_device(generator)(batch)
    np.testing.assert_array_equal(found, generator(batch))


def test_replicas_take_a_form_built_in_their_scope(batch, rng):
    """As training does it: gradients of two replicas are those of the whole batch."""
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        network = get_discriminator(64, 4)
        form = cpu_form(network)

    @tf.function(autograph=False)
    def gradients(images):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.sin(form(images)))
        return tape.gradient(loss, [weight.value for weight in network.trainable_weights])

    per_replica = strategy.run(gradients, args=(batch[0],))
    for one in per_replica:
        first, second = strategy.experimental_local_results(one)
        np.testing.assert_array_equal(first, second)
