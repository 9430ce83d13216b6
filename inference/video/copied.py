"""What is taken over from the input beside its pictures: sound, subtitles, fonts, tags."""

from collections import Counter
from collections.abc import Iterator

import av

from .clock import Clock
from .stream import DAMAGE, video_stream

_COPIED = ("audio", "subtitle")
# What AVI calls AAC whose packets have heads.
_ADTS = "\x10\x16\0\0"
# Tags about the container that a new one writes for itself.
_OWN_TAGS = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration")


class CopiedStreams:
    """The sound and subtitles of a source, copied packet by packet.

    Args:
        source: open; of what is copied, nothing has been read.
        output: open, without a header yet.
        clock: of the source, by which the pictures' times were corrected too.

    Attributes:
        notes: what could not be taken over, a line each; complete after `packets`.
    """

    def __init__(
        self,
        source: av.container.InputContainer,
        output: av.container.OutputContainer,
        clock: Clock,
    ) -> None:
        self.notes: list[str] = []
        self._source = source
        self._clock = clock
        self._streams: dict[int, av.stream.Stream] = {}
        pictures = video_stream(source)
        name = output.format.name
        for stream in source.streams:
            if stream is pictures:
                continue
            if stream.type == "attachment" and name == "matroska":
                output.add_attachment(stream.name, stream.mimetype or "", stream.data)
                continue
            try:
                if stream.type not in _COPIED:
                    raise ValueError(f"a {stream.type} stream")
                copy = output.add_stream_from_template(stream, opaque=True)
            except ValueError:
                self.notes.append(f"left out: {_describe(stream)}, which {name} does not hold")
                continue
            copy.metadata.update(_tags(stream.metadata))
            copy.disposition = stream.disposition
            if name == "avi" and _is_adts(stream):
                copy.codec_context.codec_tag = _ADTS
            self._streams[stream.index] = copy

    def describe(self, output: av.container.OutputContainer) -> None:
        """Takes over the container's tags and chapters."""
        output.metadata.update(_tags(self._source.metadata))
        chapters = self._source.chapters()
        if chapters:
            output.set_chapters(chapters)

    def packets(self) -> Iterator[av.Packet]:
        """The packets, in the source's order, their streams set to the output's."""
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
                yield packet
        except DAMAGE as error:
            self.notes.append(f"sound and subtitles end early: the input is damaged ({error})")


def _tags(metadata: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in metadata.items() if name.lower() not in _OWN_TAGS}


def _is_adts(stream: av.stream.Stream) -> bool:
    """Whether each packet of AAC has a head of its own, as in broadcasts."""
    context = stream.codec_context
    return stream.type == "audio" and context.name == "aac" and not context.extradata


def _describe(stream: av.stream.Stream) -> str:
    context = stream.codec_context
    codec = context.codec.canonical_name if context is not None else getattr(stream, "name", None)
    kind = "a second video" if stream.type == "video" else stream.type
    return f"stream {stream.index} ({kind}, {codec or 'unknown'})"
