"""Shards that were made to harm, with all checksums right: one line, before memory is filled."""

import dataclasses
import hashlib
import io
import shutil
import struct
import zipfile
import zlib

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.records import FaceRecord, decode_record, encode_record
from facedancer.dataset.shards.catalogue import CATALOGUE_NAME, read_catalogue
from facedancer.dataset.shards.index import INDEX_NAME, read_index, write_index
from facedancer.utils.errors import UserError


@pytest.fixture
def folder(shards, tmp_path):
    """A whole data set that a test may spoil."""
    return shutil.copytree(shards(6), tmp_path / "shards")


def shards_of(index, **values):
    return (dataclasses.replace(index.shards[0], **values), *index.shards[1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i: {"side": 10**6}, "crops of 1e\\+06 pixels"),
        (lambda i: {"side": -1}, "pixels"),
        (lambda i: {"identities": 10**12}, "more identities than records"),
        (lambda i: {"identities": -1}, "more identities"),
        (lambda i: {"shards": shards_of(i, count=2**40)}, "more records than can be"),
        (lambda i: {"shards": shards_of(i, count=0)}, "a shard of 0 records"),
        (lambda i: {"shards": shards_of(i, file="../../etc/passwd")}, "in another folder"),
    ],
)
def test_a_hostile_index_is_refused(folder, change, message):
    index = read_index(folder)
    write_index(folder, dataclasses.replace(index, **change(index)))
    with pytest.raises(UserError, match=message):
        read_index(folder)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"schema_version": 2, "schema_version": 2}',
        '{"schema_version": 2, "side": 1e999}',
        '{"schema_version": 2, "shrink_factor": NaN}',
        '{"schema_version": 2, "sha256": "x", "shards": {"file": 3}}',
        "[" * 10**6,
        '"text"',
        "7",
    ],
    ids=lambda text: text[:12],
)
def test_an_index_of_another_form_is_refused(folder, text):
    (folder / INDEX_NAME).write_text(text)
    with pytest.raises(UserError, match="is damaged") as refusal:
        read_index(folder)
    assert "\n" not in str(refusal.value)


def catalogue_arrays(folder):
    with np.load(folder / CATALOGUE_NAME) as stored:
        return dict(stored)


def write_catalogue_bytes(folder, content):
    (folder / CATALOGUE_NAME).write_bytes(content)
    index = read_index(folder)
    sha256 = hashlib.sha256(content).hexdigest()
    write_index(folder, dataclasses.replace(index, catalogue_sha256=sha256))


def set_array(name, change):
    def spoil(folder):
        arrays = catalogue_arrays(folder)
        arrays[name] = change(arrays[name])
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        write_catalogue_bytes(folder, buffer.getvalue())

    return spoil


def set_member(name, content):
    def spoil(folder):
        buffer = io.BytesIO((folder / CATALOGUE_NAME).read_bytes())
        with zipfile.ZipFile(buffer) as archive:
            members = {member: archive.read(member) for member in archive.namelist()}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, value in (members | {name: content}).items():
                archive.writestr(member, value)
        write_catalogue_bytes(folder, buffer.getvalue())

    return spoil


def npy_head(shape):
    text = f"{{'descr': '<i4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (set_array("offset", lambda a: a - 10**6), "does not belong"),
        (set_array("offset", lambda a: a[::-1]), "does not belong"),
        (set_array("length", lambda a: -a), "does not belong"),
        (set_array("identity", lambda a: a + 1000), "does not belong"),
        (set_array("shard", lambda a: a.astype("f4")), "does not belong"),
        (set_array("yaw", lambda a: a[:2]), "does not belong"),
        (set_member("yaw.npy", bytes(10**8)), "yaw.npy in it has 100,000,000 bytes"),
        (set_member("other.npy", bytes(10**8)), "other.npy in it has 100,000,000 bytes"),
        (set_member("yaw.npy", npy_head("(10000000000000,)")), "is damaged"),
        (set_member("yaw.npy", npy_head("(-1,)")), "is damaged"),
        (set_member("yaw.npy", npy_head("(" * 100)), "is damaged"),
        (set_member("yaw.npy", b""), "is damaged"),
        (lambda folder: write_catalogue_bytes(folder, b"PK\5\6"), "is damaged"),
    ],
)
def test_a_hostile_catalogue_is_refused(folder, spoil, message):
    spoil(folder)
    with pytest.raises(UserError, match=message) as refusal:
        read_catalogue(folder, read_index(folder))
    assert "\n" not in str(refusal.value)


def png_of(width, height):
    """A few bytes that say they are a large picture."""

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def jpeg_of(width, height):
    content = bytearray(tf.io.encode_jpeg(np.zeros((16, 16, 3), np.uint8)).numpy())
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">2H", height, width)
    return bytes(content)


@pytest.mark.parametrize(
    ("image", "side", "message"),
    [
        (png_of(30_000, 30_000), 16, "not of the side it declares"),
        (png_of(30_000, 30_000), 30_000, "too large"),
        (png_of(16, 30_000), 16, "not of the side it declares"),
        (png_of(16, 16)[:20], 16, "."),
        (jpeg_of(60_000, 60_000), 16, "not of the side it declares"),
        (jpeg_of(60_000, 60_000), 60_000, "too large"),
        (b"", 16, "."),
        (b"GIF89a" + struct.pack("<2H", 60_000, 60_000), 16, "."),
        (b"BM" + bytes(100), 16, "."),
    ],
)
def test_a_picture_that_would_fill_the_memory_is_not_decoded(image, side, message):
    record = encode_record(FaceRecord(image, "", np.zeros((5, 2)), "", 0.0, side))
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        decode_record(tf.constant(record))
