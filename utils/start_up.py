"""A quick start for commands that need TensorFlow and Keras."""

import contextlib
import gc
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def quick_start() -> Iterator[None]:
    """Speeds up importing TensorFlow and Keras, and loading networks.

    Python's collector would look again and again through half a million objects that all stay.
    After the block it works as before, and leaves them out.

    Keras imports matplotlib, if there is one, to show galleries of pictures, which nothing here
    does: within the block there is none. Who plots imports it himself.
    """
    with without_collection(), _without("matplotlib"):
        yield


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
