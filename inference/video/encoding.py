"""Encoding of pictures: the codec, its settings, the pixel format that keeps the input's."""

import io
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np

from facedancer.utils.encoding import check_size
from facedancer.utils.errors import UserError
from facedancer.utils.suffixes import ANIMATION_SUFFIXES, VIDEO_SUFFIXES

from .colour import OF_RGB, Colour, from_rgb
from .info import VideoInfo
from .orientation import Orientation

AUTO = "auto"
# The codec -> the quality (CRF) at which a face shows no loss.
CODECS = {"libx264": 18, "libx265": 20, "libvpx-vp9": 24}
PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
)  # fmt: skip
# H.264's "faster" takes half the time of "medium", for 5 % more bytes at the same PSNR: see
# benchmarks/encoder_presets.py.
_USUAL_PRESETS = {"libx264": "faster"}
_USUAL_PRESET = "medium"
_HOLDS = {
    ".mp4": tuple(CODECS),
    ".m4v": tuple(CODECS),
    ".mov": ("libx264", "libx265"),
    ".mkv": tuple(CODECS),
    ".webm": ("libvpx-vp9",),
    ".avi": ("libx264",),
}
# Players turn what these hold; in the others, the pictures themselves are turned.
_KEEPS_ORIENTATION = (".mp4", ".m4v", ".mov")
# The other codecs say at once what they do not take; this one would think for seconds.
_VP9, _VP9_LONGEST_SIDE = "libvpx-vp9", 65535
# x264's and VP9's bytes depend on it; a film shall not on the machine's number of cores.
_THREADS = 4
# Without loss and quickly decoded: frames of an animation wait in it for their palette.
_LOSSLESS = "ffv1"


@dataclass(frozen=True)
class VideoSettings:
    """A user's choice of a video's encoding; animations have no choice.

    Attributes:
        codec: one of `CODECS`, or ``auto``: H.264 in mp4, mov, mkv and avi, VP9 in webm.
        crf: quality, 0 (best) to 51, of VP9 to 63; None: the codec's own of `CODECS`.
        preset: one of `PRESETS`: the slower, the smaller the file; or ``auto``: what is usual for
            the codec.
    """

    codec: str = AUTO
    crf: int | None = None
    preset: str = AUTO

    def __post_init__(self) -> None:
        if self.codec not in (AUTO, *CODECS):
            raise UserError(f"unknown codec {self.codec!r}; use {AUTO}, {', '.join(CODECS)}")
        if self.preset not in (AUTO, *PRESETS):
            raise UserError(f"unknown preset {self.preset!r}; use {AUTO}, {', '.join(PRESETS)}")
        highest = 63 if self.codec == "libvpx-vp9" else 51
        if self.crf is not None and not 0 <= self.crf <= highest:
            raise UserError(f"crf must be 0 (best) to {highest}, not {self.crf}")


@dataclass(frozen=True)
class Encoding:
    """All that decides how one video's pictures are encoded; see `plan`."""

    codec: str
    pixel_format: str
    options: dict[str, str]
    colour: Colour
    orientation: Orientation
    info: VideoInfo

    @property
    def stored_size(self) -> tuple[int, int]:
        """Width and height of the encoded pictures."""
        width, height = self.info.width, self.info.height
        return (height, width) if self.orientation.transposed else (width, height)

    def add_stream(self, container: av.container.OutputContainer) -> av.VideoStream:
        """A stream that encodes so.

        Raises:
            UserError: the codec cannot encode this.
        """
        width, height = self.stored_size
        stream = container.add_stream(
            self.codec,
            rate=self.info.average_rate,
            options=dict(self.options),
            width=width,
            height=height,
            pix_fmt=self.pixel_format,
            time_base=self.info.time_base,
        )
        context = stream.codec_context
        context.time_base = self.info.time_base
        context.sample_aspect_ratio = self._aspect_ratio
        context.thread_count = _THREADS
        if self.codec != _LOSSLESS:
            context.colorspace = self.colour.matrix
            context.color_range = self.colour.range
            context.color_primaries = self.colour.primaries
            context.color_trc = self.colour.transfer
        try:
            context.open()
        except av.FFmpegError as error:
            raise UserError(
                f"{self.codec} cannot encode {width}x{height} pixels, {self.pixel_format}, at "
                f"{float(self.info.average_rate):g} frames a second: choose another codec, or "
                "scale the video to a supported size"
            ) from error
        return stream

    def frame(self, image: np.ndarray, pts: int, duration: int) -> av.VideoFrame:
        """``[H, W, 3]`` uint8 RGB, as displayed -> what the stream encodes.

        Raises:
            ValueError: it is no such picture, or not of the video's size.
        """
        wanted = (self.info.height, self.info.width, 3)
        if image.dtype != np.uint8 or image.shape != wanted:
            raise ValueError(f"want {wanted} uint8, got {image.shape} {image.dtype}")
        frame = from_rgb(self.orientation.stored(image), self.pixel_format, self.colour)
        frame.pts, frame.duration, frame.time_base = pts, duration, self.info.time_base
        return frame

    @property
    def _aspect_ratio(self) -> object:
        turned = self.info.orientation.transposed != self.orientation.transposed
        ratio = self.info.sample_aspect_ratio
        return 1 / ratio if turned else ratio


def check_suffix(suffix: str, settings: VideoSettings) -> None:
    """Refuses what cannot be written, before any work is done.

    Raises:
        UserError: no such container, or one that does not hold the codec.
    """
    if suffix in ANIMATION_SUFFIXES:
        return
    if suffix not in VIDEO_SUFFIXES:
        known = ", ".join(VIDEO_SUFFIXES + ANIMATION_SUFFIXES)
        raise UserError(f"cannot write a video as {suffix or 'a file without suffix'}: use {known}")
    if settings.codec not in (AUTO, *_HOLDS[suffix]):
        raise UserError(
            f"{suffix} files cannot hold {settings.codec}: use {', '.join(_HOLDS[suffix])}"
        )


def check_video(info: VideoInfo, suffix: str, settings: VideoSettings) -> None:
    """Refuses a video that cannot be written so, before any work is done.

    Raises:
        UserError: see `check_suffix`; or its pictures are larger than the format takes, or the
            codec does not encode such.
    """
    encoding = plan(info, suffix, settings)
    if encoding.codec != _VP9:
        with av.open(io.BytesIO(), "w", format="nut") as trial:
            encoding.add_stream(trial)
    elif max(info.width, info.height) > _VP9_LONGEST_SIDE:
        raise UserError(
            f"VP9 supports up to {_VP9_LONGEST_SIDE} pixels a side, not "
            f"{info.width}x{info.height}: scale the video down, or choose another codec"
        )


def plan(info: VideoInfo, suffix: str, settings: VideoSettings) -> Encoding:
    """Plans how pictures with the facts of ``info`` are encoded for a file called ``*suffix``.

    Raises:
        UserError: see `check_suffix`; or an animation's format has no room for such a size.
    """
    suffix = Path(f"x{suffix}").suffix.lower()
    check_suffix(suffix, settings)
    if suffix in ANIMATION_SUFFIXES:
        check_size(info.width, info.height, suffix)
        return Encoding(_LOSSLESS, "bgr0", {"level": "3"}, Colour(), Orientation(), info)
    codec = _HOLDS[suffix][0] if settings.codec == AUTO else settings.codec
    return Encoding(
        codec,
        _pixel_format(info, codec),
        _options(codec, suffix, settings),
        OF_RGB if info.is_animation or info.colour.is_rgb else _written(info.colour),
        info.orientation if suffix in _KEEPS_ORIENTATION else Orientation(),
        info,
    )


def _written(colour: Colour) -> Colour:
    # BT.2020 with constant luminance is calculated as without, so it is called that.
    return replace(colour, matrix=9) if colour.matrix == 10 else colour


def _pixel_format(info: VideoInfo, codec: str) -> str:
    """8 bits, with the input's chroma."""
    if not info.colour.is_rgb:
        for chroma in ("444", "422"):
            if chroma in info.pixel_format:
                return f"yuv{chroma}p"
    # A side of an odd number of pixels has no half; VP9 rounds it up, the others refuse.
    is_odd = info.width % 2 or info.height % 2
    return "yuv444p" if is_odd and codec != "libvpx-vp9" else "yuv420p"


def _options(codec: str, suffix: str, settings: VideoSettings) -> dict[str, str]:
    crf = str(CODECS[codec] if settings.crf is None else settings.crf)
    preset = settings.preset
    if preset == AUTO:
        preset = _USUAL_PRESETS.get(codec, _USUAL_PRESET)
    if codec == "libvpx-vp9":
        speed = str(len(PRESETS) - 1 - PRESETS.index(preset))
        return {"crf": crf, "b": "0", "deadline": "good", "cpu-used": speed, "row-mt": "1"}
    options = {"crf": crf, "preset": preset}
    if codec == "libx265":
        options["x265-params"] = "log-level=none"
    if suffix == ".avi":
        # AVI has one time a frame, that of decoding: no frame may wait for a later one.
        options |= {"bf": "0", "x264-params": "repeat-headers=1"}
    return options
