"""Writes data sets of shards: encoded on all cores, checked, and whole or not at all."""

import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, flush
from facedancer.utils.progress import progress_bar

from ..crops.encoding import encode_crop
from ..crops.table import CropTable
from .catalogue import CATALOGUE_NAME, FRAME_HEAD, FRAME_TAIL, Catalogue, write_catalogue
from .index import INDEX_NAME, Shard, ShardIndex, write_index

# Records that wait for their turn to be written, for each worker: what bounds the memory.
_WAITING = 4
_Item, _Result = TypeVar("_Item"), TypeVar("_Result")


@dataclass(frozen=True)
class UnfinishedSet:
    """A data set whose files are complete, but do not have their names yet."""

    folder: Path
    index: ShardIndex

    def publish(self) -> None:
        """Gives the files their names, the index last, and removes what is replaced."""
        files = [shard.file for shard in self.index.shards]
        for file in (*files, CATALOGUE_NAME):
            # The index vouches for them, also after a power failure.
            flush(_unfinished(self.folder, file))
            _unfinished(self.folder, file).replace(self.folder / file)
        write_index(self.folder, self.index)
        for path in self.folder.iterdir():
            if _is_shard(self.index.name, path.name) and path.name not in files:
                path.unlink()


def publish(sets: Sequence[UnfinishedSet]) -> None:
    """Lets new data sets take the place of older ones, all of them or, if killed, none.

    None: where an index is missing, everything that reads shards refuses the folder.
    """
    for unfinished in sets:
        (unfinished.folder / INDEX_NAME).unlink(missing_ok=True)
    for unfinished in sets:
        unfinished.publish()


def discard_unfinished(folder: Path, name: str) -> None:
    """Removes what a run that failed or was killed has left under temporary names."""
    for path in folder.glob(".*.unfinished"):
        file = path.name[1 : -len(".unfinished")]
        if file == CATALOGUE_NAME or _is_shard(name, file):
            path.unlink()


def write_shards(
    table: CropTable,
    rows: np.ndarray,
    folder: Path,
    index: ShardIndex,
    num_shards: int,
    workers: int,
) -> UnfinishedSet:
    """Stores crops in shards under temporary names, and reads them again to check them.

    The bytes do not depend on ``workers``.

    Args:
        table: the crops.
        rows: which of them, in the order in which they are stored.
        folder: where to.
        index: what is known of the data set; its shards and counts are filled in here.
        num_shards: number of files, of equal numbers of crops up to one.
        workers: threads; decoding and reading, which take most time, are outside Python's lock.

    Raises:
        UserError: a crop that cannot be used, or a shard that does not hold what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    discard_unfinished(folder, index.name)
    files = [f"{index.name}_{n:05d}-of-{num_shards:05d}.tfrecord" for n in range(num_shards)]
    parts = np.array_split(rows, num_shards)
    lengths, crcs, checks = [], [], []
    pool = ThreadPoolExecutor(workers)
    try:
        encode = partial(encode_crop, table, index.side)
        payloads = _in_order(pool, encode, rows.tolist(), workers * _WAITING)
        with progress_bar(total=len(rows), desc=index.name, unit="image") as progress:
            for file, part in zip(files, parts, strict=True):
                path = _unfinished(folder, file)
                written = _write_shard(path, islice(payloads, len(part)), progress.update)
                lengths.append(np.array([length for length, _ in written], np.int32))
                crcs.append(np.array([crc for _, crc in written], np.uint32))
                checks.append(pool.submit(_check_shard, path, table, part, crcs[-1]))
        checksums = [check.result() for check in checks]
    finally:
        pool.shutdown(cancel_futures=True)
    catalogue = _make_catalogue(table, rows, lengths, crcs)
    shards = (Shard(f, len(p), c) for f, p, c in zip(files, parts, checksums, strict=True))
    index = replace(
        index,
        shards=tuple(shards),
        identities=len(catalogue.identities),
        catalogue_sha256=write_catalogue(_unfinished(folder, CATALOGUE_NAME), catalogue),
    )
    return UnfinishedSet(folder, index)


def _write_shard(
    path: Path, payloads: Iterable[bytes], tell: Callable[[], object]
) -> list[tuple[int, int]]:
    """Writes one file and calls ``tell`` at each record. Returns payloads' lengths and CRC-32."""
    written = []
    try:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for payload in payloads:
                writer.write(payload)
                written.append((len(payload), zlib.crc32(payload)))
                tell()
    except tf.errors.OpError as error:
        raise UserError(f"cannot write {path} ({error.message}); is the disk full?") from error
    return written


def _check_shard(path: Path, table: CropTable, rows: np.ndarray, crcs: np.ndarray) -> str:
    """Reads a shard as TensorFlow does: is each crop there, once, in its place? Returns sha256."""
    remedy = "the disk may be full or failing: write the shards elsewhere"
    count = 0
    try:
        for record in tf.data.TFRecordDataset(str(path)):
            payload = record.numpy()
            if count == len(rows) or zlib.crc32(payload) != crcs[count]:
                raise UserError(f"{path}, record {count} differs from what was written; {remedy}")
            _check_place(path, payload, table, int(rows[count]))
            count += 1
    except tf.errors.OpError as error:
        raise UserError(
            f"{path}, record {count} cannot be read back ({error.message}); {remedy}"
        ) from error
    if count != len(rows):
        raise UserError(f"{path} holds {count} of {len(rows)} records; {remedy}")
    return digest_of(path)


def _check_place(path: Path, payload: bytes, table: CropTable, row: int) -> None:
    feature = tf.train.Example.FromString(payload).features.feature
    stored = feature["source_path"].bytes_list.value[0], feature["identity"].bytes_list.value[0]
    wanted = table.source_paths[row], table.identity_name(row)
    if stored != tuple(name.encode(errors="surrogateescape") for name in wanted):
        raise ValueError(f"{path} holds a record of {stored} in the place of {wanted}")


def _make_catalogue(
    table: CropTable, rows: np.ndarray, lengths: Sequence[np.ndarray], crcs: Sequence[np.ndarray]
) -> Catalogue:
    """Builds it from rows in stored order; identities without a crop here get no number."""
    frames = [length.astype(np.int64) + FRAME_HEAD + FRAME_TAIL for length in lengths]
    offsets = [np.cumsum(frame) - frame + FRAME_HEAD for frame in frames]
    known, identity = np.unique(table.identity[rows], return_inverse=True)
    unknown = int(known[0] == -1)
    return Catalogue(
        shard=np.repeat(np.arange(len(lengths), dtype=np.int32), [len(n) for n in lengths]),
        offset=np.concatenate(offsets),
        length=np.concatenate(lengths),
        crc=np.concatenate(crcs),
        identity=(identity - unknown).astype(np.int32),
        yaw=table.yaw[rows],
        identities=tuple(table.identities[number] for number in known[unknown:]),
    )


def _in_order(
    pool: Executor, work: Callable[[_Item], _Result], items: Iterable[_Item], ahead: int
) -> Iterator[_Result]:
    """``pool.map`` with at most ``ahead`` results begun or waiting."""
    waiting = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _is_shard(name: str, file: str) -> bool:
    return re.fullmatch(re.escape(name) + r"_\d{5,}-of-\d{5,}\.tfrecord", file) is not None


def _unfinished(folder: Path, file: str) -> Path:
    return folder / f".{file}.unfinished"
