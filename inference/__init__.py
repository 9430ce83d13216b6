"""Swapping faces in pictures and videos with a trained generator.

``from facedancer.inference import Swapper`` is the Python API; the commands are ``swap.py``,
``swap_image.py``, ``swap_video.py`` and ``verify.py``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .swapper import Swapper

__all__ = ["Swapper"]


def __getattr__(name: str) -> object:
    # Only when asked for: it imports TensorFlow, which reading or marking a file can do without.
    if name == "Swapper":
        from .swapper import Swapper

        return Swapper
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
