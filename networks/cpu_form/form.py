"""Rebuilds a network of layers that CPUs compute faster, around the weights that it has."""

from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from ..instance_norm import InstanceNorm
from ..layers import AFFA, AdaIN
from .layers import FourPixelConv, OnePassAFFA, OnePassNorm

Inputs = keras.KerasTensor | list[keras.KerasTensor]


def on_this_device(network: keras.Model) -> Callable[[list[tf.Tensor]], list[tf.Tensor]]:
    """A network's inputs -> its outputs, as this machine computes them fastest.

    Where there is a GPU, that is the network itself. A CPU takes its `cpu_form`, and one picture
    after the other: whatever else is in a batch, a picture's results are the same bit by bit.
    """
    if _has_gpu():
        return lambda inputs: keras.tree.flatten(network(inputs, training=False))
    form = cpu_form(network)
    specs = [tf.TensorSpec(output.shape[1:], output.dtype) for output in form.outputs]

    def one(picture: list[tf.Tensor]) -> list[tf.Tensor]:
        outputs = form([part[None] for part in picture], training=False)
        return [output[0] for output in keras.tree.flatten(outputs)]

    return lambda inputs: tf.map_fn(one, inputs, fn_output_signature=specs, parallel_iterations=1)


def trained_form(network: keras.Model) -> keras.Model:
    """The model to call in a network's place where it learns: its `cpu_form`, or it itself on GPUs.

    Gradients by the weights that both share are the same within rounding; there are no second ones.
    """
    return network if _has_gpu() else cpu_form(network)


def _has_gpu() -> bool:
    return bool(tf.config.get_visible_devices("GPU"))


def cpu_form(network: keras.Model) -> keras.Model:
    """Gives the model of a network's inputs and outputs that takes fewer passes over large maps.

    Weights are shared; values and gradients are the same within rounding. It is there to be called:
    what is saved, exported, looked into or differentiated twice is the network itself.

    Args:
        network: of `get_generator` or `get_discriminator`, or one made of such a network's tensors.
    """
    # By a result's id: the layer that made it, and what from. The results stay alive meanwhile.
    made: dict[int, tuple[keras.layers.Layer, Inputs]] = {}
    alive = []

    def call(layer: keras.layers.Layer, inputs: Inputs, **options: object) -> Inputs:
        stand_in, its_inputs = _stand_in(layer, inputs, made)
        result = stand_in(its_inputs, **options)
        made[id(result)] = layer, inputs
        alive.append(result)
        return result

    return keras.models.clone_model(network, clone_function=lambda layer: layer, call_function=call)


def _stand_in(
    layer: keras.layers.Layer,
    inputs: Inputs,
    made: Mapping[int, tuple[keras.layers.Layer, Inputs]],
) -> tuple[keras.layers.Layer, Inputs]:
    """The layer to call in another's place, and its inputs; itself where nothing is gained."""
    if isinstance(layer, AFFA):
        return OnePassAFFA(layer), inputs
    if isinstance(layer, keras.layers.LeakyReLU):
        before, its_inputs = made.get(id(inputs), (None, None))
        adain, w = None, None
        if isinstance(before, AdaIN):
            adain, (normalised, w) = before, its_inputs
            before, its_inputs = made.get(id(normalised), (None, None))
        if isinstance(before, InstanceNorm) and before.compute_dtype == layer.compute_dtype:
            fused = OnePassNorm(before, adain, layer.negative_slope)
            return fused, [its_inputs, w] if adain else its_inputs
    if type(layer) is keras.layers.Conv2D and _is_for_four_pixels(layer, inputs.shape):
        return FourPixelConv(layer), inputs
    return layer, inputs


def _is_for_four_pixels(layer: keras.layers.Conv2D, shape: tuple[int | None, ...]) -> bool:
    kernel = layer.kernel_size[0]
    return (
        layer.filters <= FourPixelConv.MOST_FILTERS
        and layer.kernel_size == (kernel, kernel)
        and kernel > 1
        and kernel % 2 == 1
        and layer.padding == "same"
        and (layer.strides, layer.dilation_rate, layer.groups) == ((1, 1), (1, 1), 1)
        and layer.use_bias
        and layer.activation is keras.activations.linear
        and all(side and side % 2 == 0 for side in shape[1:3])
    )
