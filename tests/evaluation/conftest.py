"""A small set of shards to evaluate on, and an encoder that knows nothing."""

import numpy as np
import pytest

from facedancer.dataset.shards.sharding import shard_folder
from facedancer.evaluation.swaps.face_set import faces_of_records
from facedancer.utils.images import write_image

SIDE = 64


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Shards of twelve random crops of `SIDE` px: four identities, three crops each."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for identity in range(4):
        for index in range(3):
            coarse = rng.integers(0, 256, (4, 4, 3), np.uint8)
            crop = np.kron(coarse, np.ones((SIDE // 4, SIDE // 4, 1), np.uint8))
            write_image(folder / "crops" / f"person_{identity}" / f"{index}.png", crop)
    shard_folder(folder / "crops", folder / "shards", name="test", num_shards=2)
    return folder / "shards"


@pytest.fixture(scope="session")
def faces(shards):
    """The same as a `FaceSet`."""
    return faces_of_records(shards)
