"""Instance normalisation, a style and LeakyReLU in one pass over the map each way.

oneDNN's batch normalisation of one picture alone is its instance normalisation: it reads and writes
the map in its own precision, with statistics in float32, and a style's scale and shift go into its
scale and offset. So pictures are taken one after the other, which costs a CPU nothing: one picture
keeps all its cores busy.
"""

import functools
from collections.abc import Callable, Sequence
from typing import NoReturn

import tensorflow as tf

# A map and two numbers for each of its channels, of a batch or of one picture.
Parts = tuple[tf.Tensor, tf.Tensor, tf.Tensor]

# Up to so many pictures are written out in the graph; more would make it large.
_MOST_WRITTEN_OUT = 16


def normalise_pictures(
    x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: float, slope: float = 1.0
) -> tf.Tensor:
    """Takes each channel of each picture to mean 0 and variance 1, scales, shifts and activates it.

    It has first derivatives alone, `InstanceNorm` the others too.

    Args:
        x: ``[B, H, W, C]`` in float32, bfloat16 or float16; all sizes but C may be open.
        scale: ``[B, C]`` float32.
        offset: ``[B, C]`` float32.
        epsilon: added to the variance.
        slope: LeakyReLU's, above 0; 1: there is none.

    Returns:
        ``x``'s shape and dtype, rounded once before the activation. A picture's result does not
        depend on the others of its batch.

    Raises:
        NotImplementedError: when its derivatives are differentiated.
    """

    @tf.custom_gradient
    def normalise(
        x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], Parts]]:
        y, mean, variance = _one_by_one(functools.partial(_forward, epsilon), (x, scale, offset))
        if slope != 1:
            y = tf.nn.leaky_relu(y, slope)

        @tf.custom_gradient
        def gradient(pull: tf.Tensor, y: tf.Tensor, *parts: tf.Tensor) -> tuple[Parts, Callable]:
            if slope != 1:
                # The activation keeps signs: its result tells as much as what went in.
                pull = tf.raw_ops.LeakyReluGrad(gradients=pull, features=y, alpha=slope)
            return _one_by_one(functools.partial(_backward, epsilon), (pull, *parts)), _refuse

        return y, lambda pull: gradient(pull, y, x, scale, mean, variance)

    return normalise(x, scale, offset)


def _refuse(*_: tf.Tensor) -> NoReturn:
    raise NotImplementedError("the CPU form has no second derivatives: use the network itself")


def _forward(epsilon: float, x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) -> Parts:
    """One picture's result, and what its backward pass wants of the statistics."""
    unused = tf.zeros([0])
    y, _, _, mean, variance, _ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=scale,
        offset=offset,
        mean=unused,
        variance=unused,
        epsilon=epsilon,
        is_training=True,
    )
    return y, mean, variance


def _backward(
    epsilon: float,
    pull: tf.Tensor,
    x: tf.Tensor,
    scale: tf.Tensor,
    mean: tf.Tensor,
    variance: tf.Tensor,
) -> Parts:
    """One picture's gradients by x, scale and offset."""
    by_x, by_scale, by_offset, *_ = tf.raw_ops.FusedBatchNormGradV3(
        y_backprop=pull,
        x=x,
        scale=scale,
        reserve_space_1=mean,
        reserve_space_2=variance,
        reserve_space_3=tf.zeros([0]),
        epsilon=epsilon,
        is_training=True,
    )
    return by_x, by_scale, by_offset


def _one_by_one(function: Callable[..., Parts], batches: Sequence[tf.Tensor]) -> Parts:
    """``function`` of one picture after the other, joined along the batch.

    It takes and gives a map as ``[1, H, W, C]``, and numbers of channels as ``[C]``. Neither
    `tf.split` along the batch nor a slice copies anything.
    """
    count = batches[0].shape[0]
    if not count or count > _MOST_WRITTEN_OUT:
        return _in_a_loop(function, batches)
    apart = [tf.split(x, count) if _is_map(x) else tf.unstack(x) for x in batches]
    results = [function(*picture) for picture in zip(*apart, strict=True)]
    return tuple(
        tf.concat(parts, 0) if _is_map(parts[0]) else tf.stack(parts)
        for parts in zip(*results, strict=True)
    )


def _in_a_loop(function: Callable[..., Parts], batches: Sequence[tf.Tensor]) -> Parts:
    """`_one_by_one` for open or large batches; no `tf.map_fn`, which copies what it takes apart."""
    x = batches[0]
    count = tf.shape(x)[0]
    of_channels = (tf.float32, x.shape[-1:])
    arrays = [
        tf.TensorArray(dtype, count, element_shape=shape)
        for dtype, shape in ((x.dtype, x.shape[1:]), of_channels, of_channels)
    ]

    def take_picture(index: tf.Tensor, *arrays: tf.TensorArray) -> tuple:
        picture = (x[index : index + 1] if _is_map(x) else x[index] for x in batches)
        written = [
            array.write(index, result[0] if _is_map(result) else result)
            for array, result in zip(arrays, function(*picture), strict=True)
        ]
        return index + 1, *written

    _, *arrays = tf.while_loop(
        lambda index, *_: index < count, take_picture, (0, *arrays), parallel_iterations=1
    )
    joined = [array.stack() for array in arrays]
    for batch in joined:
        batch.set_shape([x.shape[0], *batch.shape[1:]])
    return tuple(joined)


def _is_map(x: tf.Tensor) -> bool:
    return x.shape.rank == 4
