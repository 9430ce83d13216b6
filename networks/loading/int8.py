"""A generator in 8 bits on a processor: converted when it is loaded, and run by LiteRT."""

import os
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import tensorflow as tf

from facedancer.utils.weights.lite_files import LiteFile, need_runtime
from facedancer.utils.weights.lite_making import convert

from ..generator import EMBEDDING_SIZE
from .lite import call

# Faces at the same time: each interpreter holds the weights and a face's maps, some 200 MB.
_MOST_FACES = 8


def int8_swap(model: keras.Model, output: str) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Converts a generator: weights in 8 bits, activations rounded to 8 bits as they come.

    One face is computed at a time in each of several threads: a face's result does not depend on
    the others of its batch, nor on the number of cores.

    Args:
        model: of `get_generator`, computing in float32.
        output: the name of the picture.

    Returns:
        What `Generator.swap` is.

    Raises:
        UserError: LiteRT's runtime is missing.
    """
    need_runtime()
    target, identity = model.inputs
    content = convert(
        model,
        "swap",
        lambda target, identity: {output: model([target, identity], training=False)},
        "int8_dynamic",
        shapes={target.name: (1, *target.shape[1:]), identity.name: (1, EMBEDDING_SIZE)},
    )
    cores = os.cpu_count() or 1
    faces = min(cores, _MOST_FACES)
    free: queue.SimpleQueue[LiteFile] = queue.SimpleQueue()
    for _ in range(faces):
        free.put(LiteFile(content, cores // faces))
    pool = ThreadPoolExecutor(faces)

    def one(given: tuple[np.ndarray, np.ndarray]) -> tf.Tensor:
        network = free.get()
        try:
            return call(network, output, target=given[0][None], identity=given[1][None])
        finally:
            free.put(network)

    def swap(targets: tf.Tensor, identities: tf.Tensor) -> tf.Tensor:
        pairs = zip(np.asarray(targets), np.asarray(identities), strict=True)
        return tf.concat(list(pool.map(one, pairs)), 0)

    return swap
