"""A folder of aligned crops -> TFRecord shards and their index."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from facedancer.utils.alignment import template
from facedancer.utils.cli import UserError
from facedancer.utils.images import encode_image, find_images, read_image

from .crop_list import CROP_LIST_NAME, Crop, read_crop_list
from .records import FaceRecord, decode_crop, encode_record
from .shard_index import INDEX_NAME, Shard, ShardIndex, read_index, write_index

# The formats that the pipeline decodes; crops in any other are stored as PNG.
_RECORD_SUFFIXES = (".jpg", ".jpeg", ".png")
# What EXIF data begins with, in JPEG and in PNG files.
_EXIF_MARKS = (b"Exif\0", b"eXIf")
_CROPS_PER_SHARD = 1000


def shard_folder(
    data_dir: str | Path,
    target_dir: str | Path,
    name: str,
    num_shards: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    shrink_factor: float = 1.0,
) -> ShardIndex:
    """Stores every crop below ``data_dir`` exactly once, in ``target_dir``.

    All shards are first written under other names: a run that fails or is killed leaves an older
    data set in ``target_dir`` as it was. A finished run replaces one of the same name.

    Args:
        data_dir: what `cropping.crop_folder` made, or any folder of square aligned crops; of the
            latter the landmarks are taken to lie at the template's places, and the first
            sub-folder's name to be the identity.
        target_dir: gets the shards and ``index.json``.
        name: the shards' common name, such as ``vggface2_train``.
        num_shards: how many files; None for one per 1000 crops.
        shuffle: mix the crops before they are stored; otherwise they are in their paths' order.
        seed: of the shuffling.
        shrink_factor: the alignment's, used only where there is no ``crops.jsonl`` to say it.

    Raises:
        UserError: no crops, one that is damaged, not square or of another side than the rest, or
            not listed in the folder's ``crops.jsonl``; more shards than crops; ``target_dir``
            holds a data set of another name.
    """
    data_dir, target_dir = Path(data_dir), Path(target_dir)
    replaced = _shards_to_replace(target_dir, name)
    listed = read_crop_list(data_dir)
    paths = [path.relative_to(data_dir).as_posix() for path in find_images(data_dir)]
    if listed is not None:
        _check_listed(data_dir, paths, listed)
        shrink_factor = listed[paths[0]].shrink_factor
    if num_shards is None:
        num_shards = -(-len(paths) // _CROPS_PER_SHARD)
    if not 1 <= num_shards <= len(paths):
        raise UserError(f"--num_shards={num_shards}: use 1 to {len(paths)}, the number of crops")
    if shuffle:
        np.random.default_rng(seed).shuffle(paths)

    files = [f"{name}_{number:05d}-of-{num_shards:05d}.tfrecord" for number in range(num_shards)]
    counts = [len(part) for part in np.array_split(paths, num_shards)]
    shards = tuple(Shard(file, count) for file, count in zip(files, counts, strict=True))
    records = _read_records(data_dir, paths, listed, shrink_factor)
    side, identities = _write_shards(target_dir, shards, records)
    index = ShardIndex(name, shards, side, len(identities - {""}), shrink_factor)
    write_index(target_dir, index)
    for file in replaced.difference(files):
        (target_dir / file).unlink()
    return index


def _shards_to_replace(target_dir: Path, name: str) -> set[str]:
    """File names of an older data set of the same name; one of another name is not ours to take."""
    try:
        index = read_index(target_dir)
    except UserError:  # None there, or one that nobody could read any more.
        return set()
    if index.name != name:
        raise UserError(
            f"{target_dir} already holds the shards of {index.name}: choose another --target_dir "
            f"for {name}"
        )
    return {shard.file for shard in index.shards}


def _check_listed(data_dir: Path, paths: Sequence[str], listed: Mapping[str, Crop]) -> None:
    # A listed crop that is gone is fine: to look at the crops and delete bad ones is good practice.
    for path in paths:
        if path not in listed:
            raise UserError(
                f"{data_dir / path} is not in {CROP_LIST_NAME}, so it is from an older run or was "
                "put there: remove it, or run dataset/crop_align.py into an empty folder"
            )


def _write_shards(
    target_dir: Path, shards: Sequence[Shard], records: Iterator[FaceRecord]
) -> tuple[int, set[str]]:
    """Writes all shards, then gives them their names. Returns the crops' side, and identities."""
    target_dir.mkdir(parents=True, exist_ok=True)
    unfinished = [target_dir / f".{shard.file}.unfinished" for shard in shards]
    side, identities = 0, set()
    try:
        with tqdm(total=sum(s.count for s in shards), desc="sharding", unit="image") as progress:
            for file, shard in zip(unfinished, shards, strict=True):
                with tf.io.TFRecordWriter(str(file)) as writer:
                    for record in islice(records, shard.count):
                        writer.write(encode_record(record))
                        side = record.side
                        identities.add(record.identity)
                        progress.update()
        # From here to the new index the folder is no data set: its files may be of two runs.
        (target_dir / INDEX_NAME).unlink(missing_ok=True)
        for file, shard in zip(unfinished, shards, strict=True):
            file.replace(target_dir / shard.file)
    finally:
        for file in unfinished:
            file.unlink(missing_ok=True)
    return side, identities


def _read_records(
    data_dir: Path, paths: Sequence[str], listed: Mapping[str, Crop] | None, shrink_factor: float
) -> Iterator[FaceRecord]:
    """A record for each crop, in order; all must be square and of one side."""
    common_side = None
    for path in paths:
        data, side = _read_crop(data_dir / path)
        if listed is not None:
            crop = listed[path]
            identity, source_path, score = crop.identity, crop.source_path, crop.score
            landmarks, expected_side = np.array(crop.landmarks, np.float32), crop.side
        else:
            identity, source_path, score = path.rpartition("/")[0].partition("/")[0], path, np.nan
            landmarks, expected_side = template(side, shrink_factor), side
        common_side = common_side or expected_side
        if side != common_side or side != expected_side:
            raise UserError(
                f"{data_dir / path} has a side of {side} px, not {common_side}: all crops must be "
                "of one size; run dataset/crop_align.py again"
            )
        yield FaceRecord(data, identity, landmarks, source_path, score, side)


def _read_crop(path: Path) -> tuple[bytes, int]:
    """The file as the pipeline will be able to decode it, and the side of its square."""
    data = path.read_bytes()
    # TensorFlow's decoder knows neither the other formats nor which way up EXIF says a picture is.
    may_lie = any(mark in data for mark in _EXIF_MARKS)
    if may_lie or path.suffix.lower() not in _RECORD_SUFFIXES:
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
