"""Layers that stand for a network's own in its CPU form: each holds those, and so their weights."""

import math

import keras
import tensorflow as tf
from keras import ops

from ..instance_norm import InstanceNorm
from ..layers import AFFA, AdaIN
from .one_pass import normalise_pictures


class OnePassNorm(keras.layers.Layer):
    """`InstanceNorm`, then `AdaIN` where there is one, then LeakyReLU.

    Several small pictures go through the layers themselves: for each picture alone, starting an
    operation takes longer than computing it.

    Call it on ``x``, ``[B, H, W, C]``, or on ``[x, w]``, with a style ``[B, N]``.

    Args:
        norm: the normalisation.
        adain: None: it has no style.
        slope: LeakyReLU's; 1: it has none.
    """

    # Numbers in a picture's map: measured where both ways take the same time, batches of 4 and 10.
    LEAST_NUMBERS = 2**16

    def __init__(self, norm: InstanceNorm, adain: AdaIN | None, slope: float) -> None:
        super().__init__(dtype=norm.dtype_policy)
        self.norm, self.adain, self.slope = norm, adain, slope
        self.built = True

    def call(self, inputs: tf.Tensor | list[tf.Tensor]) -> tf.Tensor:
        """``x`` or ``[x, w]`` -> ``x``'s shape, in the layers' precision."""
        x, w = inputs if self.adain else (inputs, None)
        if self._is_small(x.shape):
            x = self.norm(x)
            x = self.adain([x, w]) if self.adain else x
            return x if self.slope == 1 else tf.nn.leaky_relu(x, self.slope)
        # In float32 under every policy.
        scale, offset = (tf.convert_to_tensor(w) for w in (self.norm.gamma, self.norm.beta))
        if self.adain:
            style_scale, style_shift = (tf.cast(part, tf.float32) for part in self.adain.style(w))
            # (x * scale + offset) * style_scale + style_shift
            scale, offset = scale * style_scale, offset * style_scale + style_shift
        else:
            pictures = tf.shape(x)[:1]
            scale, offset = (
                tf.broadcast_to(part, tf.concat([pictures, part.shape], 0))
                for part in (scale, offset)
            )
        return normalise_pictures(x, scale, offset, self.norm.epsilon, self.slope)

    def _is_small(self, shape: tf.TensorShape) -> bool:
        """True if several such maps are better taken at once; open sizes are not small."""
        batch, *sizes = shape
        return bool(batch and batch > 1 and all(sizes) and math.prod(sizes) < self.LEAST_NUMBERS)

    def compute_output_shape(self, input_shape: tuple | list) -> tuple[int | None, ...]:
        """``x``'s."""
        return tuple(input_shape[0] if self.adain else input_shape)


class OnePassAFFA(keras.layers.Layer):
    """An `AFFA` whose normalisation is a `OnePassNorm`; it is called as the layer it stands for."""

    def __init__(self, affa: AFFA) -> None:
        super().__init__(dtype=affa.dtype_policy, autocast=False)
        self.affa = affa
        self.norm = OnePassNorm(affa.norm, None, slope=1.0)
        self.built = True

    def call(self, inputs: list[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        """``[z_a, h]`` -> ``(fused, m)``."""
        return self.affa.fuse(*inputs, normalise=self.norm)

    def compute_output_spec(self, inputs: list[keras.KerasTensor]) -> tuple[keras.KerasTensor, ...]:
        """Both float32, of ``z_a``'s shape."""
        return tuple(keras.KerasTensor(inputs[0].shape, "float32") for _ in range(2))


class FourPixelConv(keras.layers.Layer):
    """A convolution to few channels, four pixels at a time: twice as fast, and the same numbers.

    oneDNN computes 16 channels where 3 are wanted. Four neighbouring pixels of 3 channels are 12,
    of a kernel one larger each way that moves by 2, most of whose further weights are 0.

    Args:
        convolution: keeps the side, its kernel's is odd. It is called on maps of even sides.
    """

    # Four times as many are still no more than 16.
    MOST_FILTERS = 4

    def __init__(self, convolution: keras.layers.Conv2D) -> None:
        super().__init__(dtype=convolution.dtype_policy)
        self.convolution = convolution
        self.built = True

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """``[B, H, W, C]``, H and W even -> ``[B, H, W, filters]``."""
        kernel, bias = self.convolution.kernel, self.convolution.bias
        # Of each pixel of the four, the kernel at its place.
        shifted = [
            ops.pad(kernel, [(y, 1 - y), (x, 1 - x), (0, 0), (0, 0)])
            for y in (0, 1)
            for x in (0, 1)
        ]
        # "SAME" is the border of the kernel's own size; oneDNN has no gradients of a given one.
        four = tf.nn.conv2d(inputs, ops.concatenate(shifted, -1), 2, "SAME")
        return tf.nn.depth_to_space(tf.nn.bias_add(four, ops.tile(bias, 4)), 2)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The side is kept."""
        return *input_shape[:-1], self.convolution.filters
