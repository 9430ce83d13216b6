"""A convolution and the pooling after it in one, for what is halved on the way down."""

from collections.abc import Sequence

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="facedancer")
class PooledConv(keras.layers.Conv2D):
    """A convolution that keeps the side, then 2x2 means, at a fourth of the products.

    Both are linear and keep to their order only at the border. So the means go first, one pixel
    apart on the map that the convolution would see with its border of 0, and the convolution then
    visits every other of them: it computes nothing that the pooling would merge. For an even side
    that is the same. Weights and names are those of the `keras.layers.Conv2D` it stands for.
    """

    def __init__(self, filters: int, kernel_size: int | Sequence[int], **kwargs: object) -> None:
        super().__init__(filters, kernel_size, **{**kwargs, "padding": "same"})

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """``[B, H, W, C]``, H and W even -> ``[B, H/2, W/2, filters]``."""
        above, left = ((size - 1) // 2 for size in self.kernel_size)
        border = [(0, 0), (above, above), (left, left), (0, 0)]
        means = ops.average_pool(ops.pad(inputs, border), 2, 1)
        # Not by "+", which TensorFlow would not compute together with the convolution.
        return ops.add(ops.conv(means, self.kernel, strides=2), self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Half of each side."""
        batch, *sides, _ = input_shape
        return (batch, *(side and side // 2 for side in sides), self.filters)
