"""Our networks as the released code computes them: a convolution at full side, then the pooling."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import ops

from facedancer.networks import blocks
from facedancer.networks.pooled_conv import PooledConv


class ConvThenPool(PooledConv):
    """The two steps that `PooledConv` stands for, one after the other."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """``[B, H, W, C]``, H and W even -> ``[B, H/2, W/2, filters]``."""
        return ops.average_pool(keras.layers.Conv2D.call(self, inputs), 2, 2)


@contextmanager
def plain_convolutions() -> Iterator[None]:
    """Networks that are built within the block convolve at full side; their weights are the same.

    Built so from the start, and not rebuilt: a second set of weights would count as their memory.
    """
    blocks.PooledConv = ConvThenPool
    try:
        yield
    finally:
        blocks.PooledConv = PooledConv
