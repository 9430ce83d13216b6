"""Tiny clips, made by FFmpeg on the spot."""

from fractions import Fraction

import av
import numpy as np
import pytest

WIDTH, HEIGHT = 64, 48


def picture(number, width=WIDTH, height=HEIGHT):
    """A smooth colour wash with a bright bar that says the frame's number by its place."""
    rows, columns = np.mgrid[:height, :width]
    image = np.stack([rows * 180 // height, columns * 180 // width, rows * 0 + 90], axis=2) + 30
    image[:, 2 * number % width : 2 * number % width + 8] = (220, 60, 40)
    return image.astype(np.uint8)


@pytest.fixture(name="picture")
def _picture():
    return picture


@pytest.fixture
def make_clip(tmp_path):
    """``make_clip(name, ...)`` -> the path of a clip of `picture`s."""

    def make(
        name="clip.mp4",
        *,
        codec="libx264",
        pixel_format="yuv444p",
        times=tuple(range(0, 12 * 1001, 1001)),
        time_base=Fraction(1, 24000),
        size=(WIDTH, HEIGHT),
        matrix=1,
        colour_range=1,
        display=None,
        audio=None,
        subtitles=None,
        options=None,
        form=None,
        draw=picture,
    ):
        path = tmp_path / name
        with av.open(str(path), "w", format=form) as container:
            stream = container.add_stream(
                codec,
                rate=24,
                width=size[0],
                height=size[1],
                pix_fmt=pixel_format,
                time_base=time_base,
                options={"crf": "5"} if options is None else options,
            )
            stream.codec_context.time_base = time_base
            stream.codec_context.colorspace = matrix
            stream.codec_context.color_range = colour_range
            if display is not None:
                stream.set_display_matrix(display)
            sound = container.add_stream(audio, rate=48000) if audio else None
            if sound is not None:
                sound.codec_context.layout = "mono"
            words = container.add_stream(subtitles) if subtitles else None
            if words is not None:
                words.codec_context.subtitle_header = b"[Script Info]\n"
            for number, pts in enumerate(times):
                frame = av.VideoFrame.from_ndarray(draw(number, *size), "rgb24").reformat(
                    format=pixel_format, dst_colorspace=matrix, dst_color_range=colour_range
                )
                frame.pts, frame.time_base = pts, time_base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if sound is not None:
                wave = (np.sin(np.arange(1024 * 24) / 20) * 0.3).astype(np.float32)
                for block in range(24):
                    samples = wave[None, block * 1024 : (block + 1) * 1024]
                    frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
                    frame.sample_rate, frame.pts = 48000, block * 1024
                    container.mux(sound.encode(frame))
                container.mux(sound.encode(None))
        return path

    return make


@pytest.fixture
def packets():
    """``packets(path, kind)`` -> the bytes of each packet of the file's streams of that kind."""

    def read(path, kind):
        with av.open(str(path)) as container:
            streams = [stream for stream in container.streams if stream.type == kind]
            found = [packet for packet in container.demux(streams) if packet.size]
            return [
                (
                    packet.stream.codec_context.name,
                    float(packet.pts * packet.time_base),
                    bytes(packet),
                )
                for packet in found
            ]

    return read
