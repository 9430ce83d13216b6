"""A quick start for commands that need TensorFlow and Keras."""

import contextlib
import gc
import sys
from collections.abc import Iterator

_UNUSED = ("matplotlib", "pandas", "scipy")


@contextlib.contextmanager
def quick_start() -> Iterator[None]:
    """Speeds up importing TensorFlow and Keras, and loading networks.

    Python's collector would look again and again through half a million objects that all stay.
    After the block it works as before, and leaves them out.

    Keras and TensorFlow import matplotlib, pandas and scipy, if there are any, for galleries of
    pictures and for kinds of data that nothing here gives them: within the block there are none.
    Who needs them imports them himself.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(without_collection())
        for package in _UNUSED:
            stack.enter_context(_without(package))
        yield


@contextlib.contextmanager
def tracing_for_one_call() -> Iterator[None]:
    """Leaves TensorFlow's graphs as they are traced: rewriting takes longer than one call gains.

    For what is first called in the block; results differ from others within rounding.
    """
    import tensorflow as tf

    key = "disable_meta_optimizer"
    before = tf.config.optimizer.get_experimental_options().get(key, False)
    tf.config.optimizer.set_experimental_options({key: True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({key: before})


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Lets garbage wait; what is made in the block is never looked through again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


@contextlib.contextmanager
def _without(package: str) -> Iterator[None]:
    """Hides a package that is not yet imported."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None
    try:
        yield
    finally:
        del sys.modules[package]
