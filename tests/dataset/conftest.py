"""Small data sets whose every crop can be told by its colour."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.dataset.data_sets import DataSet
from facedancer.dataset.shards.catalogue import Catalogue
from facedancer.dataset.shards.index import Shard, ShardIndex
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.utils.images import write_image

SIDE = 16


def colour_of(number: int) -> tuple[int, int, int]:
    """A colour of its own for each number below 200, far from black and white."""
    return 28 + number, 227 - number, 128


def write_crops(folder, count, suffix=".png", side=SIDE):
    """``count`` crops, each of its number's colour, of four identities."""
    for number in range(count):
        image = np.full((side, side, 3), colour_of(number), np.uint8)
        write_image(folder / f"person_{number % 4}" / f"{number:03d}{suffix}", image)
    return folder


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Folders of shards by number of crops, made once."""
    made = {}

    def of(count):
        if count not in made:
            folder = tmp_path_factory.mktemp(f"shards_{count}")
            write_crops(folder / "crops", count)
            shard_folder(folder / "crops", folder / "shards", "test_train", min(3, count))
            made[count] = folder / "shards"
        return made[count]

    return of


@pytest.fixture(scope="session")
def crops():
    """The functions above: pytest's importlib mode has no module to import them from."""
    return SimpleNamespace(SIDE=SIDE, colour_of=colour_of, write=write_crops)


@pytest.fixture(scope="session")
def data_set():
    """``data_set(identity=..., yaw=...)``: one that exists in memory alone, to draw from."""

    def make(identity, yaw=None, folder="somewhere"):
        identity = np.array(identity, np.int32)
        count, names = len(identity), int(identity.max()) + 1
        yaw = np.full(count, np.nan) if yaw is None else np.array(yaw)
        zeros = np.zeros(count, np.int32)
        names = tuple(f"person_{number}" for number in range(names))
        catalogue = Catalogue(zeros, zeros, zeros, zeros, identity, yaw, names)
        index = ShardIndex("some", (Shard("some.tfrecord", count, ""),), SIDE, len(names), 1.0)
        return DataSet(Path(folder), index, catalogue)

    return make
