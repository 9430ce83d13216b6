"""Times of encoded frames: when they are decoded, and the one rate of an AVI."""

import math
from collections.abc import Sequence
from fractions import Fraction

from .info import VideoInfo

# A frame may come this part of a frame off its place and still count as evenly spaced.
_UNEVEN = Fraction(1, 4)


def decoding_times(shown: Sequence[int]) -> list[int]:
    """When each frame is decoded, for frames in the order of decoding.

    The times themselves, sorted and delayed by as many frames as the order of decoding asks for:
    they grow always, also across chunks, and no frame is decoded after it is shown.
    """
    ordered = sorted(shown)
    place = {pts: index for index, pts in enumerate(ordered)}
    delay = max(index - place[pts] for index, pts in enumerate(shown))
    step = max(1, ordered[1] - ordered[0]) if len(ordered) > 1 else 1
    before = [ordered[0] - step * (delay - index) for index in range(delay)]
    return (before + ordered)[: len(ordered)]


def avi_time_base(shown: Sequence[int], info: VideoInfo) -> Fraction:
    """Seconds of an AVI's frame: a frame of its average rate, where all frames lie evenly.

    Else the largest unit that keeps every time; AVI then stores empty frames between.
    """
    even = 1 / info.average_rate
    places = [pts * info.time_base / even for pts in sorted(shown)]
    slots = [round(place) for place in places]
    is_even = all(abs(place - slot) <= _UNEVEN for place, slot in zip(places, slots, strict=True))
    if is_even and len(set(slots)) == len(slots):
        return even
    return info.time_base * (math.gcd(*shown) or 1)
