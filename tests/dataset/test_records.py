"""A record's way through its bytes and back."""

from dataclasses import fields

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.records import (
    SCHEMA_VERSION,
    FaceRecord,
    decode_crop,
    decode_record,
    encode_record,
)
from facedancer.utils.images import encode_image

IMAGE = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
LANDMARKS = np.arange(10, dtype=np.float32).reshape(5, 2) + 0.25


def record(**changes):
    values = {
        "image": encode_image(IMAGE, ".png"),
        "identity": "Zoë",
        "landmarks": LANDMARKS,
        "source_path": "Zoë/1.jpg",
        "score": 0.75,
        "side": 16,
        "box": (1.5, 2.0, 30.0, 40.0),
        "yaw": -12.5,
        "sharpness": 3.25,
        "labels": (0.1, np.nan, 7.0),
    }
    return FaceRecord(**{**values, **changes})


@pytest.mark.parametrize("in_graph", [False, True])
def test_round_trip(in_graph):
    data = encode_record(record())
    if in_graph:
        decoded = next(iter(tf.data.Dataset.from_tensors(data).map(decode_record)))
    else:
        decoded = decode_record(tf.constant(data))
    assert decoded.keys() == {field.name for field in fields(FaceRecord)}
    np.testing.assert_array_equal(decoded["image"], IMAGE)
    np.testing.assert_array_equal(decoded["landmarks"], LANDMARKS)
    assert decoded["identity"].numpy().decode() == "Zoë"
    assert decoded["source_path"].numpy().decode() == "Zoë/1.jpg"
    assert (float(decoded["score"]), int(decoded["side"])) == (0.75, 16)
    np.testing.assert_array_equal(decoded["box"], [1.5, 2, 30, 40])
    assert (float(decoded["yaw"]), float(decoded["sharpness"])) == (-12.5, 3.25)
    np.testing.assert_array_equal(decoded["labels"], np.float32([0.1, np.nan, 7]))


def test_what_is_not_known_is_nan():
    decoded = decode_record(
        encode_record(FaceRecord(encode_image(IMAGE, ".png"), "", LANDMARKS, "a.png", np.nan, 16))
    )
    for name in ("score", "box", "yaw", "sharpness"):
        assert np.isnan(decoded[name]).all()
    assert decoded["labels"].shape == (0,)


def test_names_that_are_not_text_survive():
    name = b"\xff\xfe".decode(errors="surrogateescape")
    decoded = decode_record(encode_record(record(identity=name)))
    assert decoded["identity"].numpy() == b"\xff\xfe"


def test_jpeg_is_decoded_exactly_enough():
    smooth = np.tile(np.linspace(40, 200, 16, dtype=np.uint8)[:, None, None], (1, 16, 3))
    decoded = decode_record(encode_record(record(image=encode_image(smooth, ".jpg"))))
    assert np.abs(decoded["image"].numpy().astype(int) - smooth).max() <= 2


def test_16_bit_grey_png_becomes_rgb():
    data = tf.io.encode_png(tf.constant(np.full((4, 4, 1), 77 * 257, np.uint16))).numpy()
    np.testing.assert_array_equal(decode_crop(data), np.full((4, 4, 3), 77, np.uint8))


def with_version(version):
    example = tf.train.Example.FromString(encode_record(record()))
    if version is None:
        del example.features.feature["schema_version"]
    else:
        example.features.feature["schema_version"].int64_list.value[:] = [version]
    return example.SerializeToString()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (with_version(SCHEMA_VERSION - 1), "schema version is not 2"),
        (with_version(None), "schema version is not 2"),
        (tf.train.Example().SerializeToString(), "schema version is not 2"),
        (b"\x07 nonsense", "Could not parse example"),
        (encode_record(record(image=b"no picture")), "Invalid JPEG data"),
        (encode_record(record(image=encode_image(IMAGE, ".jpg")[:400])), "Invalid JPEG data"),
        (encode_record(record(side=32)), "not of the side it declares"),
    ],
    ids=["older", "no version", "empty", "no record", "no image", "cut short", "side"],
)
@pytest.mark.parametrize("in_graph", [False, True])
def test_what_cannot_be_read_is_refused(data, message, in_graph):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        if in_graph:
            next(iter(tf.data.Dataset.from_tensors(data).map(decode_record)))
        else:
            decode_record(tf.constant(data))


def test_landmarks_must_be_five():
    with pytest.raises(ValueError, match=r"five landmarks \[5, 2\], got \(68, 2\)"):
        encode_record(record(landmarks=np.zeros((68, 2))))


def test_a_box_is_four_numbers():
    with pytest.raises(ValueError, match="want a box of 4 numbers, got 2"):
        encode_record(record(box=(1.0, 2.0)))
