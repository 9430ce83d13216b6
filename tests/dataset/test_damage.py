"""Damaged shards are named, whichever way they are damaged."""

import shutil

import pytest
import tensorflow as tf

from facedancer.dataset.damage import find_damage, naming_damage
from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.records import FaceRecord, encode_record
from facedancer.dataset.shard_index import read_index
from facedancer.utils.alignment import template
from facedancer.utils.cli import UserError


@pytest.fixture
def data(shards, tmp_path):
    return shutil.copytree(shards(10), tmp_path / "shards")


def second_shard(data):
    return data / read_index(data).shards[1].file


def flip_byte(data):
    content = bytearray(second_shard(data).read_bytes())
    content[len(content) // 2] ^= 0xFF
    second_shard(data).write_bytes(content)
    return r"_00001-of-00003\.tfrecord, record 1 is damaged \(corrupted record"


def cut_short(data):
    content = second_shard(data).read_bytes()
    second_shard(data).write_bytes(content[:-10])
    return r"_00001-of-00003\.tfrecord, record 2 is damaged \(truncated record"


def replace_image(data):
    with tf.io.TFRecordWriter(str(second_shard(data))) as writer:
        record = FaceRecord(b"no picture", "", template(16), "a.jpg", 1.0, 16)
        writer.write(encode_record(record))
    return r"record 0 is damaged \(Unknown image file format.*\); make the shards again"


@pytest.mark.parametrize("spoil", [flip_byte, cut_short, replace_image])
def test_damage_is_named_while_reading(data, spoil):
    message = spoil(data)
    iterator = iter(make_dataset(data, 16, 4))
    with pytest.raises(UserError, match=message) as caught, naming_damage(data):
        for _ in range(20):
            next(iterator)
    assert "{{" not in str(caught.value) and "Op:" not in str(caught.value)


def test_a_shard_cut_between_two_records_is_found(data):
    shard = second_shard(data)
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(shard))]
    with tf.io.TFRecordWriter(str(shard)) as writer:
        writer.write(records[0])
    count = read_index(data).shards[1].count
    assert find_damage(data).endswith(f"holds 1 records, not {count} as the index says")


def test_whole_data_has_no_damage_and_other_errors_pass(data):
    assert find_damage(data) is None
    with pytest.raises(tf.errors.InvalidArgumentError, match="another fault"), naming_damage(data):
        raise tf.errors.InvalidArgumentError(None, None, "another fault")
