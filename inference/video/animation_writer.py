"""Writing GIF, animated WebP and PNG, through FFmpeg: the pictures come from lossless chunks."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av

from facedancer.utils.ffmpeg import file_url

from .chunks import Chunk, stored_frames, stored_packets
from .info import VideoInfo

# Suffix -> container, codec, pixels, and what the container calls the repetitions.
_KINDS = {
    ".gif": ("gif", "gif", "pal8", "loop"),
    ".webp": ("webp", "libwebp", "bgra", "loop"),
    ".png": ("apng", "apng", "rgb24", "plays"),
    ".apng": ("apng", "apng", "rgb24", "plays"),
}
_WEBP_OPTIONS = {"quality": "90"}


def write_animation(chunks: Sequence[Chunk], path: Path, suffix: str, info: VideoInfo) -> None:
    """Writes a GIF, of 256 colours a frame, an animated WebP, or an animated PNG without loss.

    Times are kept to what the format has: hundredths of a second, thousandths.
    """
    container, codec, pixels, repetitions = _KINDS[suffix]
    is_gif = container == "gif"
    unit = Fraction(1, 100) if is_gif else Fraction(1, 1000)
    played_once = -1 if is_gif else 1
    loops = played_once if info.loops is None else info.loops
    options = {repetitions: str(loops)}
    last = max(pts for _, pts in stored_packets(chunks[-1], info))
    lasts = max(1, round((chunks[-1].end - last) * info.time_base / unit))
    if is_gif:
        options["final_delay"] = str(lasts)
    elif container == "apng":
        options["final_delay"] = f"{lasts}/{unit.denominator}"
    with av.open(file_url(path), "w", format=container, container_options=options) as output:
        stream = output.add_stream(
            codec,
            rate=1 / unit,
            width=info.width,
            height=info.height,
            pix_fmt=pixels,
            time_base=unit,
            options=_WEBP_OPTIONS if container == "webp" else {},
        )
        frames = _timed(chunks, info, unit)
        for frame in _with_palettes(frames, info) if is_gif else _reformatted(frames, pixels):
            duration = frame.duration
            for packet in stream.encode(frame):
                # The muxer takes the last frame's duration from here.
                packet.duration = duration
                output.mux_one(packet)
        output.mux(stream.encode(None))


def _timed(chunks: Sequence[Chunk], info: VideoInfo, unit: Fraction) -> Iterator[av.VideoFrame]:
    """The frames, with times and durations in the format's unit."""
    waiting = None
    earliest = 0
    start = None
    for chunk in chunks:
        for frame, pts in stored_frames(chunk, info):
            start = pts if start is None else start
            # Times too close for the unit become neighbours.
            time = max(earliest, round((pts - start) * info.time_base / unit))
            if waiting is not None:
                waiting.duration = time - waiting.pts
                yield waiting
            frame.pts, frame.time_base = time, unit
            earliest, waiting = time + 1, frame
    end = round((chunks[-1].end - start) * info.time_base / unit)
    waiting.duration = max(1, end - waiting.pts)
    yield waiting


def _reformatted(frames: Iterator[av.VideoFrame], pixels: str) -> Iterator[av.VideoFrame]:
    for frame in frames:
        yield frame.reformat(format=pixels, threads=1)


def _with_palettes(frames: Iterator[av.VideoFrame], info: VideoInfo) -> Iterator[av.VideoFrame]:
    """Each frame with 256 colours of its own."""
    graph = av.filter.Graph()
    unit = Fraction(1, 100)
    source = graph.add_buffer(
        width=info.width, height=info.height, format=av.VideoFormat("bgr0"), time_base=unit
    )
    split = graph.add("split")
    generate = graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
    # An ordered dither stays where nothing moves; others crawl from frame to frame.
    use = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=4")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(generate, 1, 0)
    generate.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for frame in frames:
        source.push(frame)
        yield from _pulled(sink)
    source.push(None)
    yield from _pulled(sink)


def _pulled(sink: av.filter.context.FilterContext) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return
