"""A small set of shards and a small configuration that trains in seconds."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from facedancer.dataset.shards.sharding import shard_folder
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.images import write_image

SIDE = 64


@pytest.fixture(autouse=True, scope="module")
def _quick_compilation(quick_compilation):
    """For all trainings here; test_train.py runs one as users do."""


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Shards of twelve smooth random crops of `SIDE` px: four identities, three crops each."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for identity in range(4):
        for index in range(3):
            coarse = rng.integers(0, 256, (4, 4, 3), np.uint8)
            crop = np.kron(coarse, np.ones((SIDE // 4, SIDE // 4, 1), np.uint8))
            write_image(folder / "crops" / f"person_{identity}" / f"{index}.png", crop)
    shard_folder(folder / "crops", folder / "shards", name="train", num_shards=2)
    return folder / "shards"


@pytest.fixture
def small_config(shards, tmp_path):
    """Two steps of the smallest network, with stand-ins for both frozen networks."""
    return TrainConfig(
        data=str(shards),
        run_dir=str(tmp_path / "run"),
        up_types=("affa", "affa", "affa", "affa", "concat"),
        mapping_depth=1,
        mapping_size=16,
        image_size=SIDE,
        base_width=8,
        encoder="untrained_small",
        perceptual_features="mobilenet_v2",
        batch_size=2,
        total_steps=2,
        log_every=1,
    )


@pytest.fixture
def quick_config(small_config):
    """The same with two terms, for what does not depend on the losses: half as much to trace."""
    return dataclasses.replace(
        small_config,
        perceptual_weight=0.0,
        cycle_weight=0.0,
        ifsr_weight=0.0,
        gradient_penalty_weight=0.0,
    )


@pytest.fixture
def tiny_networks(monkeypatch):
    """Trainings of this test build the networks of `tiny_networks.py`."""
    path = Path(__file__).with_name("tiny_networks.py")
    spec = importlib.util.spec_from_file_location("tiny_networks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install(monkeypatch)
