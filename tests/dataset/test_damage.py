"""Whatever happens to a file of a data set is named, or provably changes nothing."""

import re
import shutil
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.damage import find_damage, naming_damage
from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.records import FaceRecord, decode_record, encode_record
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.check import check_shards
from facedancer.dataset.shards.index import read_index
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

# A frame's parts, as slices of its bytes.
FIELDS = {
    "length": slice(0, 8),
    "checksum of the length": slice(8, 12),
    "payload": slice(12, -4),
    "checksum of the payload": slice(-4, None),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Twelve crops of noise, JPEG and PNG, in three shards."""
    folder = tmp_path_factory.mktemp("sound")
    rng = np.random.default_rng(0)
    for number in range(12):
        image = rng.integers(0, 256, (16, 16, 3), np.uint8)
        path = f"person_{number % 4}/{number}{'.jpg' if number % 2 else '.png'}"
        write_image(folder / "crops" / path, image)
    shard_folder(folder / "crops", folder / "shards", "test_train", 3)
    return folder / "shards"


@pytest.fixture
def data(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "shards")


def read_everything(folder):
    """The index, and all that each record decodes to."""
    index = read_index(folder)
    catalogue = read_catalogue(folder, index)
    decoded = []
    for row in range(catalogue.count):
        content = (folder / index.shards[catalogue.shard[row]].file).read_bytes()
        payload = content[catalogue.offset[row] :][: catalogue.length[row]]
        record = decode_record(payload)
        decoded.append({name: np.asarray(value).tobytes() for name, value in record.items()})
    return index, decoded


def frame_positions(folder):
    """``(file, record, positions)`` for each record of each shard."""
    index = read_index(folder)
    catalogue = read_catalogue(folder, index)
    counts = Counter()
    for row in range(catalogue.count):
        file = index.shards[catalogue.shard[row]].file
        start = int(catalogue.offset[row]) - 12
        yield file, counts[file], range(start, start + int(catalogue.length[row]) + 16)
        counts[file] += 1


def flip(path, position, bits=0xFF):
    content = bytearray(path.read_bytes())
    content[position] ^= bits
    path.write_bytes(content)


def flip_anywhere(folder, rng):
    path = rng.choice(sorted(folder.iterdir()))
    flip(path, rng.integers(path.stat().st_size), int(rng.integers(1, 256)))
    return re.escape(path.name)


def flip_field(folder, rng):
    file, record, positions = rng.choice(np.array([*frame_positions(folder)], object))
    field = FIELDS[str(rng.choice([*FIELDS]))]
    flip(folder / file, rng.choice(positions[field]), int(rng.integers(1, 256)))
    return rf"{file}, record {record} is damaged \("


def flip_image(folder, rng):
    file, record, positions = rng.choice(np.array([*frame_positions(folder)], object))
    content = (folder / file).read_bytes()
    example = tf.train.Example.FromString(content[positions[12] : positions[-4]])
    [image] = example.features.feature["image"].bytes_list.value
    flip(folder / file, content.index(image) + rng.integers(len(image)), int(rng.integers(1, 256)))
    return rf"{file}, record {record} is damaged \(its content is not what was written\)"


def cut_short(folder, rng):
    path = rng.choice(sorted(folder.glob("*.tfrecord")))
    size = int(rng.integers(path.stat().st_size))
    path.write_bytes(path.read_bytes()[:size])
    whole = [
        frame
        for file, _, frame in frame_positions(folder)
        if file == path.name and frame[-1] < size
    ]
    return (
        rf"{path.name}, record {len(whole)} is damaged \(the file (is empty|ends after {size} of)"
    )


def empty(folder, rng):
    path = rng.choice(sorted(folder.iterdir()))
    path.write_bytes(b"")
    return rf"{path.name}(, record 0)? is damaged \(?.*"


def lengthen(folder, rng):
    path = rng.choice(sorted(folder.iterdir()))
    path.write_bytes(path.read_bytes() + rng.bytes(rng.integers(1, 40)))
    return re.escape(path.name)


def erase_block(folder, rng):
    path = rng.choice(sorted(folder.iterdir()))
    content = bytearray(path.read_bytes())
    start = int(rng.integers(len(content)))
    block = content[start : start + 64]
    content[start : start + 64] = bytes(len(block))
    path.write_bytes(content)
    return re.escape(path.name)


def remove(folder, rng):
    path = rng.choice(sorted(folder.iterdir()))
    path.unlink()
    return re.escape(path.name)


def exchange(folder, rng):
    one, other = rng.choice(sorted(folder.glob("*.tfrecord")), 2, replace=False)
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    return rf"({one.name}|{other.name}) is not the file that index\.json tells of"


MUTATIONS = [
    flip_anywhere,
    flip_field,
    flip_image,
    cut_short,
    empty,
    lengthen,
    erase_block,
    remove,
    exchange,
]


@pytest.mark.parametrize("count", [60, pytest.param(450, marks=pytest.mark.long)])
def test_mutated_files_are_named_or_harmless(sound, tmp_path, count):
    index, decoded = read_everything(sound)
    harmless = Counter()
    for seed in range(count):
        mutate = MUTATIONS[seed % len(MUTATIONS)]
        folder = shutil.copytree(sound, tmp_path / str(seed))
        message = mutate(folder, np.random.default_rng(seed))
        what = f"{mutate.__name__}, seed {seed}"
        try:
            found = find_damage(folder)
        except UserError as error:
            found = str(error)
        if found is None:
            harmless[mutate.__name__] += 1
            assert read_everything(folder) == (index, decoded), what
        else:
            assert re.search(message, found), f"{what}: {found}"
            assert len(found.splitlines()) == 1, what
    # Only the white space of index.json, and zeros made zeros, can change without an effect.
    assert harmless.keys() <= {"flip_anywhere", "lengthen", "erase_block"}
    assert harmless.total() < count / 10


@pytest.mark.parametrize("field", FIELDS)
def test_each_part_of_a_frame(data, field):
    file, record, positions = [*frame_positions(data)][5]
    flip(data / file, positions[FIELDS[field]][1])
    assert find_damage(data).startswith(f"{data / file}, record {record} is damaged (")


def test_every_fault_is_listed_not_only_the_first(data):
    frames = [*frame_positions(data)]
    for number in (1, 2, 9):
        file, _, positions = frames[number]
        flip(data / file, positions[20])
    index = read_index(data)
    shards = list(check_shards(data, index, read_catalogue(data, index)))
    named = [
        re.search(r"test_train_0000(\d).*, record (\d) is", f).groups() for s in shards for f in s
    ]
    assert [len(shard) for shard in shards] == [2, 0, 1]
    assert named == [("0", "1"), ("0", "2"), ("2", "1")]


def write_shard(path, *records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def test_a_shard_of_another_schema_is_named(data):
    path = data / read_index(data).shards[1].file
    record = FaceRecord(b"no picture", "", template(16), "a.jpg", 1.0, 16)
    example = tf.train.Example.FromString(encode_record(record))
    example.features.feature["schema_version"].int64_list.value[:] = [1]
    write_shard(path, *[example.SerializeToString()] * 9)
    found = find_damage(data)
    assert found == (
        f"{path} is not the file that index.json tells of: it is whole, but holds 9 other records "
        "of schema version 1"
    )


def test_a_shard_cut_between_two_records_is_found(data):
    path = data / read_index(data).shards[1].file
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    write_shard(path, *records[:3])
    assert find_damage(data).startswith(f"{path}, record 3 is damaged (the file ends after")


def test_damage_is_named_while_reading(data):
    shards = [str(data / shard.file) for shard in read_index(data).shards]
    file, record, positions = [*frame_positions(data)][5]
    flip(data / file, positions[40])
    message = rf"{file}, record {record} is damaged .*; make the shards again with dataset/dataset"
    with pytest.raises(UserError, match=message), naming_damage(data):
        for payload in tf.data.TFRecordDataset(shards):
            decode_record(payload)


def test_damage_is_named_by_the_pipeline(data):
    file, record, positions = [*frame_positions(data)][5]
    flip(data / file, positions[40])
    message = rf"{data / file}, record {record} is damaged .*; make the shards again with"
    with pytest.raises(UserError, match=message) as caught, naming_damage(data):
        for _ in make_dataset(data, 16, 4, repeat=False):
            pass
    assert len(str(caught.value).splitlines()) == 1 and "{{" not in str(caught.value)


def test_what_a_reader_has_named_is_not_looked_for_again(tmp_path):
    told = "assertion failed: [DamagedRecordError: a.tfrecord, record 7 is damaged (its content)]"
    message = r"^a\.tfrecord, record 7 is damaged \(its content\); make the shards again with"
    with pytest.raises(UserError, match=message), naming_damage(tmp_path / "nowhere"):
        raise tf.errors.InvalidArgumentError(None, None, told)


def test_whole_data_has_no_damage_and_other_errors_pass(data):
    assert find_damage(data) is None
    another = tf.errors.InvalidArgumentError(None, None, "another fault")
    with pytest.raises(type(another), match="another fault"), naming_damage(data, data):
        raise another


def test_the_damaged_one_of_several_folders_is_named(data, sound):
    flip(data / read_index(data).shards[0].file, 30)
    with pytest.raises(UserError, match=str(data)), naming_damage(sound, data):
        raise tf.errors.DataLossError(None, None, "corrupted record")
