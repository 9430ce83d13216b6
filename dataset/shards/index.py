"""``index.json``: what a folder of shards holds. It is written last, so it vouches for the rest."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from facedancer.utils.bounded_json import MEGABYTE
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_json

from ..records import MOST_SIDE, SCHEMA_VERSION

INDEX_NAME = "index.json"
# A hundred thousand shards.
MOST_INDEX_BYTES = 16 * MEGABYTE
# What int32 counts.
_MOST_RECORDS = 2**31 - 1
_REMEDY = "make shards with: python dataset/dataset_sharding.py --data=CROPS --output={}"


@dataclass(frozen=True)
class Shard:
    """One TFRecord file, relative to the index, the number of records in it and its checksum."""

    file: str
    count: int
    sha256: str


@dataclass(frozen=True)
class ShardIndex:
    """A data set of aligned crops, stored as shards.

    Attributes:
        name: what the shards are called, such as ``vggface2_train``.
        shards: the files, in order.
        side: every crop's side in pixels.
        identities: how many different ones there are; 0 if not known. `Catalogue` has the names.
        shrink_factor: the alignment's, see `utils.alignment.template`.
        schema_version: `records.SCHEMA_VERSION` of the code that wrote the shards.
        split: what the data is for, such as ``"train"`` or ``"validation"``.
        alignment: how the crops were made, as far as it is known: for people, not for the program.
        label_names: what each number of a record's labels is.
        catalogue_sha256: checksum of the `Catalogue` that belongs to these shards.
        twins: how many records have one, see `records.FaceRecord`.
    """

    name: str
    shards: tuple[Shard, ...]
    side: int
    identities: int
    shrink_factor: float
    schema_version: int = SCHEMA_VERSION
    split: str = ""
    alignment: dict[str, object] = field(default_factory=dict)
    label_names: tuple[str, ...] = ()
    catalogue_sha256: str = ""
    twins: int = 0

    @property
    def count(self) -> int:
        """Number of records in all shards."""
        return sum(shard.count for shard in self.shards)


def write_index(folder: str | Path, index: ShardIndex) -> None:
    """Writes ``index.json`` into ``folder``, whole or not at all."""
    content = asdict(index)
    # For people: the program sums up the shards itself.
    content |= {"count": index.count, "num_shards": len(index.shards)}
    content["sha256"] = _checksum(content)
    write_json(Path(folder) / INDEX_NAME, content)


def read_index(folder: str | Path) -> ShardIndex:
    """Reads ``folder/index.json`` and checks that every shard is there.

    Raises:
        UserError: there is no such folder, no index or no such shard; the index is damaged or
            belongs to shards of another schema version.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"no such folder of shards: {folder}; {_REMEDY.format(folder)}")
    path = folder / INDEX_NAME
    if not path.is_file():
        raise UserError(f"no {INDEX_NAME} in {folder}; {_REMEDY.format(folder)}")
    try:
        content = read_json(path, MOST_INDEX_BYTES)
        version = content["schema_version"]
        index = _to_index(content) if version == SCHEMA_VERSION else None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise UserError(f"{path} is damaged ({error!r}); {_REMEDY.format(folder)}") from error
    if index is None:
        raise UserError(
            f"{path} has schema version {version}, but this code reads {SCHEMA_VERSION}; "
            f"{_REMEDY.format(folder)}"
        )
    for shard in index.shards:
        if not (folder / shard.file).is_file():
            raise UserError(
                f"{path} names {shard.file}, which is missing; {_REMEDY.format(folder)}"
            )
    return index


def _to_index(content: dict) -> ShardIndex:
    # A flipped byte can turn one number into another, which no look at its type would show.
    if content.pop("sha256") != _checksum(content):
        raise ValueError("its content is not what was written: the sha256 differs")
    index = ShardIndex(
        name=str(content["name"]),
        shards=tuple(
            Shard(str(s["file"]), int(s["count"]), str(s["sha256"])) for s in content["shards"]
        ),
        side=int(content["side"]),
        identities=int(content["identities"]),
        shrink_factor=float(content["shrink_factor"]),
        split=str(content["split"]),
        alignment=dict(content["alignment"]),
        label_names=tuple(map(str, content["label_names"])),
        catalogue_sha256=str(content["catalogue_sha256"]),
        # Shards that were written before there were any do not say it.
        twins=int(content.get("twins", 0)),
    )
    _check(index)
    return index


def _check(index: ShardIndex) -> None:
    """Refuses what no data set has, whoever computed the checksum.

    Raises:
        ValueError: the message says what it is.
    """
    if not 0 < index.side <= MOST_SIDE:
        raise ValueError(f"crops of {index.side:.0e} pixels")
    if not 0 <= index.identities <= index.count <= _MOST_RECORDS:
        raise ValueError("more identities than records, or more records than can be")
    if not 0 <= index.twins <= index.count:
        raise ValueError("more twins than records")
    for shard in index.shards:
        if shard.count < 1:
            raise ValueError(f"a shard of {shard.count} records")
        if Path(shard.file).name != shard.file:
            raise ValueError(f"a shard in another folder, {shard.file[:80]!r}")


def _checksum(content: dict) -> str:
    """Hashes what the JSON says, not how it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
