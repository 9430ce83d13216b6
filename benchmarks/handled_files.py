"""The things people do to pictures and clips every day, file to file, by common libraries."""

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image

# ``(file, new file without its suffix) -> the new file``.
Handling = Callable[[Path, Path], Path]
# A screen shows a picture scaled to its window, with the window around it.
_SCREEN_SCALE, _MARGIN, _WINDOW = 0.83, 40, (238, 238, 240)
_CROP = 0.1


def write_clip(path: Path, frames: Sequence[np.ndarray], crf: int) -> None:
    """Encodes ``[H, W, 3]`` uint8 RGB frames of even sides as H.264 at 25 frames a second."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": str(crf)})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def _saved(suffix: str, **options: int) -> Handling:
    def handle(path: Path, target: Path) -> Path:
        return _save(Image.open(path), target, suffix, **options)

    return handle


def _save(picture: Image.Image, target: Path, suffix: str, **options: int) -> Path:
    target = target.with_suffix(suffix)
    picture.convert("RGB").save(target, **options)
    return target


def _halved(path: Path, target: Path) -> Path:
    picture = Image.open(path)
    size = (picture.width // 2, picture.height // 2)
    return _save(picture.resize(size, Image.Resampling.LANCZOS), target, ".jpg", quality=85)


def _cropped(path: Path, target: Path) -> Path:
    picture = Image.open(path)
    left, top = (round(side * _CROP / 2) for side in picture.size)
    inner = (left, top, picture.width - left, picture.height - top)
    return _save(picture.crop(inner), target, ".jpg", quality=90)


def _scaled_as_shown(path: Path) -> Image.Image:
    picture = Image.open(path).convert("RGB")
    size = [round(side * _SCREEN_SCALE) for side in picture.size]
    return picture.resize(size, Image.Resampling.BILINEAR)


def _cut_from_screen(path: Path, target: Path) -> Path:
    return _save(_scaled_as_shown(path), target, ".png")


def _screenshot(path: Path, target: Path) -> Path:
    shown = _scaled_as_shown(path)
    screen = Image.new("RGB", [side + 2 * _MARGIN for side in shown.size], _WINDOW)
    screen.paste(shown, (_MARGIN, _MARGIN))
    return _save(screen, target, ".png")


def _copied(path: Path, target: Path) -> Path:
    return path


HANDLINGS: dict[str, Handling] = {
    "as written": _copied,
    "saved again as PNG": _saved(".png"),
    "saved again as JPEG, quality 75": _saved(".jpg", quality=75),
    "saved again as WebP, quality 80": _saved(".webp", quality=80),
    "halved, JPEG": _halved,
    "10 % cropped off, JPEG": _cropped,
    "cut out of a screen at 83 %, PNG": _cut_from_screen,
    "screenshot at 83 % with the window around it": _screenshot,
}


def _encoded_again(crf: int, size: tuple[int, int] | None = None) -> Handling:
    def handle(path: Path, target: Path) -> Path:
        with av.open(path) as container:
            frames = [
                frame.reformat(*(size or (frame.width, frame.height))).to_ndarray(format="rgb24")
                for frame in container.decode(video=0)
            ]
        target = target.with_suffix(".mp4")
        write_clip(target, frames, crf)
        return target

    return handle


CLIP_HANDLINGS: dict[str, Handling] = {
    "as written": _copied,
    "encoded again, CRF 28": _encoded_again(28),
    "scaled to 720p, CRF 23": _encoded_again(23, (1280, 720)),
    "scaled to 720p, CRF 28": _encoded_again(28, (1280, 720)),
}
