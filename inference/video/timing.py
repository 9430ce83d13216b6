"""Times of encoded frames: when they are decoded, and what a container can write of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .info import VideoInfo

MILLISECOND = Fraction(1, 1000)
# Matroska's two; elsewhere the unit is free.
_IN_MILLISECONDS = ("matroska", "webm")
# A frame may come this part of a frame off its place and still count as evenly spaced.
_UNEVEN = Fraction(1, 4)


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Computes when each frame is decoded, for frames in the order of decoding.

    The times themselves, sorted and delayed by as many frames as the order of decoding asks for:
    they grow always, also across chunks, and no frame is decoded after it is shown.
    """
    ordered = sorted(shown)
    place = {pts: index for index, pts in enumerate(ordered)}
    delay = max(index - place[pts] for index, pts in enumerate(shown))
    step = max(1, ordered[1] - ordered[0]) if len(ordered) > 1 else 1
    before = [ordered[0] - step * (delay - index) for index in range(delay)]
    return (before + ordered)[: len(ordered)]


@dataclass(frozen=True)
class Grid:
    """The times that a container can write: whole numbers of ``unit`` seconds after ``origin``."""

    unit: Fraction
    origin: Fraction = Fraction(0)

    def place(self, seconds: Fraction) -> int:
        """The nearest one, in units."""
        return round((seconds - self.origin) / self.unit)

    def places(self, shown: Iterable[int], time_base: Fraction) -> dict[int, int]:
        """Each time of display, in ``time_base`` -> its place. No two have the same."""
        places: dict[int, int] = {}
        earliest = None
        for pts in sorted(shown):
            place = self.place(pts * time_base)
            places[pts] = place if earliest is None else max(earliest, place)
            earliest = places[pts] + 1
        return places


def grid_of(container_format: str, shown: Sequence[int], info: VideoInfo) -> Grid:
    """The grid of FFmpeg's format of this name, for frames that are shown at these times."""
    if container_format == "avi":
        return _avi_grid(shown, info)
    return Grid(MILLISECOND if container_format in _IN_MILLISECONDS else info.time_base)


def _avi_grid(shown: Sequence[int], info: VideoInfo) -> Grid:
    """Frames of the average rate, where all lie evenly.

    Else the largest unit from a millisecond on that keeps every time; AVI then stores empty frames
    between.
    """
    even = 1 / info.average_rate
    first = min(shown) * info.time_base
    # The first frame may lie off the grid that begins at 0: it is moved there with all others,
    # rather back than on, since FFmpeg shows a picture behind empty frames too early.
    empty = max(0, round(first / even - _UNEVEN))
    grid = Grid(even, first - empty * even)
    places = [(pts * info.time_base - grid.origin) / even for pts in shown]
    is_even = all(abs(place - round(place)) <= _UNEVEN for place in places)
    if is_even and len({round(place) for place in places}) == len(places):
        return grid
    return Grid(max(MILLISECOND, info.time_base * (math.gcd(*shown) or 1)))
