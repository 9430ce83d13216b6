"""A file's own clock: where it begins, and where it jumps because recordings were joined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av

# Seconds, as FFmpeg's own program has them: by less, times run on over damage.
_BACK, _AHEAD = Fraction(1, 10), 10
# Streams of one recording lie no further apart than this in a file.
_TOGETHER = 5
_TIMED = ("video", "audio")


@dataclass(frozen=True)
class Clock:
    """Offsets of a file's times, by which they begin at 0 and go on over each jump.

    Attributes:
        start: seconds at which the first picture or sound lies.
        jumps: a stream's index -> at each jump, the number of the first packet after it (of this
            stream, empty ones not counted) and the seconds of all jumps up to there.
        is_cut: whether what lies before the start, or behind the last picture, is left out.
    """

    start: Fraction = Fraction(0)
    jumps: Mapping[int, tuple[tuple[int, Fraction], ...]] = field(default_factory=dict)
    is_cut: bool = False

    def set_right(self, packet: av.Packet, number: int) -> None:
        """Corrects the times of a stream's packet of this number, in place."""
        ahead = self.start
        for first, seconds in self.jumps.get(packet.stream_index, ()):
            if number >= first:
                ahead = self.start + seconds
        units = round(ahead / packet.time_base)
        if units:
            packet.pts = None if packet.pts is None else packet.pts - units
            packet.dts = None if packet.dts is None else packet.dts - units


def may_jump(container: av.container.InputContainer) -> bool:
    """Tells whether files of this format are joined by putting one behind the other."""
    return bool(container.format.flags & av.format.Flags.ts_discont.value)


def find_jumps(packets: Iterable[av.Packet]) -> dict[int, tuple[tuple[int, Fraction], ...]]:
    """`Clock.jumps` of a whole file's packets, in the file's order.

    The stream that comes to a jump first says how far it goes: its own times go on there without a
    gap. The others jump by the same, so that they stay in step.
    """
    jumps: list[Fraction] = []
    streams: dict[int, _Stream] = {}
    for packet in packets:
        if packet.size:
            stream = streams.setdefault(packet.stream_index, _Stream())
            others = [each for each in streams.values() if each is not stream]
            stream.take(packet, jumps, others)
    return {index: tuple(stream.found) for index, stream in streams.items() if stream.found}


class _Stream:
    """A stream's progress."""

    def __init__(self) -> None:
        self.found: list[tuple[int, Fraction]] = []
        self.passed = 0
        self.last: Fraction | None = None
        self._count = 0
        self._expected: Fraction | None = None

    def take(self, packet: av.Packet, jumps: list[Fraction], others: list["_Stream"]) -> None:
        number, self._count = self._count, self._count + 1
        is_timed = packet.stream.type in _TIMED
        # Of pictures that wait for later ones, the times of display run to and fro.
        time = packet.pts if packet.stream.type == "audio" else packet.dts
        if self._expected is None or not is_timed:
            self._pass(len(jumps), number, jumps)  # Of subtitles nobody knows when they come.
        if time is None or not is_timed:
            return
        now = time * packet.time_base
        if self._expected is not None:
            self._pass(self._nearest(now, jumps), number, jumps)
            if self._is_jump(now, others):
                jumps.append(now - self._expected)
                self._pass(len(jumps), number, jumps)
        step = packet.duration * packet.time_base if packet.duration else Fraction(0)
        self.last, self._expected = now, now + step

    def _nearest(self, now: Fraction, jumps: list[Fraction]) -> int:
        """Counts the jumps before a packet of this time, of those that others have passed."""
        expected = self._expected
        distances = {self.passed: abs(now - expected)}
        for count in range(self.passed, len(jumps)):
            expected += jumps[count]
            distances[count + 1] = abs(now - expected)
        return min(distances, key=distances.get)

    def _is_jump(self, now: Fraction, others: list["_Stream"]) -> bool:
        if now < self.last - _BACK:
            return True
        # Where the others went on meanwhile, this stream alone had nothing to show.
        went_on = any(
            other.passed == self.passed
            and other.last is not None
            and abs(other.last - now) < _TOGETHER
            for other in others
        )
        return now > self._expected + _AHEAD and not went_on

    def _pass(self, count: int, number: int, jumps: list[Fraction]) -> None:
        if count > self.passed:
            if self._expected is not None:
                further = sum(jumps[self.passed : count])
                self._expected += further
                self.last += further
            self.passed = count
            self.found.append((number, sum(jumps[:count], Fraction(0))))
