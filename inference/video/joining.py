"""Chunks -> one file: their frames and the input's sound and subtitles, copied, not re-encoded."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av

from facedancer.utils.errors import UserError
from facedancer.utils.ffmpeg import file_url
from facedancer.utils.suffixes import ANIMATION_SUFFIXES

from .animation_writer import write_animation
from .chunks import Chunk, stored_packets
from .container import open_container
from .copied import CopiedStreams, read_covers
from .encoding import VideoSettings, plan
from .info import VideoInfo
from .left_behind import left_behind
from .timing import Grid, decoding_times, grid_of

_FORMATS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
}
# The index first: a browser can begin to play what it has not wholly loaded.
_FLAGS = {"mp4": "+faststart", "mov": "+faststart"}


def join_chunks(
    chunks: Sequence[Chunk],
    path: Path,
    suffix: str,
    info: VideoInfo,
    settings: VideoSettings,
    source: Path | None = None,
    metadata: Mapping[str, str] | None = None,
) -> list[str]:
    """Writes one file of the chunks, which must follow each other.

    Args:
        chunks: written for the same ``info``, ``suffix`` and ``settings``.
        path: may carry any name, for example a temporary one; overwritten.
        suffix: says the container.
        info: the input's facts.
        settings: codec and quality.
        source: the input, whose sound, subtitles, chapters and tags are copied; None: none are.
        metadata: further tags of the container, over the input's.

    Returns:
        What the container could not take over from the input, a line each.

    Raises:
        UserError: what there is cannot be written to this container, or the disk is full.
        ValueError: the chunks leave frames out.
    """
    suffix = suffix.lower()
    _check_order(chunks)
    try:
        if suffix in ANIMATION_SUFFIXES:
            write_animation(chunks, path, suffix, info)
            return []
        if source is None or info.is_animation:
            _join(chunks, path, suffix, info, settings, metadata or {})
            return []
        covers = read_covers(source)
        with open_container(source) as container:
            copied = _join(chunks, path, suffix, info, settings, metadata or {}, container, covers)
            return copied.notes + left_behind(
                container, path, _FORMATS[suffix], copied.places, info.clock.is_cut
            )
    except (av.FFmpegError, OSError) as error:
        raise UserError(
            f"cannot write a {suffix} file to {path.parent} ({error.strerror}): make room there, "
            "or choose another container, such as .mkv"
        ) from error


def _check_order(chunks: Sequence[Chunk]) -> None:
    if not chunks:
        raise ValueError("no chunks")
    expected = chunks[0].first
    for chunk in chunks:
        if chunk.first != expected:
            raise ValueError(f"frame {expected} is missing: {chunk.path} begins at {chunk.first}")
        expected = chunk.last + 1


def _join(
    chunks: Sequence[Chunk],
    path: Path,
    suffix: str,
    info: VideoInfo,
    settings: VideoSettings,
    metadata: Mapping[str, str],
    source: av.container.InputContainer | None = None,
    covers: Mapping[int, bytes] | None = None,
) -> CopiedStreams | None:
    form = _FORMATS[suffix]
    times = [pts for chunk in chunks for _, pts in stored_packets(chunk, info)]
    options = _options(form, source.metadata if source is not None else {})
    with av.open(file_url(path), "w", format=form, container_options=options) as output:
        stream = _add_video(output, chunks[0], suffix, info, settings)
        grid = grid_of(form, times, info)
        if suffix == ".avi":
            stream.codec_context.framerate = 1 / grid.unit
        stream.time_base = grid.unit
        copied = None
        if source is not None:
            end = chunks[-1].end * info.time_base if info.clock.is_cut else None
            copied = CopiedStreams(source, output, stream, info.clock, covers or {}, end)
            copied.describe()
        output.metadata.update(metadata)
        video = _video_packets(chunks, times, info, stream, grid)
        # mp4 hides what lies before time 0: then all streams begin later, by the same.
        delay = max(Fraction(0), -min(times) * info.time_base)
        for packet in _merged(video, copied.packets() if copied is not None else iter(())):
            _put_off(packet, delay)
            output.mux_one(packet)
    return copied


def _options(form: str, tags: Mapping[str, str]) -> dict[str, str]:
    flags = _FLAGS.get(form, "")
    if form == "mov" and any("." in name for name in tags):
        # Tags of free names, as telephones write them; else QuickTime's own few, which all read.
        flags += "+use_metadata_tags"
    return {"movflags": flags} if flags else {}


def _add_video(
    output: av.container.OutputContainer,
    chunk: Chunk,
    suffix: str,
    info: VideoInfo,
    settings: VideoSettings,
) -> av.VideoStream:
    encoding = plan(info, suffix, settings)
    with av.open(file_url(chunk.path), format="nut") as container:
        stream = output.add_stream_from_template(container.streams.video[0], opaque=True)
    context = stream.codec_context
    context.framerate = info.average_rate
    if encoding.codec == "libx265" and output.format.name in ("mp4", "mov"):
        context.codec_tag = "hvc1"  # Apple's players take no other.
    # NUT does not hold these; mp4 and Matroska do, besides what the codec's own header says.
    context.colorspace = encoding.colour.matrix
    context.color_range = encoding.colour.range
    context.color_primaries = encoding.colour.primaries
    context.color_trc = encoding.colour.transfer
    if not encoding.orientation.is_identity:
        stream.set_display_matrix(encoding.orientation.to_matrix())
    return stream


def _video_packets(
    chunks: Sequence[Chunk], times: list[int], info: VideoInfo, stream: av.VideoStream, grid: Grid
) -> Iterator[av.Packet]:
    places = grid.places(times, info.time_base)
    shown = list(places.values())
    end = max(shown[-1] + 1, grid.place(chunks[-1].end * info.time_base))
    durations = {
        place: until - place for place, until in zip(shown, [*shown[1:], end], strict=True)
    }
    is_avi = stream.container.format.name == "avi"
    # AVI has one time a frame, and none that says how long.
    decoded = None if is_avi else decoding_times([places[pts] for pts in times])
    number = 0
    for chunk in chunks:
        for packet, pts in stored_packets(chunk, info):
            place = places[pts]
            packet.time_base = grid.unit
            packet.pts, packet.dts = place, place if decoded is None else decoded[number]
            packet.duration = 1 if is_avi else durations[place]
            packet.stream = stream
            yield packet
            number += 1


def _put_off(packet: av.Packet, delay: Fraction) -> None:
    units = round(delay / packet.time_base)
    if units:
        packet.pts = None if packet.pts is None else packet.pts + units
        packet.dts = None if packet.dts is None else packet.dts + units


def _merged(first: Iterator[av.Packet], second: Iterator[av.Packet]) -> Iterator[av.Packet]:
    """Both in the order of time: the muxer holds back what comes too early, in memory."""
    waiting = [next(first, None), next(second, None)]
    sources = (first, second)
    while any(packet is not None for packet in waiting):
        index = min(
            (number for number in (0, 1) if waiting[number] is not None),
            key=lambda number: _time(waiting[number]),
        )
        yield waiting[index]
        waiting[index] = next(sources[index], None)


def _time(packet: av.Packet) -> float:
    time = packet.pts if packet.dts is None else packet.dts
    return float("-inf") if time is None else float(time * packet.time_base)
