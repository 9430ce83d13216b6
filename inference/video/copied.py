"""Copies of the input's sound, subtitles, cover, fonts and tags."""

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from .clock import Clock
from .container import DAMAGE, open_container, video_stream
from .left_behind import TIMECODE, has_timecode, own_tags_left_out, stream_tags

_COPIED = ("audio", "subtitle")
# What AVI calls AAC whose packets have heads.
_ADTS = "\x10\x16\0\0"
_COVER = av.stream.Disposition.attached_pic
_CHAPTERS = av.stream.Disposition.timed_thumbnails
# Codec of a cover -> what Matroska, which holds it as a file, calls that.
_COVER_FILES = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}
_NOT_HELD = "which {} does not hold"
_NOT_COPIED = "which is not copied"


class CopiedStreams:
    """The sound and subtitles of a source, copied packet by packet.

    Args:
        source: open; of what is copied, nothing has been read.
        output: open, without a header yet.
        pictures: the output's stream of the pictures that were swapped, which gets their tags.
        clock: of the source, by which the pictures' times were corrected too.
        covers: of the source, see `read_covers`.
        end: of an excerpt, the seconds at which it ends; None: the source is copied whole.

    Attributes:
        notes: what could not be taken over, a line each; complete after `packets`.
        places: the index of each stream, the pictures' too -> its index in the output.
    """

    def __init__(
        self,
        source: av.container.InputContainer,
        output: av.container.OutputContainer,
        pictures: av.VideoStream,
        clock: Clock,
        covers: Mapping[int, bytes],
        end: Fraction | None = None,
    ) -> None:
        self._end = end
        self.notes: list[str] = []
        self._source = source
        self._output = output
        self._clock = clock
        self._streams: dict[int, av.stream.Stream] = {}
        self._covers: list[av.Packet] = []
        swapped = video_stream(source)
        pictures.metadata.update(stream_tags(swapped.metadata))
        self._pictures = pictures
        for stream in source.streams:
            if stream is not swapped:
                reason = self._take(stream, covers.get(stream.index))
                if reason:
                    self.notes.append(f"left out: {_describe(stream)}, {reason}")
        copies = {swapped.index: pictures, **self._streams}
        self.places = {index: copy.index for index, copy in copies.items()}

    def describe(self) -> None:
        """Takes over the container's tags and chapters."""
        self._output.metadata.update(own_tags_left_out(self._source.metadata))
        chapters = self._source.chapters()
        if self._end is not None:
            self._leave_timecode()
            chapters = list(filter(None, map(self._moved, chapters)))
        if chapters:
            self._output.set_chapters(chapters)

    def packets(self) -> Iterator[av.Packet]:
        """The packets, in the source's order, their streams set to the output's."""
        yield from self._covers
        if not self._streams:
            return
        last: dict[int, int] = {}
        counts = Counter[int]()
        source = self._source
        try:
            for packet in source.demux([source.streams[index] for index in self._streams]):
                if not packet.size:  # They only flush decoders.
                    continue
                index = packet.stream_index
                self._clock.set_right(packet, counts[index])
                counts[index] += 1
                time = packet.pts if packet.dts is None else packet.dts
                # A time that runs backwards is a damaged file's.
                if time is None or time < last.get(index, time):
                    continue
                last[index] = time
                packet.stream = self._streams[index]
                if self._end is None or self._is_within(packet):
                    yield packet
        except DAMAGE as error:
            self.notes.append(f"sound and subtitles end early: the input is damaged ({error})")

    def _leave_timecode(self) -> None:
        """Leaves out the file's timecode: an excerpt begins at another one."""
        for held in (self._output.metadata, self._pictures.metadata):
            for name in [name for name in held if name.lower() == TIMECODE]:
                del held[name]
        if has_timecode(self._source):
            self.notes.append("left out: the timecode, which the excerpt does not begin with")

    def _moved(self, chapter: dict[str, Any]) -> dict[str, Any] | None:
        """A chapter by an excerpt's clock; None where nothing of it is left."""
        ahead, base = self._clock.start, chapter["time_base"]
        start = max(round(chapter["start"] - ahead / base), 0)
        end = min(round(chapter["end"] - ahead / base), round(self._end / base))
        return {**chapter, "start": start, "end": end} if start < end else None

    def _is_within(self, packet: av.Packet) -> bool:
        """Tells whether an excerpt holds a packet; of a subtitle, what lies before 0 is cut off."""
        time = packet.pts if packet.dts is None else packet.dts
        if time * packet.time_base >= self._end:
            return False
        if time < 0 and packet.stream.type == "subtitle" and packet.duration + time > 0:
            packet.duration += time
            packet.pts = packet.dts = time = 0
        return time >= 0

    def _take(self, stream: av.stream.Stream, cover: bytes | None) -> str:
        """Adds a stream to the output; else says why not."""
        name = self._output.format.name
        not_held = _NOT_HELD.format(name)
        if stream.type in _COPIED:
            if not _is_held(stream, name):
                return not_held
            copy = _add(self._output, stream)
            copy.metadata.update(stream_tags(stream.metadata))
            copy.disposition = stream.disposition
            self._streams[stream.index] = copy
            return ""
        if stream.type == "attachment":
            if name != "matroska":
                return not_held
            self._output.add_attachment(stream.name, stream.mimetype or "", stream.data)
            return ""
        if cover is not None:
            return "" if self._take_cover(stream, cover) else not_held
        if stream.type == "video" and not stream.disposition & _COVER:
            return "in which the faces would be as they were: only the first video is swapped"
        # Of a timecode, and of a track that only names the chapters, `left_behind` tells.
        return "" if TIMECODE in stream.metadata or self._names_chapters(stream) else _NOT_COPIED

    def _take_cover(self, stream: av.VideoStream, cover: bytes) -> bool:
        codec = stream.codec_context.name
        if self._output.format.name == "matroska" and codec in _COVER_FILES:
            self._output.add_attachment(*_COVER_FILES[codec], cover)
            return True
        if self._output.format.name != "mp4" or codec not in _COVER_FILES:
            return False
        copy = self._output.add_stream_from_template(stream, opaque=True)
        copy.disposition = _COVER
        packet = av.Packet(cover)
        packet.time_base = stream.time_base
        packet.pts = packet.dts = 0
        packet.stream = copy
        self._covers.append(packet)
        return True

    def _names_chapters(self, stream: av.stream.Stream) -> bool:
        is_passed_over = stream.discard == av.stream.Discard.all
        return stream.type == "data" and is_passed_over and bool(self._source.chapters())


def read_covers(path: Path) -> dict[int, bytes]:
    """The pictures that stand for the whole file, as an album's cover does: index -> JPEG, PNG."""
    covers: dict[int, bytes] = {}
    with open_container(path) as container:
        streams = [
            stream
            for stream in container.streams.video
            if stream.disposition & _COVER and not stream.disposition & _CHAPTERS
        ]
        try:
            for packet in container.demux(streams) if streams else ():
                if packet.size:
                    covers.setdefault(packet.stream_index, bytes(packet))
                if len(covers) == len(streams):
                    break
        except DAMAGE:
            pass  # The copying of the sound tells of it.
    return covers


def _add(output: av.container.OutputContainer, stream: av.stream.Stream) -> av.stream.Stream:
    copy = output.add_stream_from_template(stream, opaque=True)
    context = stream.codec_context
    # In broadcasts each packet of AAC has a head of its own, and the stream has none.
    if output.format.name == "avi" and context.name == "aac" and not context.extradata:
        copy.codec_context.codec_tag = _ADTS
    return copy


def _is_held(stream: av.stream.Stream, form: str) -> bool:
    """Tells whether a container takes the stream: some say so only when they write their head."""
    try:
        with av.open(io.BytesIO(), "w", format=form) as trial:
            _add(trial, stream)
            trial.start_encoding()
    except DAMAGE:
        return False
    return True


def _describe(stream: av.stream.Stream) -> str:
    context = stream.codec_context
    codec = context.codec.canonical_name if context is not None else getattr(stream, "name", None)
    kind = stream.type
    if kind == "video":
        is_cover = bool(stream.disposition & _COVER)
        kind = "the cover picture" if is_cover else "a second video"
    return f"stream {stream.index} ({kind}, {codec or 'unknown'})"
