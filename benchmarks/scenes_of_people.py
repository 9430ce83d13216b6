"""Short clips in which it is easy to swap the wrong person: who is where in every frame.

A scene says whom a swap is to find, so that any way of following people can be judged by it.
`following.py` draws the scenes with faces of the lab; tests make them up of numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import hypot

WIDTH, HEIGHT = 640, 300
SIDE = 200.0
LEFT, MIDDLE, RIGHT = 160.0, 320.0, 480.0


@dataclass(frozen=True)
class Shown:
    """A person in a frame.

    Attributes:
        person: who, from 0.
        x: pixels, the middle of their picture.
        y: likewise.
        side: of their picture, in pixels.
        part: how much of them is seen through what else is there, 0..1.
    """

    person: int
    x: float
    y: float = HEIGHT / 2
    side: float = SIDE
    part: float = 1.0


@dataclass(frozen=True)
class Moment:
    """A frame.

    Attributes:
        shown: who is there, those behind first.
        grey: the background's.
        light: a gain and an offset of all pixels.
    """

    shown: tuple[Shown, ...] = ()
    grey: int = 90
    light: tuple[float, float] = (1.0, 0.0)

    @property
    def seen(self) -> tuple[Shown, ...]:
        """Those who are neither hidden by others nor hardly there."""
        there = [one for one in self.shown if one.part >= 0.5]
        return tuple(
            one
            for place, one in enumerate(there)
            if not any(hypot(o.x - one.x, o.y - one.y) < 0.3 * o.side for o in there[place + 1 :])
        )


@dataclass(frozen=True)
class Scene:
    """A clip and what is asked of it.

    Attributes:
        moments: its frames.
        times: of the frames, in seconds.
        which: ``"nth"`` (the first from the left), ``"largest"``, ``"reference"`` (a photograph of
            person 0) or ``"mapping"`` (of each of ``people``, with an identity for each).
        people: who is to be swapped, and nobody else.
        unclear: frames in which nobody can say who is seen.
    """

    moments: Sequence[Moment]
    times: Sequence[float]
    which: str
    people: tuple[int, ...] = (0,)
    unclear: frozenset[int] = field(default_factory=frozenset)


def _scene(
    frames: int,
    moment: Callable[[int], Moment],
    which: str,
    rate: float = 25.0,
    people: tuple[int, ...] = (0,),
    unclear: Sequence[int] = (),
) -> Scene:
    moments = [moment(number) for number in range(frames)]
    times = [number / rate for number in range(frames)]
    return Scene(moments, times, which, people, frozenset(unclear))


def _pair(first: Shown | None, second: Shown | None = None, **more: object) -> Moment:
    return Moment(tuple(one for one in (first, second) if one is not None), **more)


def _away(n: int) -> Moment:
    return _pair(None if 20 <= n < 50 else Shown(0, LEFT), Shown(1, RIGHT))


def _alone_away(n: int) -> Moment:
    """The chosen person leaves, somebody else takes the very place, and both are there at last."""
    there = Shown(1, LEFT + 10) if 25 <= n < 45 else Shown(0, LEFT) if n < 20 or n >= 50 else None
    return _pair(there, Shown(1, RIGHT) if n >= 50 else None)


def _quiet_cut(n: int) -> Moment:
    return _pair(Shown(0, MIDDLE)) if n < 50 else _pair(Shown(1, MIDDLE - 3), grey=92)


def _same_place(n: int) -> Moment:
    return _pair(Shown(0 if n < 50 else 1, MIDDLE))


def _dissolve(n: int) -> Moment:
    part = min(max((n - 49) / 16, 0.0), 1.0)
    return _pair(
        Shown(0, MIDDLE) if part < 1 else None, Shown(1, MIDDLE, part=part) if part else None
    )


def _back_and_forth(length: int) -> Callable[[int], Moment]:
    return lambda n: _pair(
        Shown((n // length) % 2, MIDDLE - 6 * ((n // length) % 2)),
        grey=90 + 3 * ((n // length) % 2),
    )


def _inserted(n: int) -> Moment:
    """Three frames of somebody else."""
    return _pair(Shown(1, MIDDLE - 12) if 30 <= n < 33 else Shown(0, MIDDLE))


def _flash(n: int) -> Moment:
    light = (1.5, 60.0) if n == 30 else (1.0, 0.0)
    return _pair(Shown(0, LEFT), Shown(1, RIGHT), light=light)


def _white(n: int) -> Moment:
    return _pair(Shown(0, LEFT), Shown(1, RIGHT), light=(0.0, 255.0) if n == 30 else (1.0, 0.0))


def _fade(n: int) -> Moment:
    gain = min(1.0, max(0.0, abs(n - 40) / 15 - 0.3))
    return _pair(Shown(0, LEFT), Shown(1, RIGHT), light=(gain, 0.0))


def _crossing(n: int) -> Moment:
    shift = 320 * n / 79
    return _pair(Shown(0, LEFT + shift), Shown(1, RIGHT - shift, side=1.15 * SIDE))


def _slow(step: float) -> Callable[[int], Moment]:
    return lambda n: _pair(
        Shown(0, 110 + step * n, side=0.7 * SIDE, y=80),
        Shown(1, 530 - step * n, side=0.7 * SIDE, y=220),
    )


def _lapse(n: int) -> Moment:
    return _pair(Shown(0, 110 + 60 * n, side=SIDE), Shown(1, 530 - 55 * n, side=0.6 * SIDE, y=230))


def _swapped_places(n: int) -> Moment:
    return _pair(Shown(n % 2, LEFT), Shown(1 - n % 2, RIGHT))


def _inset(n: int) -> Moment:
    small = Shown(1, 560, 70, 110) if n < 40 else Shown(0, 560, 70, 110)
    return _pair(Shown(0, MIDDLE - 60) if n < 40 else Shown(1, MIDDLE - 60), small, grey=90)


def _largest(n: int) -> Moment:
    """The other one comes nearer, and is alone for a while."""
    first = None if 40 <= n < 60 else Shown(0, LEFT, side=SIDE)
    return _pair(first, Shown(1, RIGHT, side=150 + 1.6 * n))


_UNEVEN = (0.0, 0.04, 0.6, 0.64, 0.68, 1.4, 1.9, 1.94, 2.6, 2.64, 3.4, 3.9)
_UNCLEAR_DISSOLVE = range(50, 65)

SCENES: dict[str, Scene] = {
    "leaves for 1.2 s (nth)": _scene(75, _away, "nth"),
    "leaves, another takes the place (nth)": _scene(75, _alone_away, "nth"),
    "another one comes nearer (largest)": _scene(75, _largest, "largest"),
    "quiet cut (reference)": _scene(100, _quiet_cut, "reference"),
    "quiet cut (nth)": _scene(100, _quiet_cut, "nth"),
    "quiet cut (largest)": _scene(100, _quiet_cut, "largest"),
    "cut, the same place (reference)": _scene(100, _same_place, "reference"),
    "dissolve (reference)": _scene(115, _dissolve, "reference", unclear=_UNCLEAR_DISSOLVE),
    "dissolve (nth)": _scene(115, _dissolve, "nth", unclear=_UNCLEAR_DISSOLVE),
    "back and forth, 24 frames (reference)": _scene(96, _back_and_forth(24), "reference"),
    "back and forth, 24 frames (nth)": _scene(96, _back_and_forth(24), "nth"),
    "back and forth, 6 frames (nth)": _scene(60, _back_and_forth(6), "nth"),
    "three frames of another (reference)": _scene(60, _inserted, "reference"),
    "one flash frame (nth)": _scene(60, _flash, "nth"),
    "one flash frame (reference)": _scene(60, _flash, "reference"),
    "one white frame (nth)": _scene(60, _white, "nth", unclear=[30]),
    "to black and back (nth)": _scene(80, _fade, "nth", unclear=range(26, 55)),
    "to black and back (reference)": _scene(80, _fade, "reference", unclear=range(26, 55)),
    "two people cross (nth)": _scene(80, _crossing, "nth", unclear=range(24, 57)),
    "two people cross (reference)": _scene(80, _crossing, "reference", unclear=range(24, 57)),
    "two people cross (mapping)": _scene(
        80, _crossing, "mapping", people=(0, 1), unclear=range(24, 57)
    ),
    "back and forth, 24 frames (mapping)": _scene(
        96, _back_and_forth(24), "mapping", people=(0, 1)
    ),
    "places swapped each frame, 1 a second (mapping)": _scene(
        12, _swapped_places, "mapping", rate=1, people=(0, 1)
    ),
    "2 frames a second (nth)": _scene(11, _slow(36), "nth", rate=2),
    "1 frame a second (nth)": _scene(8, _slow(60), "nth", rate=1),
    "time lapse, one frame in 10 s (largest)": _scene(8, _lapse, "largest", rate=0.1),
    "places swapped each frame, 1 a second (nth)": _scene(12, _swapped_places, "nth", rate=1),
    "uneven frames (nth)": Scene([_slow(36)(n) for n in range(12)], _UNEVEN, "nth"),
    "picture in picture (reference)": _scene(80, _inset, "reference"),
    "picture in picture (nth)": _scene(80, _inset, "nth"),
}
