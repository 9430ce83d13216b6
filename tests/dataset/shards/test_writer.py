"""Tests how shards are written: on all cores, checked, whole or not at all."""

import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.damage import find_damage
from facedancer.dataset.records import decode_record
from facedancer.dataset.shards import sharding, writer
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.index import read_index
from facedancer.dataset.shards.sharding import shard_folder, shard_split_folder
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image


@pytest.mark.parametrize("workers", [1, 7])
def test_the_same_bytes_whatever_the_number_of_workers(tmp_path, crops, workers):
    folder = crops.write(tmp_path / "crops", 30)
    for name, number in (("one", 2), ("other", workers)):
        shard_folder(folder, tmp_path / name, "a", 3, seed=1, workers=number)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes(), path.name


def test_memory_is_bounded(tmp_path, crops, monkeypatch):
    """A writer that cannot keep up is waited for: crops do not pile up in memory."""
    folder = crops.write(tmp_path / "crops", 60)
    encode, lock = writer.encode_crop, threading.Lock()
    begun, most, written = 0, 0, 0

    def count_begun(*arguments):
        nonlocal begun, most
        with lock:
            begun += 1
            most = max(most, begun - written)
        return encode(*arguments)

    class SlowWriter(tf.io.TFRecordWriter):
        def write(self, record):
            nonlocal written
            threading.Event().wait(0.002)
            super().write(record)
            with lock:
                written += 1

    monkeypatch.setattr(writer, "encode_crop", count_begun)
    monkeypatch.setattr(writer.tf.io, "TFRecordWriter", SlowWriter)
    shard_folder(folder, tmp_path / "shards", "a", 2, workers=2)
    assert (begun, written) == (60, 60)
    assert most <= 2 * writer._WAITING + 1


def test_the_catalogue_leads_to_every_record(tmp_path, crops):
    folder = crops.write(tmp_path / "crops", 9)
    write_image(folder / "loose.png", np.zeros((16, 16, 3), np.uint8))
    index = shard_folder(folder, tmp_path / "shards", "a", 3)
    catalogue = read_catalogue(tmp_path / "shards", index)
    assert catalogue.identities == tuple(f"person_{n}" for n in range(4))
    stored = [
        payload.numpy()
        for shard in index.shards
        for payload in tf.data.TFRecordDataset(str(tmp_path / "shards" / shard.file))
    ]
    assert catalogue.count == len(stored) == 10
    for row, payload in enumerate(stored):
        content = (tmp_path / "shards" / index.shards[catalogue.shard[row]].file).read_bytes()
        assert content[catalogue.offset[row] :][: catalogue.length[row]] == payload
        assert zlib.crc32(payload) == catalogue.crc[row]
        name = decode_record(payload)["identity"].numpy().decode()
        number = catalogue.identity[row]
        assert name == (catalogue.identities[number] if number >= 0 else "")
    assert np.isnan(catalogue.yaw).all()


def test_a_split_that_fails_leaves_both_older_sets(tmp_path, crops, monkeypatch):
    folder, target = crops.write(tmp_path / "crops", 8), tmp_path / "shards"
    shard_split_folder(folder, target, "a", {"validation": 0.25})
    before = {path: path.read_bytes() for path in target.rglob("*.*")}
    write = writer.write_shards

    def fail_at_the_second(table, rows, folder, *rest):
        if folder.name == "validation":
            raise OSError("no space left on device")
        return write(table, rows, folder, *rest)

    monkeypatch.setattr(sharding, "write_shards", fail_at_the_second)
    with pytest.raises(OSError, match="no space left"):
        shard_split_folder(folder, target, "a", {"validation": 0.25}, seed=5)
    assert {path: path.read_bytes() for path in target.rglob("*.*")} == before


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda records: records[:-1], r"holds 2 of 3 records; the disk may be full"),
        (lambda records: [*records, records[0]], r"record 3 differs from what was written"),
        (lambda records: records[::-1], r"record 0 differs from what was written"),
    ],
)
def test_shards_are_read_again_before_they_take_their_names(
    tmp_path, crops, monkeypatch, harm, message
):
    class FaultyWriter(tf.io.TFRecordWriter):
        def __enter__(self):
            self.records = []
            return self

        def write(self, record):
            self.records.append(record)

        def __exit__(self, *_):
            for record in harm(self.records):
                super().write(record)
            self.close()

    monkeypatch.setattr(writer.tf.io, "TFRecordWriter", FaultyWriter)
    folder = crops.write(tmp_path / "crops", 3)
    with pytest.raises(UserError, match=message):
        shard_folder(folder, tmp_path / "shards", "a")
    assert not list(tmp_path.glob("shards/*"))


def test_a_crash_midway_leaves_the_older_data_set(tmp_path, crops, monkeypatch):
    folder, target = crops.write(tmp_path / "crops", 6), tmp_path / "shards"
    shard_folder(folder, target, "a", 2)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    crops.write(folder, 9)
    encode = writer.encode_crop

    def fail_in_the_end(table, side, row):
        if table.paths[row].endswith("8.png"):
            raise OSError("no space left on device")
        return encode(table, side, row)

    monkeypatch.setattr(writer, "encode_crop", fail_in_the_end)
    with pytest.raises(OSError, match="no space left"):
        shard_folder(folder, target, "a", 3)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_what_a_killed_run_leaves_is_removed(tmp_path, crops):
    folder, target = crops.write(tmp_path / "crops", 6), tmp_path / "shards"
    target.mkdir()
    left = [".a_00003-of-00007.tfrecord.unfinished", ".catalogue.npz.unfinished"]
    kept = [".b_00003-of-00007.tfrecord.unfinished", ".other.unfinished"]
    for name in (*left, *kept):
        (target / name).touch()
    shard_folder(folder, target, "a", 1)
    assert {path.name for path in target.glob(".*")} == set(kept)


@pytest.mark.long
def test_a_kill_at_any_moment_leaves_a_whole_set_or_none(tmp_path, crops):
    """Old or new, every byte of it; where a kill falls between the two, the folder is refused."""
    target = tmp_path / "shards"
    shard_folder(crops.write(tmp_path / "old", 6), target, "a_train", 2)
    folder = tmp_path / "crops"
    for number in range(600):
        write_image(
            folder / f"person_{number % 4}" / f"{number}.png", np.zeros((16, 16, 3), np.uint8)
        )
    script = Path(__file__).parents[3] / "dataset" / "dataset_sharding.py"
    folders = f"--data={folder}", f"--output={target}"
    command = [sys.executable, script, "--data_name=a", *folders, "--num_shards=40"]
    rng = np.random.default_rng(0)
    counts = []
    for _ in range(12):
        writer.discard_unfinished(target, "a_train")
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            while not any(target.glob(".a_train*.unfinished")):
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 1.2))
            process.kill()
        if (target / "index.json").exists():
            assert find_damage(target) is None
            counts.append(read_index(target).count)
    assert set(counts) <= {6, 600}
    subprocess.run(command, check=True, capture_output=True)
    assert read_index(target).count == 600
    assert find_damage(target) is None
    assert len(list(target.iterdir())) == 42
