"""Codes of labels: what a pair's code is made of, and that each pair has its own in a pipeline."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.dataset.crops.listing import CROP_LIST_NAME
from facedancer.dataset.pair_codes import PairCodes
from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.shards.index import ShardIndex
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.utils.errors import UserError

NAMES = ("pose/0", "pose/1", "posed", "shape/0", "shape/1", "shape/2", "mood")


def data_set(names=NAMES, folder="somewhere"):
    index = ShardIndex("lab", (), 16, 0, 1.0, label_names=names)
    return SimpleNamespace(folder=folder, index=index)


def test_a_code_is_the_source_s_labels_then_the_target_s():
    codes = PairCodes([data_set()], {"shape": 3}, {"pose": 2, "mood": 1})
    labels = np.arange(14, dtype=np.float32).reshape(2, 7)
    # What is not asked for may be unknown.
    labels[:, 2] = np.nan
    found = codes.of(labels[:1], labels[1:])
    np.testing.assert_array_equal(found, [[10, 11, 12, 0, 1, 6]])
    assert codes.size == 6


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ([data_set(())], "has no label 'shape' of 3 numbers"),
        ([data_set(NAMES[:5])], "has no label 'shape' of 3 numbers"),
        ([data_set(), data_set(NAMES[1:], "elsewhere")], "differ in their labels"),
    ],
)
def test_faces_without_the_labels_are_refused(sets, message):
    with pytest.raises(UserError, match=message):
        PairCodes(sets, {"shape": 3}, {})


@pytest.fixture
def labelled(crops, tmp_path):
    """Shards whose every crop has its number for a label: ``shape``, and ``pose`` 100 more."""
    folder = crops.write(tmp_path / "crops", 8)
    lines = []
    for path in sorted(folder.rglob("*.png")):
        number = int(path.stem)
        name = str(path.relative_to(folder))
        crop = {"path": name, "source_path": name, "identity": path.parent.name}
        crop |= {"landmarks": [[1, 2]] * 5, "box": [0, 0, 9, 9], "score": 1.0, "yaw": 0.0}
        crop |= {"matrix": [[1, 0, 0], [0, 1, 0]], "side": crops.SIDE, "shrink_factor": 1.0}
        crop |= {"sharpness": 9.0, "found_by": "test"}
        crop["labels"] = {"pose": [100 + number], "shape": [number]}
        lines.append(json.dumps(crop))
    (folder / CROP_LIST_NAME).write_text("\n".join(lines) + "\n")
    shard_folder(folder, tmp_path / "shards", "labelled", 1)
    return tmp_path / "shards"


def test_each_pair_of_a_pipeline_has_its_code(labelled, crops):
    batches = make_dataset(
        labelled,
        image_size=crops.SIDE,
        batch_size=4,
        augment=False,
        source_labels={"shape": 1},
        target_labels={"pose": 1},
    )
    for batch in batches.take(3):
        target, source = (
            np.rint((batch[name][:, 0, 0, 0].numpy() + 1) * 127.5) - crops.colour_of(0)[0]
            for name in ("target", "source")
        )
        np.testing.assert_array_equal(batch["code"], np.stack([source, 100 + target], 1))
        np.testing.assert_array_equal(batch["own_code"], np.stack([target, 100 + target], 1))
