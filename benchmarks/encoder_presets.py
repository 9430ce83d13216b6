"""Compares the encoding presets for films by time, size and PSNR.

python benchmarks/encoder_presets.py --film=FILM [--write]
"""

import dataclasses
import io
import time
from collections.abc import Sequence

import av
import cv2
import numpy as np

from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.inference.video.encoding import CODECS
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field

SECTION = "encoder_presets"
_CODEC, _RATE, _THREADS = "libx264", 30, 4
_PRESETS = ("medium", "fast", "faster", "veryfast")
_SIZES = ((1280, 720), (1920, 1080))


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The film that is written again."""

    film: str = flag_field("", "Film to encode; its first frames are resized.")
    film_frames: int = flag_field(48, "Number of frames to encode.", least=1)


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked.

    Raises:
        UserError: there is no such film.
    """
    pictures = read_pictures(settings.film, settings.film_frames)
    lines = [
        f"{_CODEC}, CRF {CODECS[_CODEC]}, {len(pictures)} frames: the processor's time and the "
        "bytes of a frame, PSNR of the decoded planes.",
        "",
        "| frames of | preset | ms | kB | PSNR, dB |",
        "|---|---|---:|---:|---:|",
    ]
    for width, height in _SIZES:
        frames = [_frame(picture, width, height) for picture in pictures]
        for preset in _PRESETS:
            milliseconds, kilobytes, psnr = measure(frames, preset)
            lines.append(
                f"| {width} x {height} | {preset} | {milliseconds:.0f} | {kilobytes:.1f} "
                f"| {psnr:.1f} |"
            )
    table = "\n".join(lines)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def read_pictures(path: str, count: int) -> list[np.ndarray]:
    """The first ``count`` frames of a film, ``[H, W, 3]`` uint8 RGB each.

    Raises:
        UserError: it cannot be read.
    """
    pictures: list[np.ndarray] = []
    try:
        with av.open(path) as container:
            for frame in container.decode(video=0):
                pictures.append(frame.to_ndarray(format="rgb24"))
                if len(pictures) == count:
                    break
    except (av.FFmpegError, IndexError) as error:
        raise UserError(f"cannot read the film {path!r} ({error}): give --film=FILE") from error
    return pictures


def _frame(picture: np.ndarray, width: int, height: int) -> av.VideoFrame:
    resized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return av.VideoFrame.from_ndarray(resized, format="rgb24").reformat(format="yuv420p")


def measure(frames: Sequence[av.VideoFrame], preset: str) -> tuple[float, float, float]:
    """Milliseconds of the processor and kilobytes a frame, and the PSNR in dB."""
    file = io.BytesIO()
    start = time.process_time()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(_CODEC, rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        stream.options = {"crf": str(CODECS[_CODEC]), "preset": preset}
        stream.thread_count = _THREADS
        for number, frame in enumerate(frames):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    seconds = time.process_time() - start
    with av.open(io.BytesIO(file.getvalue())) as container:
        errors = [
            np.mean(np.square(decoded.to_ndarray().astype(np.float32) - frame.to_ndarray()))
            for frame, decoded in zip(frames, container.decode(video=0), strict=True)
        ]
    psnr = 10 * np.log10(255**2 / np.mean(errors))
    return 1000 * seconds / len(frames), len(file.getvalue()) / 1000 / len(frames), float(psnr)


if __name__ == "__main__":
    run(main, Settings)
