"""A crop's file -> the bytes of its record, checked as far as training will ask."""

from pathlib import Path

import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.images import encode_image, read_image

from ..records import decode_crop, encode_record
from .cutting import cut_face
from .table import RECORD_SUFFIXES, CropTable

# What EXIF data begins with, in JPEG and in PNG files.
_EXIF_MARKS = (b"Exif\0", b"eXIf")


def encode_crop(table: CropTable, side: int, row: int) -> bytes:
    """The record of one crop of a table.

    Raises:
        UserError: the file cannot be decoded, is not square or not of ``side`` pixels.
    """
    data = _read_of_side(table.folder / table.paths[row], side)
    return encode_record(table.record(row, data, side, _twin(table, side, row)))


def _twin(table: CropTable, side: int, row: int) -> bytes:
    """The file of a crop's twin; empty where there is none."""
    path = table.twin_of(row)
    if path is None:
        return b""
    if table.twin_photographs is None:
        return _read_of_side(path, side)
    pixels, _ = cut_face(
        read_image(path), table.points_in_photograph(row), side, table.shrink_factor
    )
    return encode_image(pixels, Path(table.paths[row]).suffix)


def _read_of_side(path: Path, side: int) -> bytes:
    data, own_side = read_crop(path)
    if own_side != side:
        raise UserError(
            f"{path} has a side of {own_side} px, not {side}: all crops must be of one size; run "
            "dataset/crop_align.py --overwrite"
        )
    return data


def read_crop(path: Path) -> tuple[bytes, int]:
    """The file as the pipeline will be able to decode it, and the side of its square in pixels.

    Raises:
        UserError: the file is gone, cannot be decoded or is not square.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{path} has gone while the crops were read; start again") from error
    # TensorFlow's decoder knows neither the other formats nor which way up EXIF says a picture is.
    may_lie = any(mark in data for mark in _EXIF_MARKS)
    if may_lie or path.suffix.lower() not in RECORD_SUFFIXES:
        data = encode_image(read_image(path), ".png")
    try:
        height, width = decode_crop(data).shape[:2]
    except tf.errors.InvalidArgumentError as error:
        raise UserError(
            f"not a readable image: {path} (empty, damaged or not a picture); remove it"
        ) from error
    if height != width:
        raise UserError(
            f"{path} is {width} x {height} px, not square: align the faces first, with "
            "dataset/crop_align.py"
        )
    return data, height
