"""Image files, and the one place that converts between value ranges.

Three ranges exist in this project, all RGB, channels last:

* ``uint8`` 0..255: files, video frames, crops on disk, what users hand in and get back;
* *signed* float [-1, 1]: what the generator and the discriminator see;
* *unit* float [0, 1]: what the identity encoder sees.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .decoding import UndecodableError, decode_picture
from .encoding import encode_picture
from .errors import UserError
from .files import write_bytes
from .picture import Picture
from .suffixes import IMAGE_SUFFIXES, PICTURE_FORMATS, is_hidden

if TYPE_CHECKING:
    import tensorflow as tf

# By which OpenCV knows a format.
_USUAL = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "TIFF": ".tiff"}


def read_image(path: str | Path) -> np.ndarray:
    """Reads a picture as ``[H, W, 3]`` uint8 sRGB, upright; see `decoding.decode_image`.

    Raises:
        UserError: there is no such file, or it holds no picture that can be decoded.
    """
    return read_picture(path).seen


def read_picture(path: str | Path, page: int = 0) -> Picture:
    """Reads a picture, or one page of several, with its transparency, profile and metadata.

    Raises:
        UserError: there is no such file, or it holds no picture that can be decoded.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"no such image file: {path}")
    try:
        return decode_picture(path.read_bytes(), page)
    except UndecodableError as error:
        raise UserError(f"not a readable image: {path} ({error})") from error


def write_image(path: str | Path, image: np.ndarray, quality: int = 95) -> None:
    """Writes ``[H, W, 3]`` uint8 RGB; the suffix names the format, ``quality`` is for JPEG, WebP.

    The file appears whole or not at all: see `files`.

    Raises:
        UserError: the suffix is not a known image format, or the file cannot be written there.
        ValueError: ``image`` is not ``[H, W, 3]`` uint8.
    """
    path = Path(path)
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise UserError(f"cannot write {path}: use one of {', '.join(IMAGE_SUFFIXES)}")
    data = encode_image(image, path.suffix, quality)
    write_bytes(path, data)


def encode_image(image: np.ndarray, suffix: str, quality: int = 95) -> bytes:
    """Encodes ``[H, W, 3]`` uint8 RGB as the format that ``suffix`` (``".png"``, ...) names."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3:
        raise ValueError(f"want [H, W, 3] uint8, got {image.shape} {image.dtype}")
    form = PICTURE_FORMATS[suffix.lower()]
    if form == "AVIF":  # The only one that this OpenCV does not write.
        return encode_picture([Picture(image, image)], suffix, quality)[0]
    options = {
        "JPEG": [cv2.IMWRITE_JPEG_QUALITY, quality],
        "WEBP": [cv2.IMWRITE_WEBP_QUALITY, quality],
    }.get(form, [])
    done, data = cv2.imencode(_USUAL[form], np.ascontiguousarray(image[..., ::-1]), options)
    if not done:
        raise ValueError(f"OpenCV could not encode {image.shape} as {suffix}")
    return data.tobytes()


def find_images(folder: str | Path) -> list[Path]:
    """Every image file below ``folder``, sorted by path; hidden files are left out.

    Raises:
        UserError: the folder does not exist or holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"no such folder: {folder}")
    named = (path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    paths = sorted(
        path for path in named if path.is_file() and not is_hidden(path.relative_to(folder).parts)
    )
    if not paths:
        raise UserError(f"no images ({', '.join(IMAGE_SUFFIXES)}) below {folder}")
    return paths


def uint8_to_signed(images: "tf.Tensor | np.ndarray") -> "tf.Tensor":
    """0..255 (any dtype) -> float32 [-1, 1], any shape."""
    import tensorflow as tf  # Seconds, which reading files can do without.

    return tf.cast(images, tf.float32) / 127.5 - 1.0


def signed_to_uint8(images: "tf.Tensor | np.ndarray") -> "tf.Tensor":
    """[-1, 1] (any float dtype, clipped) -> uint8 0..255 rounded to nearest, any shape."""
    import tensorflow as tf

    images = tf.clip_by_value(tf.cast(images, tf.float32), -1.0, 1.0)
    return tf.cast(tf.round((images + 1.0) * 127.5), tf.uint8)


def signed_to_unit(images: "tf.Tensor") -> "tf.Tensor":
    """[-1, 1] -> [0, 1], dtype and shape kept."""
    return (images + 1.0) * 0.5
