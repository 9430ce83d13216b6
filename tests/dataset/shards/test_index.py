"""index.json: what is written is read; what is wrong is said."""

import json

import pytest

from facedancer.dataset.shards.index import Shard, ShardIndex, read_index, write_index
from facedancer.utils.errors import UserError

INDEX = ShardIndex(
    name="a_train",
    shards=(Shard("a.tfrecord", 3, "0a" * 32), Shard("b.tfrecord", 2, "0b" * 32)),
    side=256,
    identities=4,
    shrink_factor=0.75,
    split="train",
    alignment={"side": 256, "detector": "Zoë", "template": [[1.5, 2.0]]},
    label_names=("yaw", "expression/0"),
    catalogue_sha256="0c" * 32,
)


@pytest.fixture
def folder(tmp_path):
    for shard in INDEX.shards:
        (tmp_path / shard.file).touch()
    write_index(tmp_path, INDEX)
    return tmp_path


def test_round_trip(folder):
    assert read_index(folder) == INDEX
    assert read_index(folder).count == 5
    content = json.loads((folder / "index.json").read_text())
    assert (content["count"], content["num_shards"], content["schema_version"]) == (5, 2, 2)
    assert {path.name for path in folder.iterdir()} == {"a.tfrecord", "b.tfrecord", "index.json"}


def test_missing_folder_and_index_say_what_to_do(tmp_path):
    command = "python dataset/dataset_sharding.py --data=CROPS --output="
    with pytest.raises(UserError, match=f"no such folder of shards: .*nowhere; .*{command}"):
        read_index(tmp_path / "nowhere")
    with pytest.raises(UserError, match=rf"no index\.json in .*; .*{command}"):
        read_index(tmp_path)


def test_missing_shard_is_named(folder):
    (folder / "b.tfrecord").unlink()
    with pytest.raises(UserError, match=r"names b\.tfrecord, which is missing"):
        read_index(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"schema_version": 1},
            "schema version 1, but this code reads 2; make shards with: python",
        ),
        ({"schema_version": None}, "schema version None, but this code reads 2"),
        ({"side": 257}, r"index\.json is damaged .*its content is not what was written"),
        ({"name": "b_train"}, r"index\.json is damaged"),
        ({"shards": 7}, r"index\.json is damaged"),
    ],
)
def test_wrong_content(folder, change, message):
    content = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(content | change))
    with pytest.raises(UserError, match=message):
        read_index(folder)


def test_layout_is_free(folder):
    """The checksum is of the content: a copy that an editor has laid out anew is as good."""
    content = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(dict(reversed(content.items()))))
    assert read_index(folder) == INDEX


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"name": "a_train"}'])
def test_damaged_index(folder, text):
    (folder / "index.json").write_text(text)
    with pytest.raises(UserError, match=r"index\.json is damaged .*; make shards with"):
        read_index(folder)
