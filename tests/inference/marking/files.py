"""Files of every format that results are written to, made from one picture."""

from pathlib import Path

import av
import numpy as np
from PIL import Image

from facedancer.inference.marking.container_tags import CONTAINER_TAGS
from facedancer.utils.images import write_image

STILL = (".jpg", ".png", ".webp", ".bmp", ".tif")
ANIMATED = (".gif", ".webp")
CODECS = {".mp4": "libx264", ".mov": "libx264", ".avi": "mpeg4", ".mkv": "libx264", ".webm": "vp8"}
_MUXERS = {".mkv": "matroska"}


def write_animation(path: Path, picture: np.ndarray, frames: int = 2) -> None:
    """GIF or animated WebP, the last frame upside down so that none is dropped as equal."""
    pictures = [Image.fromarray(picture)] * (frames - 1) + [Image.fromarray(picture[::-1])]
    options = {"lossless": True} if path.suffix == ".webp" else {}
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40, **options)


def write_video(path: Path, picture: np.ndarray, frames: int = 5, tagged: bool = True) -> None:
    """A still video; Matroska and WebM with the tag that the project's writer gives them."""
    muxer = _MUXERS.get(path.suffix, path.suffix[1:])
    with av.open(str(path), "w", format=muxer) as container:
        if tagged and path.suffix in (".mkv", ".webm"):
            container.metadata.update(CONTAINER_TAGS)
        stream = container.add_stream(CODECS[path.suffix], rate=25)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_file(path: Path, picture: np.ndarray, animated: bool = False) -> None:
    """Whatever the suffix names."""
    if path.suffix in CODECS:
        write_video(path, picture)
    elif animated:
        write_animation(path, picture)
    else:
        write_image(path, picture)


def decoded(path: Path) -> list[np.ndarray]:
    """All the pictures of a file, as an independent reader sees them."""
    if path.suffix in CODECS:
        with av.open(str(path)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with Image.open(path) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(np.array(image.convert("RGB")))
        return frames
