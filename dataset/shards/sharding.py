"""A folder of aligned crops -> one data set of shards, or several that share no identity."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json
from facedancer.utils.places import check_there

from ..crops.encoding import read_crop
from ..crops.listing import CROP_LIST_NAME
from ..crops.plan import run_settings
from ..crops.table import CropTable, read_crop_table
from .index import INDEX_NAME, MOST_INDEX_BYTES, ShardIndex
from .split import split_by_identity
from .writer import UnfinishedSet, discard_unfinished, publish, write_shards

_CROPS_PER_SHARD = 1000


def shard_folder(
    data_dir: str | Path,
    target_dir: str | Path,
    name: str,
    num_shards: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    shrink_factor: float = 1.0,
    split: str = "train",
    workers: int | None = None,
    twins: str | Path | None = None,
    twin_photographs: str | Path | None = None,
    only_twins: bool = False,
) -> ShardIndex:
    """Stores every crop below ``data_dir`` exactly once, in ``target_dir``.

    All shards are first written under other names, and read again: a run that fails or is killed
    leaves an older data set in ``target_dir`` as it was. A finished one replaces one of the same
    name. The same crops and arguments give the same bytes.

    Args:
        data_dir: crops, see `read_crop_table`; they must be square and of one size.
        target_dir: gets the shards, ``catalogue.npz`` and ``index.json``.
        name: the shards' common name, such as ``vggface2_train``.
        num_shards: how many files; None for one per 1000 crops.
        shuffle: mix the crops before they are stored; otherwise they are in their paths' order.
        seed: of the shuffling.
        shrink_factor: the alignment's, used only where there is no ``crops.jsonl`` to say it.
        split: what the data is for, as the index tells it.
        workers: threads; None for one a core. The bytes do not depend on it.
        twins: a folder that holds some of the crops once more, by the same paths, each with another
            person's face, see `records.FaceRecord`.
        twin_photographs: instead, a folder that holds some of the photographs once more, by the
            same paths; the crops' places are cut out of them.
        only_twins: store no crop without a twin.

    Raises:
        UserError: no crops, one that is damaged, not square or of another side than the rest, or
            not listed in the folder's ``crops.jsonl``; no twin of any in the folder of twins, or
            two such folders, or none with ``only_twins``; more shards than crops; ``target_dir``
            holds a data set of another name; a shard that does not read as it was written.
    """
    table = _read_table(data_dir, shrink_factor, twins, twin_photographs)
    rows = _stored(table, np.arange(len(table)), only_twins)
    plan = [(rows, Path(target_dir), name, split, num_shards)]
    return _write_and_publish(table, plan, shuffle, seed, workers)[0]


def shard_split_folder(
    data_dir: str | Path,
    target_dir: str | Path,
    data_name: str,
    shares: Mapping[str, float],
    num_shards: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    shrink_factor: float = 1.0,
    workers: int | None = None,
    twins: str | Path | None = None,
    twin_photographs: str | Path | None = None,
    only_twins: bool = False,
) -> dict[str, ShardIndex]:
    """As `shard_folder`, but into two or three data sets, no identity being in two of them.

    They lie in the sub-folders ``train``, and ``validation`` and ``test`` as far as they have a
    share, of ``target_dir`` and are called ``DATA_NAME_train`` and so on. Crops of unknown identity
    are all in the first, see `split.split_by_identity`. ``num_shards`` is the first one's; the
    others' shards are of about the same size. Either all take the place of older ones, or none.

    Args:
        shares: of the crops, by the other sets' names.
        only_twins: store no crop without a twin. The sets have the same people as without.

    Returns:
        The indexes by the sets' names.

    Raises:
        UserError: as `shard_folder` and `split.split_by_identity`.
    """
    table = _read_table(data_dir, shrink_factor, twins, twin_photographs)
    set_of = split_by_identity(table.identity, table.identities, shares, seed)
    names = ("train", *shares)
    plan = []
    for place, split in enumerate(names):
        rows, number = _stored(table, np.flatnonzero(set_of == place), only_twins), num_shards
        if number is not None and place:
            number = max(1, round(num_shards * len(rows) / len(plan[0][0])))
        plan.append((rows, Path(target_dir) / split, f"{data_name}_{split}", split, number))
    written = _write_and_publish(table, plan, shuffle, seed, workers)
    return dict(zip(names, written, strict=True))


def _read_table(
    data_dir: str | Path,
    shrink_factor: float,
    twins: str | Path | None,
    twin_photographs: str | Path | None,
) -> CropTable:
    """The crops, and where their twins are."""
    table = read_crop_table(data_dir, shrink_factor)
    if twins is None and twin_photographs is None:
        return table
    if twins is not None and twin_photographs is not None:
        raise UserError("--twins and --twin_photographs cannot be combined: give one of them")
    if twin_photographs is None:
        folder, what, paths = Path(twins), "crop", table.paths
        table = dataclasses.replace(table, twins=folder)
    else:
        if table.side is None:
            raise UserError(
                f"{data_dir} has no {CROP_LIST_NAME} that says where to crop --twin_photographs: "
                "make the crops with dataset/crop_align.py, or crop the twins and give --twins"
            )
        folder, what, paths = Path(twin_photographs), "photograph", table.source_paths
        table = dataclasses.replace(table, twin_photographs=folder)
    check_there(folder, "folder of twins")
    if not _count_twins(table, np.arange(len(table))):
        raise UserError(
            f"{folder} has no twin of any {what}: each must have its {what}'s path, such as "
            f"{folder / paths[0]}"
        )
    return table


def _stored(table: CropTable, rows: np.ndarray, only_twins: bool) -> np.ndarray:
    """Those of the rows that a data set gets."""
    if not only_twins:
        return rows
    if table.twins is None and table.twin_photographs is None:
        raise UserError("--only_twins needs twins: give --twins or --twin_photographs")
    kept = [row for row in rows if table.twin_of(row) is not None]
    if not kept:
        raise UserError("--only_twins leaves one of the sets empty: leave it out")
    return np.array(kept)


def _count_twins(table: CropTable, rows: np.ndarray) -> int:
    return sum(table.twin_of(row) is not None for row in rows)


def _write_and_publish(
    table: CropTable,
    plan: list[tuple[np.ndarray, Path, str, str, int | None]],
    shuffle: bool,
    seed: int,
    workers: int | None,
) -> list[ShardIndex]:
    """Writes all data sets of a plan (rows, folder, name, split, number of shards)."""
    for _, folder, name, _, _ in plan:
        _refuse_other_name(folder, name)
    side = table.side or read_crop(table.folder / table.paths[0])[1]
    alignment = _alignment(table, side)
    workers = workers or os.cpu_count() or 1
    written: list[UnfinishedSet] = []
    try:
        for rows, folder, name, split, num_shards in plan:
            if num_shards is None:
                num_shards = -(-len(rows) // _CROPS_PER_SHARD)
            if not 1 <= num_shards <= len(rows):
                raise UserError(
                    f"--num_shards={num_shards}: use 1 to {len(rows)}, the number of crops"
                )
            if shuffle:
                rows = np.random.default_rng(seed).permutation(rows)
            index = ShardIndex(
                name=name,
                shards=(),
                side=side,
                identities=0,
                shrink_factor=table.shrink_factor,
                split=split,
                alignment=alignment,
                label_names=table.label_names,
                twins=_count_twins(table, rows),
            )
            written.append(write_shards(table, rows, folder, index, num_shards, workers))
        publish(written)
    finally:
        for _, folder, name, _, _ in plan:
            discard_unfinished(folder, name)
    return [unfinished.index for unfinished in written]


def _alignment(table: CropTable, side: int) -> dict[str, object]:
    """Tells how the crops were made: what any crops show, and what `crop_align.py` recorded."""
    points = template(side, table.shrink_factor).astype(float).round(4).tolist()
    known = {"template": points, "side": side, "shrink_factor": table.shrink_factor}
    return known | run_settings(table.folder)


def _refuse_other_name(folder: Path, name: str) -> None:
    """A data set of another name is not ours to replace, whichever version wrote it."""
    try:
        there = read_json(folder / INDEX_NAME, MOST_INDEX_BYTES)["name"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return  # None there, or one that nobody could read any more.
    if there != name:
        raise UserError(
            f"{folder} already holds the shards of {there}: choose another --output for {name}"
        )
