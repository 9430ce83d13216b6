"""Swapping faces in pictures and videos with a trained generator.

``from facedancer.inference import Swapper`` is the Python API; the commands are ``swap.py``,
``swap_image.py``, ``swap_video.py`` and ``verify.py``.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .blending.blender import Blending
    from .faces.choosing import Choice, Role
    from .identity_networks import NoFaceError
    from .jobs.outcome import Outcome
    from .jobs.settings import SwapSettings
    from .marking.marker import Marking
    from .swap_result import SwapResult
    from .swapper import Swapper
    from .video.encoding import VideoSettings
    from .video.excerpt import Excerpt

# Where each lies. They come only when asked for: they import TensorFlow, which reading or marking a
# file can do without.
_PLACES = {
    "Swapper": "swapper",
    "SwapResult": "swap_result",
    "NoFaceError": "identity_networks",
    "SwapSettings": "jobs.settings",
    "Outcome": "jobs.outcome",
    "Choice": "faces.choosing",
    "Role": "faces.choosing",
    "Blending": "blending.blender",
    "Marking": "marking.marker",
    "VideoSettings": "video.encoding",
    "Excerpt": "video.excerpt",
}

__all__ = [
    "Blending",
    "Choice",
    "Excerpt",
    "Marking",
    "NoFaceError",
    "Outcome",
    "Role",
    "SwapResult",
    "SwapSettings",
    "Swapper",
    "VideoSettings",
]


def __getattr__(name: str) -> object:
    if name in _PLACES:
        return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
