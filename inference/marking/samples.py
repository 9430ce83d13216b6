"""A few pictures of a file, whatever it is: enough to look for a watermark."""

import warnings
from pathlib import Path

import av
import numpy as np
from PIL import Image

from facedancer.utils.decoding import decode_image
from facedancer.utils.errors import UserError

from ..video.container import open_container

# What `utils.decoding` reads, and those of them that may move; elsewhere, several frames are pages.
_STILL = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
_MOVING = ("GIF", "WEBP", "PNG")
# Of these, FFmpeg may read what Pillow finds damaged.
_PICTURES = "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,gif"
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    Image.DecompressionBombError,
)


def sample_pictures(path: Path, count: int) -> list[np.ndarray]:
    """Up to ``count`` pictures spread evenly over a video or an animation; one of a photograph.

    A video's frames come as they are stored, whichever way a player turns them.

    Returns:
        ``[H, W, 3]`` uint8 RGB each, at least one.

    Raises:
        UserError: no such file, or it holds neither a picture nor a video.
    """
    if not path.is_file():
        raise UserError(f"no such file: {path}")
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty")
    try:
        with warnings.catch_warnings():
            # Of large pictures and odd tags: neither matters to a reader of marks.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_STILL) as image:
                if image.format in _MOVING and getattr(image, "is_animated", False):
                    return _frames_of_animation(image, count)
        # Not `utils.images`: TensorFlow takes longer to load than a file to verify.
        return [decode_image(path.read_bytes())]
    except Image.UnidentifiedImageError:
        return _frames_of_video(path, count)
    except _DAMAGE as error:
        raise UserError(f"{path}: not a readable picture ({error})") from error


def _frames_of_animation(image: Image.Image, count: int) -> list[np.ndarray]:
    frames = []
    for number in _spread(image.n_frames, count):
        image.seek(number)
        # Transparency lies over white, as in `utils.decoding`.
        frame = image.convert("RGBA")
        ground = Image.new("RGBA", frame.size, "white")
        frames.append(np.asarray(Image.alpha_composite(ground, frame).convert("RGB")))
    return frames


def _frames_of_video(path: Path, count: int) -> list[np.ndarray]:
    """One frame at each of ``count`` moments, found by seeking: a long video costs no more."""
    frames: dict[int, np.ndarray] = {}
    try:
        with open_container(path, _PICTURES) as container:
            if not container.streams.video:
                raise UserError(f"{path}: no video stream, and not a picture")
            start, duration = container.start_time or 0, container.duration or 0  # microseconds
            for number in range(count if duration else 0):
                moment = start + duration * (2 * number + 1) // (2 * count)
                frame = _frame_at(container, moment)
                if frame is not None:
                    frames.setdefault(frame.pts or 0, frame.to_ndarray(format="rgb24"))
        if not frames:
            # Cut short, it has lost the index that seeking needs.
            with open_container(path, _PICTURES) as container:
                frame = _frame_at(container, None)
                if frame is not None:
                    frames[0] = frame.to_ndarray(format="rgb24")
    except (av.FFmpegError, ValueError) as error:
        raise UserError(f"{path}: neither a readable picture nor a readable video") from error
    if not frames:
        raise UserError(f"{path}: a video without a frame that can be decoded")
    return list(frames.values())


def _frame_at(container: av.container.InputContainer, moment: int | None) -> av.VideoFrame | None:
    """Finds the frame at a moment (microseconds): the last one not after it, or the first."""
    shown = None
    try:
        if moment is not None:
            container.seek(moment)
        for frame in container.decode(video=0):
            is_later = moment is None or frame.time is None or frame.time * av.time_base > moment
            if shown is not None and is_later:
                break
            shown = frame
    except av.FFmpegError:
        pass  # Cut short, or nowhere to seek to: what came before counts.
    return shown


def _spread(total: int, count: int) -> list[int]:
    """Up to ``count`` of the numbers below ``total``, evenly."""
    return sorted({total * (2 * index + 1) // (2 * count) for index in range(count)})
