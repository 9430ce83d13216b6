"""Every crop exactly once, whole files or none."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.records import decode_record
from facedancer.dataset.shards import sharding
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.index import read_index
from facedancer.dataset.shards.sharding import shard_folder, shard_split_folder
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import encode_image, write_image


def read_shards(folder):
    """Every record of each shard, decoded: a list per shard."""
    files = [str(folder / shard.file) for shard in read_index(folder).shards]
    return [list(tf.data.TFRecordDataset(file).map(decode_record)) for file in files]


def sources(records):
    return [record["source_path"].numpy().decode() for record in records]


def identities(records):
    return [record["identity"].numpy().decode() for record in records]


@pytest.mark.parametrize(("count", "num_shards"), [(1, 1), (10, 1), (10, 3), (10, 10)])
def test_every_crop_exactly_once(tmp_path, crops, count, num_shards):
    crops.write(tmp_path / "crops", count)
    index = shard_folder(tmp_path / "crops", tmp_path / "shards", "a_train", num_shards)
    shards = read_shards(tmp_path / "shards")
    assert index == read_index(tmp_path / "shards")
    assert len(shards) == num_shards
    assert [len(shard) for shard in shards] == [shard.count for shard in index.shards]
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
    assert (index.count, index.side, index.identities) == (count, crops.SIDE, min(count, 4))
    records = [record for shard in shards for record in shard]
    assert sorted(sources(records)) == sorted(
        path.relative_to(tmp_path / "crops").as_posix() for path in tmp_path.glob("crops/*/*.png")
    )
    for record in records:
        number = int(sources([record])[0][-7:-4])
        assert record["identity"].numpy().decode() == f"person_{number % 4}"
        assert (record["image"].numpy() == crops.colour_of(number)).all()
    assert {path.name for path in (tmp_path / "shards").iterdir()} == {
        "index.json",
        "catalogue.npz",
        *(f"a_train_{number:05d}-of-{num_shards:05d}.tfrecord" for number in range(num_shards)),
    }


def test_number_of_shards_follows_the_crops(tmp_path, crops, monkeypatch):
    monkeypatch.setattr(sharding, "_CROPS_PER_SHARD", 4)
    crops.write(tmp_path / "crops", 9)
    assert len(shard_folder(tmp_path / "crops", tmp_path / "shards", "a").shards) == 3


def test_order(tmp_path, crops):
    crops.write(tmp_path / "crops", 12)

    def order(**settings):
        shard_folder(tmp_path / "crops", tmp_path / "shards", "a", 2, **settings)
        return sources(sum(read_shards(tmp_path / "shards"), []))

    plain = order(shuffle=False)
    assert plain == sorted(plain)
    assert order(seed=1) == order(seed=1)
    assert plain != order(seed=1) != order(seed=2)


def test_files_are_stored_as_they_are_or_without_loss(tmp_path, crops):
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    for suffix in (".jpg", ".png", ".bmp", ".tiff"):
        write_image(tmp_path / "crops" / f"a{suffix}", image)
    jpeg = (tmp_path / "crops" / "a.jpg").read_bytes()
    shard_folder(tmp_path / "crops", tmp_path / "shards", "a", 1)
    [records] = read_shards(tmp_path / "shards")
    for record, source in zip(records, sources(records), strict=True):
        expected = (
            tf.io.decode_jpeg(jpeg, dct_method="INTEGER_ACCURATE") if "jpg" in source else image
        )
        np.testing.assert_array_equal(record["image"], expected)


def test_exif_orientation_is_carried_out(tmp_path):
    image = np.full((16, 16, 3), 50, np.uint8)
    image[:8] = 200
    jpeg = encode_image(image, ".jpg")
    upside_down = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0"
    segment = b"\xff\xe1" + (len(upside_down) + 2).to_bytes(2, "big") + upside_down
    (tmp_path / "crops").mkdir()
    (tmp_path / "crops" / "a.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    shard_folder(tmp_path / "crops", tmp_path / "shards", "a")
    [[record]] = read_shards(tmp_path / "shards")
    assert record["image"].numpy()[:6].max() < 60 and record["image"].numpy()[10:].min() > 190


def test_what_the_index_tells(tmp_path, crops):
    folder = crops.write(tmp_path / "crops", 4)
    write_image(folder / "loose.png", np.zeros((16, 16, 3), np.uint8))
    index = shard_folder(folder, tmp_path / "shards", "a_test", 2, shrink_factor=0.5, split="test")
    assert (index.split, index.schema_version, index.label_names) == ("test", 2, ())
    assert (index.alignment["side"], index.alignment["shrink_factor"]) == (16, 0.5)
    np.testing.assert_allclose(index.alignment["template"], template(16, 0.5), atol=1e-4)
    for shard in index.shards:
        content = (tmp_path / "shards" / shard.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == shard.sha256


def test_split_by_identity(tmp_path, crops):
    folder = crops.write(tmp_path / "crops", 40)
    write_image(folder / "loose.png", np.zeros((16, 16, 3), np.uint8))
    shares = {"validation": 0.25}
    indexes = shard_split_folder(folder, tmp_path / "shards", "a", shares, num_shards=6)
    assert list(indexes) == ["train", "validation"]
    people, photographs = [], []
    for split, index in indexes.items():
        assert index == read_index(tmp_path / "shards" / split)
        assert (index.name, index.split) == (f"a_{split}", split)
        records = sum(read_shards(tmp_path / "shards" / split), [])
        catalogue = read_catalogue(tmp_path / "shards" / split, index)
        assert set(catalogue.identities) == {name for name in identities(records) if name}
        people.append(set(identities(records)))
        photographs += sources(records)
    assert [index.count for index in indexes.values()] == [31, 10]
    assert [len(index.shards) for index in indexes.values()] == [6, 2]
    assert not people[0] & people[1]
    assert "" in people[0]  # Of unknown identity: in training.
    assert sorted(photographs) == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*.png")
    )


def spoil_size(folder):
    write_image(folder / "person_0" / "large.png", np.zeros((32, 32, 3), np.uint8))
    return r"person_0/large\.png has a side of 32 px, not 16|has a side of 16 px, not 32"


def spoil_shape(folder):
    write_image(folder / "person_0" / "wide.png", np.zeros((16, 20, 3), np.uint8))
    return r"person_0/wide\.png is 20 x 16 px, not square"


def spoil_content(folder):
    (folder / "person_0" / "broken.jpg").write_bytes(b"\xff\xd8 not much more")
    return r"not a readable image: .*person_0/broken\.jpg"


@pytest.mark.parametrize("spoil", [spoil_size, spoil_shape, spoil_content])
def test_bad_crops_are_named_and_leave_no_shards(tmp_path, crops, spoil):
    folder = crops.write(tmp_path / "crops", 6)
    message = spoil(folder)
    with pytest.raises(UserError, match=message):
        shard_folder(folder, tmp_path / "shards", "a", 2)
    assert not list(tmp_path.glob("shards/*"))


@pytest.mark.parametrize("num_shards", [0, 7])
def test_impossible_number_of_shards(tmp_path, crops, num_shards):
    crops.write(tmp_path / "crops", 6)
    with pytest.raises(UserError, match=f"--num_shards={num_shards}: use 1 to 6"):
        shard_folder(tmp_path / "crops", tmp_path / "shards", "a", num_shards)


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        shard_folder(tmp_path / "nowhere", tmp_path / "shards", "a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no images"):
        shard_folder(tmp_path / "empty", tmp_path / "shards", "a")


def test_a_second_run_replaces_the_first(tmp_path, crops):
    folder, target = crops.write(tmp_path / "crops", 6), tmp_path / "shards"
    shard_folder(folder, target, "a", 5)
    (target / "notes.txt").write_text("keep me")
    shard_folder(folder, target, "a", 2)
    assert sum(map(len, read_shards(target))) == 6
    assert len(list(target.glob("*.tfrecord"))) == 2
    assert (target / "notes.txt").read_text() == "keep me"


def test_shards_of_another_name_are_not_replaced(tmp_path, crops):
    folder, target = crops.write(tmp_path / "crops", 6), tmp_path / "shards"
    shard_folder(folder, target, "a_train")
    with pytest.raises(UserError, match="already holds the shards of a_train: choose another"):
        shard_folder(folder, target, "a_validation")


def test_an_unreadable_older_data_set_is_replaced(tmp_path, crops):
    folder, target = crops.write(tmp_path / "crops", 6), tmp_path / "shards"
    shard_folder(folder, target, "a")
    content = json.loads((target / "index.json").read_text()) | {"schema_version": 0}
    (target / "index.json").write_text(json.dumps(content))
    shard_folder(folder, target, "a")
    assert read_index(target).count == 6


def test_the_script_splits(warm_python, tmp_path, crops):
    folder, target = crops.write(tmp_path / "crops", 8), tmp_path / "shards"
    write_image(folder / "loose.png", np.zeros((16, 16, 3), np.uint8))
    script = Path(__file__).parents[3] / "dataset" / "dataset_sharding.py"
    folders = f"--data={folder}", f"--output={target}"
    shares = "--validation_share=0.25", "--test_share=0.25"
    result = warm_python(script, "--data_name=a", *folders, *shares)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "5 crops of 16 px, 2 identities and 1 crops of unknown identity, in 1 shards: "
        f"{target}/train",
        f"2 crops of 16 px, 1 identities, in 1 shards: {target}/validation",
        f"2 crops of 16 px, 1 identities, in 1 shards: {target}/test",
    ]
