"""Single faces with identity and labels: order, resuming, shares, and what is read."""

import json

import numpy as np
import pytest

from facedancer.dataset.crops.listing import CROP_LIST_NAME
from facedancer.dataset.labelled_faces import LabelledFaces, evenly
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.utils.errors import UserError


@pytest.fixture(scope="module")
def faces(shards):
    return LabelledFaces([shards(20)])


def numbers_of(batch):
    """The crops' numbers, by their colours."""
    return batch["image"][:, 0, 0, 0].numpy() - 28


def take(faces, count, **settings):
    return list(faces.batches(6, seed=1, **settings).take(count))


def test_every_face_comes_with_its_identity(faces):
    assert (faces.count, faces.side) == (20, 16)
    assert faces.names == ("person_0", "person_1", "person_2", "person_3")
    assert faces.all_identities_known
    for batch in take(faces, 4):
        np.testing.assert_array_equal(batch["identity"], numbers_of(batch) % 4)
        assert batch["image"].dtype == "uint8"
        assert batch["landmarks"].shape == (6, 5, 2)


def test_an_epoch_holds_each_face_once(faces):
    drawn = np.concatenate([numbers_of(batch) for batch in take(faces, 10)])
    for epoch in range(3):
        assert sorted(drawn[20 * epoch : 20 * epoch + 20]) == list(range(20))
    assert (drawn[:20] != drawn[20:40]).any()


def test_resuming_gives_what_would_have_come(faces):
    whole = [numbers_of(batch).tolist() for batch in take(faces, 70)]
    for start in (3, 66):
        resumed = [numbers_of(batch).tolist() for batch in take(faces, 3, start_step=start)]
        assert resumed == whole[start : start + 3]


def test_shares_cut_the_same_batches(faces):
    whole = [numbers_of(batch) for batch in take(faces, 2)]
    parts = [numbers_of(batch) for batch in take(faces, 6, shares=3)]
    np.testing.assert_array_equal(np.concatenate(whole), np.concatenate(parts))
    with pytest.raises(UserError, match="4 equal shares"):
        faces.batches(6, seed=1, shares=4)


def test_identities_are_balanced_where_asked(shards):
    batches = LabelledFaces([shards(22)]).batches(4, seed=1, sampling="identity").take(5)
    for batch in batches:
        assert sorted(batch["identity"].numpy()) == [0, 1, 2, 3]


def test_read_gives_the_records_asked_for(faces):
    first, second = faces.read(np.array([7, 3, 11]), batch_size=2)
    assert first["image"].shape[0] == 2
    assert second["image"].shape[0] == 1
    identities = np.concatenate([first["identity"], second["identity"]])
    np.testing.assert_array_equal(identities, faces.identities[[7, 3, 11]])


def test_two_sets_have_identities_of_their_own(shards):
    both = LabelledFaces([shards(20), shards(22)])
    assert len(both.names) == 8
    assert set(both.identities) == set(range(8))


def test_evenly_takes_people_in_turn(faces):
    chosen = evenly(faces, 8)
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(np.bincount(faces.identities[chosen]), [2, 2, 2, 2])
    np.testing.assert_array_equal(evenly(faces, 99), np.arange(20))


@pytest.fixture
def labelled(crops, tmp_path):
    """A folder of shards whose faces have a label of three numbers and one of one."""
    folder = crops.write(tmp_path / "crops", 4)
    lines = []
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        crop = {
            "path": str(path.relative_to(folder)),
            "source_path": str(path.relative_to(folder)),
            "identity": path.parent.name,
            "landmarks": [[1, 2]] * 5,
            "box": [0, 0, 9, 9],
            "score": 1.0,
            "matrix": [[1, 0, 0], [0, 1, 0]],
            "side": crops.SIDE,
            "shrink_factor": 1.0,
            "yaw": 0.0,
            "sharpness": 9.0,
            "found_by": "test",
            "labels": {"pose": [number, 2, 3], "mood": [10 * number]},
        }
        lines.append(json.dumps(crop))
    (folder / CROP_LIST_NAME).write_text("\n".join(lines) + "\n")
    shard_folder(folder, tmp_path / "shards", "labelled", 1)
    return LabelledFaces([tmp_path / "shards"])


def test_labels_are_found_by_name(labelled):
    assert labelled.columns("pose") == slice(0, 3) or labelled.columns("pose") == slice(1, 4)
    assert labelled.columns("expression") is None
    [batch] = labelled.read(np.arange(4), 4)
    labels, identity = batch["labels"].numpy(), batch["identity"].numpy()
    np.testing.assert_array_equal(labels[:, labelled.columns("pose")][:, 0], identity)
    np.testing.assert_array_equal(labels[:, labelled.columns("mood")][:, 0], 10 * identity)
    np.testing.assert_array_equal(batch["landmarks"][0], [[1, 2]] * 5)


def test_sets_of_different_labels_are_not_mixed(labelled, shards):
    folder = labelled._data_sets[0].folder
    with pytest.raises(UserError, match="differ in label names"):
        LabelledFaces([folder, shards(20)])
