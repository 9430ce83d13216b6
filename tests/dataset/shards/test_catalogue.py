"""catalogue.npz: what is written is read; what does not belong to the index is refused."""

from dataclasses import fields, replace

import numpy as np
import pytest

from facedancer.dataset.shards.catalogue import (
    Catalogue,
    check_sizes,
    read_catalogue,
    write_catalogue,
)
from facedancer.dataset.shards.index import Shard, ShardIndex
from facedancer.utils.errors import UserError

CATALOGUE = Catalogue(
    shard=np.array([0, 0, 1], np.int32),
    offset=np.array([12, 33, 12], np.int64),
    length=np.array([5, 6, 7], np.int32),
    crc=np.array([0, 1, 2**32 - 1], np.uint32),
    identity=np.array([1, -1, 0], np.int32),
    yaw=np.array([-30, np.nan, 5], np.float32),
    identities=("Zoë", "\udcff not text"),
)


def index_of(sha256, counts=(2, 1), identities=2):
    shards = tuple(Shard(f"{n}.tfrecord", count, "") for n, count in enumerate(counts))
    return ShardIndex("a", shards, 16, identities, 1.0, catalogue_sha256=sha256)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalogue.npz"


def test_round_trip(path):
    read = read_catalogue(path.parent, index_of(write_catalogue(path, CATALOGUE)))
    assert read.identities == CATALOGUE.identities
    assert read.count == 3
    for field in fields(Catalogue)[:-1]:
        stored, wanted = getattr(read, field.name), getattr(CATALOGUE, field.name)
        assert stored.dtype == wanted.dtype
        np.testing.assert_array_equal(stored, wanted)


def test_no_identities(path):
    catalogue = replace(CATALOGUE, identity=np.full(3, -1, np.int32), identities=())
    index = index_of(write_catalogue(path, catalogue), identities=0)
    assert read_catalogue(path.parent, index).identities == ()


def test_missing(path):
    with pytest.raises(UserError, match=r"no catalogue\.npz in .*; make the shards again"):
        read_catalogue(path.parent, index_of(""))


def test_of_other_shards(path):
    write_catalogue(path, CATALOGUE)
    with pytest.raises(UserError, match="is damaged or belongs to other shards: its sha256"):
        read_catalogue(path.parent, index_of("00" * 32))


@pytest.mark.parametrize("change", [{"counts": (1, 2)}, {"counts": (3,)}, {"identities": 3}])
def test_of_another_index(path, change):
    checksum = write_catalogue(path, CATALOGUE)
    with pytest.raises(UserError, match="does not belong to the index next to it"):
        read_catalogue(path.parent, index_of(checksum, **change))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (0, r"0\.tfrecord, record 0 is cut off: it has 0 bytes, not 53"),
        (52, r"0\.tfrecord, record 1 is cut off: it has 52 bytes, not 53"),
        (54, r"0\.tfrecord is too long: it has 54 bytes, not 53"),
    ],
)
def test_sizes(tmp_path, size, message):
    catalogue = replace(CATALOGUE, offset=np.array([12, 12 + 5 + 4 + 12 + 10, 12]))
    for name, length in (("0.tfrecord", 53), ("1.tfrecord", 23)):
        (tmp_path / name).write_bytes(bytes(length))
    check_sizes(tmp_path, index_of(""), catalogue)
    (tmp_path / "0.tfrecord").write_bytes(bytes(size))
    with pytest.raises(UserError, match=message):
        check_sizes(tmp_path, index_of(""), catalogue)
