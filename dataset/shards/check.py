"""Are shards what was written? And if not: what is wrong, and with which record?"""

import functools
import os
import re
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from facedancer.utils.files import digest_of

from ..records import SCHEMA_VERSION, decode_record
from .catalogue import FRAME_HEAD, Catalogue
from .index import ShardIndex


def check_shards(
    folder: Path, index: ShardIndex, catalogue: Catalogue, decode: bool = False
) -> Iterator[list[str]]:
    """Finds what is wrong with each shard of a data set, in order, on all cores.

    Args:
        folder: where the data set lies.
        index: the data set's.
        catalogue: the index's.
        decode: also decode every record, and compare it with what index and catalogue say.

    Yields:
        For each fault a sentence that names the file and the record; nothing for a sound shard.
    """
    check = functools.partial(_check_shard, folder, index, catalogue, decode)
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        yield from pool.map(check, range(len(index.shards)))
    finally:
        # Who asks for the first fault only does not wait for the rest.
        pool.shutdown(cancel_futures=True)


def _check_shard(
    folder: Path, index: ShardIndex, catalogue: Catalogue, decode: bool, number: int
) -> list[str]:
    path = folder / index.shards[number].file
    sound = digest_of(path) == index.shards[number].sha256
    if sound and not decode:
        return []
    rows, ends = catalogue.rows(number), catalogue.ends(number)
    size = path.stat().st_size
    whole = int(np.sum(ends <= size))
    faults = []
    with path.open("rb") as file:
        for record, row in enumerate(rows[:whole]):
            if fault := _find_fault(file, index, catalogue, row, decode):
                faults.append(f"{path}, record {record} is damaged ({fault})")
    if sound:
        return faults
    count, readable, version = _read_as_others_do(path)
    if readable and (faults or 0 == whole < size):
        named = "" if version == SCHEMA_VERSION else f" of schema version {version}"
        return [
            f"{path} is not the file that index.json tells of: it is whole, but holds {count} "
            f"other records{named}"
        ]
    if whole < len(rows):
        left = f"ends after {size} of {ends[-1]} bytes" if size else "is empty"
        faults.append(f"{path}, record {whole} is damaged (the file {left})")
    elif size > ends[-1]:
        faults.append(f"{path} has {size - ends[-1]} bytes more than were written")
    elif not faults:
        # Nothing else is left: our own reader has no use for these fields, others refuse the file.
        faults.append(f"{path}, record {count} is damaged (a checksum field of its frame)")
    return faults


def _find_fault(
    file: BinaryIO, index: ShardIndex, catalogue: Catalogue, row: int, decode: bool
) -> str | None:
    length = int(catalogue.length[row])
    file.seek(int(catalogue.offset[row]) - FRAME_HEAD)
    head, payload = file.read(FRAME_HEAD), file.read(length)
    if int.from_bytes(head[:8], "little") != length:
        return "its length field"
    if zlib.crc32(payload) != catalogue.crc[row]:
        return "its content is not what was written"
    if not decode:
        return None
    try:
        record = _decoder()(payload)
    except tf.errors.InvalidArgumentError as error:
        return _plain(error.message)
    number = catalogue.identity[row]
    name = catalogue.identities[number] if number >= 0 else ""
    # As text, since NaN does not equal NaN.
    wanted = {
        "side": str(index.side),
        "number of labels": str(len(index.label_names)),
        "identity": name,
        "yaw": str(catalogue.yaw[row]),
    }
    stored = {
        "side": str(record["side"].numpy()),
        "number of labels": str(len(record["labels"])),
        "identity": os.fsdecode(record["identity"].numpy()),
        "yaw": str(record["yaw"].numpy()),
    }
    differing = [
        f"{key} {stored[key]!r}, not {wanted[key]!r}"
        for key in wanted
        if stored[key] != wanted[key]
    ]
    return "; ".join(differing) or None


def _read_as_others_do(path: Path) -> tuple[int, bool, int | None]:
    """Whole records from the file's beginning, whether it ends with one, and the first's schema."""
    count, version = 0, None
    try:
        for record in tf.data.TFRecordDataset(str(path)):
            if not count:
                version = _schema_version(record.numpy())
            count += 1
    except tf.errors.DataLossError:
        return count, False, version
    return count, True, version


def _schema_version(payload: bytes) -> int | None:
    try:
        values = tf.train.Example.FromString(payload).features.feature["schema_version"]
    except DecodeError:
        return None
    return next(iter(values.int64_list.value), None)


@functools.cache
def _decoder() -> Callable[[bytes], dict[str, tf.Tensor]]:
    """A graph of `decode_record`: several times as fast as its operations one by one."""
    return tf.function(decode_record, input_signature=[tf.TensorSpec([], tf.string)])


def _plain(message: str) -> str:
    """An error's message without the names of graph nodes and operations."""
    return " ".join(re.sub(r"\{\{.*?\}\}|\[Op:.*|\[\[.*", "", message, flags=re.DOTALL).split())
