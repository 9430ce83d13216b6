"""Tests what shards hold, as people see it, and as a script can rely on it."""

import functools
import hashlib
import zlib
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.crops.listing import Crop, write_crop_list
from facedancer.dataset.shards.catalogue import Catalogue, read_catalogue, write_catalogue
from facedancer.dataset.shards.check import check_shards
from facedancer.dataset.shards.index import read_index, write_index
from facedancer.dataset.shards.listing import describe, draw_contact_sheet
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.utils.images import read_image, write_image

ROOT = Path(__file__).parents[2]
YAWS = (-80, -20, -20, 0, 3, 5, 44)
POINTS = ((5.0, 6.0), (11.0, 6.0), (8.0, 9.0), (6.0, 12.0), (10.0, 12.0))


@pytest.fixture
def folder(tmp_path):
    """Seven crops: four of Ada, two of Bob, one of nobody known; of some yaw, with a label."""
    crops = []
    for number, (yaw, name) in enumerate(
        zip(YAWS, ["ada/"] * 4 + ["bob/"] * 2 + [""], strict=True)
    ):
        crops.append(
            Crop(
                path=f"{name}{number}.png",
                source_path=f"{number}.jpg",
                identity=name[:-1],
                landmarks=POINTS,
                box=(0.0, 0.0, 9.0, 9.0),
                score=0.9,
                matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
                side=16,
                shrink_factor=1.0,
                yaw=float(yaw),
                sharpness=1.0,
                found_by="upright",
                labels={"age": [30.0]},
            )
        )
        write_image(tmp_path / "crops" / crops[-1].path, np.full((16, 16, 3), 40, np.uint8))
    write_crop_list(tmp_path / "crops", crops)
    shard_folder(tmp_path / "crops", tmp_path / "shards", "faces_train", 2)
    return tmp_path / "shards"


def load(folder):
    index = read_index(folder)
    return index, read_catalogue(folder, index)


@pytest.fixture
def inspect(warm_python, folder):
    """Runs the command on the shards, with more arguments."""
    script = "dataset/inspect_records.py"
    return functools.partial(warm_python, script, f"--data={folder}", cwd=ROOT)


def test_the_script_on_sound_and_on_damaged_shards(inspect, folder, tmp_path):
    sheet = tmp_path / "sheets" / "sheet.png"
    result = inspect("--verify", f"--contact_sheet={sheet}")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "faces_train: 7 crops of 16 px, for train; schema version 2"
    shards = [line.split() for line in lines if line.startswith("faces_train_")]
    assert [(row[0], row[1], row[3]) for row in shards] == [
        ("faces_train_00000-of-00002.tfrecord", "4", "ok"),
        ("faces_train_00001-of-00002.tfrecord", "3", "ok"),
    ]
    for row in shards:
        assert int(row[2].replace(",", "")) == (folder / row[0]).stat().st_size
    assert "all 7 records are whole, decode, and are those that the index names" in lines
    assert read_image(sheet).ndim == 3

    path = folder / shards[1][0]
    content = bytearray(path.read_bytes())
    content[-30] ^= 1
    path.write_bytes(content)
    result = inspect()
    assert result.returncode == 2
    assert "00001-of-00002.tfrecord         3" in result.stdout and "DAMAGED" in result.stdout
    [line] = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: {path}, record 2 is damaged (its content is not what was")


def test_description(folder):
    lines = list(describe(*load(folder)))
    assert lines[0] == "identities: 2; crops of unknown identity: 1"
    assert lines[1].strip() == "largest: ada 4, bob 2"
    assert lines[2].strip() == "smallest: bob 2, ada 4"
    histogram = [line.split() for line in lines if " to " in line]
    assert len(histogram) == 12
    counts = {int(row[0]): int(row[3]) for row in histogram}
    assert {low: count for low, count in counts.items() if count} == {-90: 1, -30: 2, 0: 3, 30: 1}
    bars = {int(row[0]): len(row[4]) for row in histogram if len(row) > 4}
    assert bars == {-90: 14, -30: 27, 0: 40, 30: 14}
    assert "labels: age" in lines
    assert "  shrink_factor: 1.0" in lines


def test_description_where_little_is_known(shards):
    folder = shards(10)
    index, catalogue = load(folder)
    unknown = replace(catalogue, identity=np.full(10, -1, np.int32), identities=())
    lines = list(describe(index, unknown))
    assert lines[0] == "identities: 0; crops of unknown identity: 10"
    assert lines[1].startswith("yaw") and lines[1].endswith("not known: 10")
    assert lines[2] == "labels: none"


def test_contact_sheet_shows_the_landmarks(folder):
    sheet = draw_contact_sheet(folder, *load(folder))
    green = (sheet[..., 1] > 200) & (sheet[..., 0] < 60)
    # Five dots of about a dozen pixels on each of seven crops.
    assert 7 * 5 * 6 < green.sum() < 7 * 5 * 25


def rewrite(folder, **changes):
    """A catalogue and an index that agree with each other, but not with the records."""
    index, catalogue = load(folder)
    own = {field.name for field in fields(Catalogue)}
    catalogue = replace(catalogue, **{name: changes[name] for name in changes.keys() & own})
    checksum = write_catalogue(folder / "catalogue.npz", catalogue)
    others = {name: changes[name] for name in changes.keys() - own}
    write_index(folder, replace(index, catalogue_sha256=checksum, **others))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"side": 32}, "side '16', not '32'"),
        ({"label_names": ("age", "smile")}, "number of labels '1', not '2'"),
        ({"identities": ("ada", "cid")}, "identity 'bob', not 'cid'"),
        ({"yaw": np.full(7, 99, np.float32)}, "not '99.0'"),
    ],
)
def test_verify_compares_records_with_index_and_catalogue(folder, changes, message):
    rewrite(folder, **changes)
    index, catalogue = load(folder)
    assert not any(check_shards(folder, index, catalogue))
    faults = sum(check_shards(folder, index, catalogue, decode=True), [])
    assert faults and all(".tfrecord, record " in fault for fault in faults)
    assert any(message in fault for fault in faults)


def test_verify_decodes_every_image(folder):
    """A shard that is what was written may still hold what training cannot use."""
    index, catalogue = load(folder)
    path = folder / index.shards[0].file
    payloads = [payload.numpy() for payload in tf.data.TFRecordDataset(str(path))]
    payloads[2] = payloads[2].replace(b"IHDR", b"ABCD")
    with tf.io.TFRecordWriter(str(path)) as writer:
        for payload in payloads:
            writer.write(payload)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    crc = catalogue.crc.copy()
    crc[2] = zlib.crc32(payloads[2])
    shards = (replace(index.shards[0], sha256=checksum), index.shards[1])
    rewrite(folder, crc=crc, shards=shards)
    index, catalogue = load(folder)
    assert not any(check_shards(folder, index, catalogue))
    [faults, others] = check_shards(folder, index, catalogue, decode=True)
    assert not others
    assert len(faults) == 1
    assert faults[0].startswith(f"{path}, record 2 is damaged (")
    assert "{{" not in faults[0] and "\n" not in faults[0]
