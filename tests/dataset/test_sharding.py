"""Every crop exactly once, whole files or none."""

import json
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset import sharding
from facedancer.dataset.crop_list import Crop, append_crop, writing_crop_list
from facedancer.dataset.records import decode_record
from facedancer.dataset.shard_index import read_index
from facedancer.dataset.sharding import shard_folder
from facedancer.utils.alignment import template
from facedancer.utils.cli import UserError
from facedancer.utils.images import encode_image, write_image


def read_shards(folder):
    """Every record of each shard, decoded: a list per shard."""
    files = [str(folder / shard.file) for shard in read_index(folder).shards]
    return [list(tf.data.TFRecordDataset(file).map(decode_record)) for file in files]


def sources(records):
    return [record["source_path"].numpy().decode() for record in records]


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


def test_a_plain_folder_has_the_templates_landmarks(tmp_path, crops):
    crops.write(tmp_path / "crops", 1)
    write_image(tmp_path / "crops" / "loose.png", np.zeros((crops.SIDE, crops.SIDE, 3), np.uint8))
    index = shard_folder(tmp_path / "crops", tmp_path / "shards", "a", shrink_factor=0.75)
    assert (index.shrink_factor, index.identities) == (0.75, 1)
    for record in sum(read_shards(tmp_path / "shards"), []):
        np.testing.assert_allclose(record["landmarks"], template(crops.SIDE, 0.75))
        assert np.isnan(record["score"])
    identities = Counter(r["identity"].numpy() for r in sum(read_shards(tmp_path / "shards"), []))
    assert identities == {b"person_0": 1, b"": 1}


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


def list_crops(folder, side, paths):
    with writing_crop_list(folder) as file:
        for number, path in enumerate(paths):
            landmarks = tuple((float(number), float(n)) for n in range(5))
            matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
            source = f"photos/{number}.webp"
            box = (0.0, 0.0, 9.0, 9.0)
            append_crop(file, Crop(path, source, "Ada", landmarks, box, 0.5, matrix, side, 0.8))


def test_the_crop_list_is_stored(tmp_path, crops):
    folder = crops.write(tmp_path / "crops", 3)
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.png"))
    list_crops(folder, crops.SIDE, paths)
    (folder / paths[1]).unlink()  # As a person does with a bad crop.
    index = shard_folder(folder, tmp_path / "shards", "a", shuffle=False)
    assert (index.count, index.identities, index.shrink_factor) == (2, 1, 0.8)
    [records] = read_shards(tmp_path / "shards")
    assert sources(records) == ["photos/0.webp", "photos/2.webp"]
    for record, number in zip(records, (0, 2), strict=True):
        assert record["landmarks"].numpy().tolist() == [[number, n] for n in range(5)]
        assert (record["identity"].numpy(), float(record["score"])) == (b"Ada", 0.5)


def spoil_size(folder):
    write_image(folder / "person_0" / "large.png", np.zeros((32, 32, 3), np.uint8))
    return r"person_0/large\.png has a side of 32 px, not 16|has a side of 16 px, not 32"


def spoil_shape(folder):
    write_image(folder / "person_0" / "wide.png", np.zeros((16, 20, 3), np.uint8))
    return r"person_0/wide\.png is 20 x 16 px, not square"


def spoil_content(folder):
    (folder / "person_0" / "broken.jpg").write_bytes(b"\xff\xd8 not much more")
    return r"not a readable image: .*person_0/broken\.jpg"


def spoil_list(folder):
    list_crops(folder, 16, ["person_0/000.png"])
    return r"person_0/004\.png is not in crops\.jsonl"


def spoil_listed_size(folder):
    list_crops(folder, 256, [f"person_{n % 4}/{n:03d}.png" for n in range(6)])
    return r"\.png has a side of 16 px, not 256"


def spoil_line(folder):
    (folder / "crops.jsonl").write_text('{"path": "a.png"}\n')
    return r"crops\.jsonl, line 1 is damaged"


def spoil_run(folder):
    (folder / ".crops.jsonl.unfinished").touch()
    return r"cropping into .* did not finish; run dataset/crop_align\.py again"


SPOILS = [
    spoil_size,
    spoil_shape,
    spoil_content,
    spoil_list,
    spoil_listed_size,
    spoil_line,
    spoil_run,
]


@pytest.mark.parametrize("spoil", SPOILS)
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


def test_a_crash_midway_leaves_the_older_data_set(tmp_path, crops, monkeypatch):
    folder, target = crops.write(tmp_path / "crops", 6), tmp_path / "shards"
    shard_folder(folder, target, "a", 2)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    crops.write(folder, 9)
    calls = iter(range(5))
    encode = sharding.encode_record

    def fail_in_the_end(record):
        if next(calls, None) is None:
            raise OSError("no space left on device")
        return encode(record)

    monkeypatch.setattr(sharding, "encode_record", fail_in_the_end)
    with pytest.raises(OSError, match="no space left"):
        shard_folder(folder, target, "a", 3)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


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
