"""One face crop as one TFRecord entry: the schema, its encoder and its decoder.

A record holds the crop as an encoded JPEG or PNG file, not as pixels: shards stay as small as the
files, and what was cut out of the photograph is stored once, without a second lossy step.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

# Raise it with every change of the features below; shards of another version are refused.
SCHEMA_VERSION = 2
# Crops are squares of at most this side.
MOST_SIDE = 4096

_VERSION_FEATURE = {"schema_version": tf.io.FixedLenFeature([], tf.int64, default_value=0)}
_FEATURES = {
    "image": tf.io.FixedLenFeature([], tf.string),
    "identity": tf.io.FixedLenFeature([], tf.string),
    "landmarks": tf.io.FixedLenFeature([5, 2], tf.float32),
    "source_path": tf.io.FixedLenFeature([], tf.string),
    "score": tf.io.FixedLenFeature([], tf.float32),
    "side": tf.io.FixedLenFeature([], tf.int64),
    "box": tf.io.FixedLenFeature([4], tf.float32),
    "yaw": tf.io.FixedLenFeature([], tf.float32),
    "sharpness": tf.io.FixedLenFeature([], tf.float32),
    "labels": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
    # Few data sets have it: a record without it is what it was before, to the byte.
    "twin": tf.io.FixedLenFeature([], tf.string, default_value=""),
}


@dataclass(frozen=True, eq=False)
class FaceRecord:
    """The facts about one aligned crop.

    Attributes:
        image: the crop, ``[side, side, 3]`` RGB, as the bytes of a JPEG or PNG file.
        identity: whose face it is, the name of the photograph's folder; empty if not known.
        landmarks: ``[5, 2]`` float32, in the crop's pixels and the template's order.
        source_path: the photograph, relative to the folder of photographs.
        score: the detector's confidence, 0..1; NaN if no detector of ours saw the photograph.
        side: the crop's side in pixels.
        box: left, top, right, bottom of the face in the photograph's pixels; NaN if not known.
        yaw: the head's turn in degrees, see `face_quality.head_yaw`; NaN if not known.
        sharpness: see `face_quality.sharpness`; NaN if not known.
        labels: ``[L]`` exact values of rendered faces, NaN where this one has none; all records of
            a data set have the same L, whose names are `shards.index.ShardIndex.label_names`.
        twin: the same crop with another person's face, of the same side, as the bytes of a file;
            empty if there is none. Given this person's face back, it must become ``image``.
    """

    image: bytes
    identity: str
    landmarks: np.ndarray
    source_path: str
    score: float
    side: int
    box: Sequence[float] = (math.nan,) * 4
    yaw: float = math.nan
    sharpness: float = math.nan
    labels: Sequence[float] = ()
    twin: bytes = b""


def encode_record(record: FaceRecord) -> bytes:
    """Serializes a record; `decode_record` is the inverse.

    Raises:
        ValueError: the landmarks are not ``[5, 2]``, or the box is not ``[4]``.
    """
    landmarks = np.asarray(record.landmarks, np.float32)
    if landmarks.shape != (5, 2):
        raise ValueError(f"want five landmarks [5, 2], got {landmarks.shape}")
    if len(record.box) != 4:
        raise ValueError(f"want a box of 4 numbers, got {len(record.box)}")
    features = {
        "schema_version": _int_feature(SCHEMA_VERSION),
        "image": _bytes_feature(record.image),
        "identity": _bytes_feature(os.fsencode(record.identity)),
        "landmarks": _float_feature(landmarks.ravel()),
        "source_path": _bytes_feature(os.fsencode(record.source_path)),
        "score": _float_feature([record.score]),
        "side": _int_feature(record.side),
        "box": _float_feature(record.box),
        "yaw": _float_feature([record.yaw]),
        "sharpness": _float_feature([record.sharpness]),
        "labels": _float_feature(record.labels),
    }
    if record.twin:
        features["twin"] = _bytes_feature(record.twin)
    example = tf.train.Example(features=tf.train.Features(feature=features))
    # Deterministic: a map's order is otherwise free, and shards are compared by their bytes.
    return example.SerializeToString(deterministic=True)


def decode_record(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Reads one serialized record, eagerly or within a graph.

    Args:
        serialized: scalar string.

    Returns:
        `FaceRecord`'s attributes by name, ``image`` decoded: ``[side, side, 3]`` uint8 RGB. The
        twin stays a file, for `decode_square`.

    Raises:
        tf.errors.InvalidArgumentError: not a record, of another schema version (named in the
            message), an image that cannot be decoded, or one that is not of its own side.
    """
    # The version first and alone: a record of another one need not have the other features at all.
    version = tf.io.parse_single_example(serialized, _VERSION_FEATURE)["schema_version"]
    message = f"the record's schema version is not {SCHEMA_VERSION}, the one this code reads"
    with tf.control_dependencies(
        [tf.debugging.assert_equal(version, np.int64(SCHEMA_VERSION), message)]
    ):
        features = tf.io.parse_single_example(serialized, _FEATURES)
    image = decode_square(features["image"], tf.cast(features["side"], tf.int32))
    return {**features, "image": image}


def decode_square(data: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """Decodes a crop, or a twin, of a side that is known.

    Args:
        data: scalar string, a JPEG or PNG file.
        side: scalar int32, in pixels.

    Returns:
        ``[side, side, 3]`` uint8 RGB.

    Raises:
        tf.errors.InvalidArgumentError: it cannot be decoded, or is not of that side.
    """
    # Before it is decoded: a few kilobytes may say that they are a picture of gigabytes.
    declared = _declared_sides(data)
    message = "the crop is not of the side it declares"
    with tf.control_dependencies(
        [
            tf.debugging.assert_equal(declared, side, message),
            tf.debugging.assert_less_equal(side, MOST_SIDE, "the crop is too large"),
        ]
    ):
        image = decode_crop(tf.identity(data))
    # Compared by broadcasting: of a stacked pair TensorFlow's graph optimiser makes a faulty tile.
    tf.debugging.assert_equal(tf.shape(image)[:2], side, message)
    return image


def _declared_sides(data: tf.Tensor) -> tf.Tensor:
    """Height and width, ``[2]`` int32, as the head of a JPEG or PNG file says them."""
    return tf.cond(
        tf.strings.substr(data, 0, 4) == b"\x89PNG",
        lambda: tf.io.decode_raw(tf.strings.substr(data, 16, 8), tf.int32, little_endian=False)[
            ::-1
        ],
        lambda: tf.io.extract_jpeg_shape(data)[:2],
    )


def decode_crop(data: tf.Tensor | bytes) -> tf.Tensor:
    """Bytes of a JPEG or PNG file (grey, alpha and 16-bit too) -> ``[H, W, 3]`` uint8 RGB.

    Raises:
        tf.errors.InvalidArgumentError: the data is damaged, cut short or not an image.
    """
    # The kernel recognises PNG as well. Its default for JPEG trades exactness for little time.
    return tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")


def decode_on_cpu() -> None:
    """For a process that only decodes: leaves the GPUs, which may be training, to others."""
    tf.config.set_visible_devices([], "GPU")


def _bytes_feature(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _float_feature(values: Sequence[float] | np.ndarray) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def _int_feature(value: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
