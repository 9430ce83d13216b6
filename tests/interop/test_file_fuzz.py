"""Files of numbers, damaged on purpose where it hurts: each is read, or refused in one line."""

import json
import shutil
import struct
import time
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.records import FaceRecord, encode_record
from facedancer.dataset.shards import index as shard_index
from facedancer.dataset.shards.catalogue import CATALOGUE_NAME, read_catalogue
from facedancer.dataset.shards.check import check_shards
from facedancer.dataset.shards.index import INDEX_NAME, read_index
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.loading import load_retinaface
from facedancer.training.runs.checkpoint_folder import MANIFEST, newest_whole, seal
from facedancer.training.runs.folder import RUN_FILE, read_parts
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image
from facedancer.utils.weights.published import MODEL_ZOO

UP_TYPES = ("no_skip", "affa", "affa", "affa", "concat")
MOST_MEMORY, MOST_SECONDS = 2000, 20  # MB more than a good file takes; seconds
ODD = (
    *(-1, 0, 2**31, 2**63, 10**30, 0.5, -1e300, True, None, "", "x" * 3000, "../..", "\0"),
    *([], {}, [[]], [None, 10**5, 10**5, 3], {"class_name": "Lambda", "config": {}}),
)


def mutate_json(value, draw):
    """A copy with one entry, anywhere, put out, doubled, or changed to an odd value."""
    value = json.loads(json.dumps(value))
    places = []

    def walk(node):
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(value)
    node, key = places[draw.integers(len(places))]
    choice = draw.integers(4)
    if choice == 0:
        del node[key]
    elif choice == 1 and isinstance(node, list):
        node.extend([node[key]] * int(draw.choice([1, 50, 3000])))
    elif choice == 2 and isinstance(node[key], int | float):
        node[key] = node[key] * int(draw.choice([-1, 100, 10**6]))
    else:
        node[key] = ODD[draw.integers(len(ODD))]
    return value


def mutate_bytes(content, draw, first=None):
    """A few bytes changed, in the first part of the file or anywhere; or a piece cut out."""
    content = bytearray(content)
    end = min(first or len(content), len(content))
    if draw.integers(6) == 0:
        start = draw.integers(end)
        del content[start : start + draw.integers(1, 200)]
    for place in draw.integers(0, end, 1 + draw.integers(6)):
        if place < len(content):
            content[place] = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.integers(256)])
    return bytes(content)


def mutate_hdf5(path, draw):
    """Changes to the tables as libhdf5 itself writes them, or to their bytes."""
    if draw.integers(3) == 0:
        path.write_bytes(mutate_bytes(path.read_bytes(), draw, 30_000))
        return
    with h5py.File(path, "a") as file:
        arrays, groups = [], [file]
        file.visititems(lambda _, m: (arrays if isinstance(m, h5py.Dataset) else groups).append(m))
        name = arrays[draw.integers(len(arrays))].name
        group = groups[draw.integers(len(groups))]
        shape, dtype = file[name].shape, file[name].dtype
        odd = [
            {"shape": (30_000, 30_000), "dtype": "f4", "chunks": True, "compression": "gzip"},
            {"shape": (*shape, 2), "dtype": dtype},
            {"shape": shape, "dtype": "f8", "fillvalue": np.inf},
            {"shape": shape, "dtype": "f4", "fillvalue": np.nan},
            {"shape": shape, "dtype": "i1"},
            {"shape": (2**40,), "dtype": "f4"},
            {"shape": (0, *shape), "dtype": dtype},
            {"data": "text"},
        ]
        choice = draw.integers(6)
        if choice < 3:
            del file[name]
        if choice < 2:
            file.create_dataset(name, **odd[draw.integers(len(odd))])
        elif choice == 3:
            group["link"] = h5py.SoftLink(name) if draw.integers(2) else h5py.ExternalLink("a", "b")
        elif choice == 4:
            values = ("x" * 60_000, np.nan, np.arange(999), h5py.Empty("f4"), [b"a"] * 500)
            group.attrs[f"a{draw.integers(9)}"] = values[draw.integers(len(values))]
        elif group.attrs:
            key = list(group.attrs)[draw.integers(len(group.attrs))]
            group.attrs[key] = (b"", "{" * 3000, 7, [b"a", b"a"])[draw.integers(4)]


def keras_archive(folder):
    get_generator(UP_TYPES, 2, 8, 64, 4).save(folder / "good.keras")
    good = folder / "good.keras"

    def damage(path, draw):
        with zipfile.ZipFile(good) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        choice = draw.integers(5)
        if choice < 2:
            config = mutate_json(json.loads(members["config.json"]), draw)
            members["config.json"] = json.dumps(config).encode()
        elif choice == 2:
            inner = path.with_name("inner.h5")
            inner.write_bytes(members["model.weights.h5"])
            mutate_hdf5(inner, draw)
            members["model.weights.h5"] = inner.read_bytes()
        elif choice == 3:
            name = list(members)[draw.integers(3)]
            members[name] = draw.choice([b"", b"[" * 9999, bytes(10**7), members[name][:-5]])
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        if choice == 4:
            content = path.read_bytes()
            keep = len(content) - 400  # The archive's own tables lie at its end.
            path.write_bytes(content[:keep] + mutate_bytes(content[keep:], draw))

    return damage, load_keras_generator


def published(folder, keras2):
    model = get_generator(UP_TYPES, 2, 8, 64, 4)
    keras2.generator_file(model, UP_TYPES, 2, 64).write(folder / "good.h5")

    def damage(path, draw):
        shutil.copy(folder / "good.h5", path)
        if draw.integers(2):
            with h5py.File(path, "a") as file:
                config = mutate_json(json.loads(file.attrs["model_config"]), draw)
                text = json.dumps(config)
                if len(text) < 64_000:
                    file.attrs["model_config"] = text
        else:
            mutate_hdf5(path, draw)

    return damage, load_keras_generator


def weights(folder):
    def damage(path, draw):
        shutil.copy(MODEL_ZOO / "retinaface_mobilenet.weights.h5", path)
        mutate_hdf5(path, draw)

    return damage, load_retinaface


def shards(folder):
    for number in range(4):
        picture = np.full((16, 16, 3), 40 * number, np.uint8)
        write_image(folder / "crops" / f"{number % 2}" / f"{number}.png", picture)
    shard_folder(folder / "crops", folder / "shards", "fuzz", 2)

    def damage(path, draw):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(folder / "shards", path)
        choice = draw.integers(4)
        index = path / INDEX_NAME
        if choice == 0:
            content = mutate_json(json.loads(index.read_text()), draw)
            if isinstance(content, dict):
                content.pop("sha256", None)
                content["sha256"] = shard_index._checksum(content)
            index.write_text(json.dumps(content))
        elif choice == 1:
            index.write_bytes(mutate_bytes(index.read_bytes(), draw))
        elif choice == 2:
            catalogue = path / CATALOGUE_NAME
            catalogue.write_bytes(mutate_bytes(catalogue.read_bytes(), draw))
        else:
            shard = sorted(path.glob("*.tfrecord"))[0]
            record = encode_record(FaceRecord(b"", "", np.zeros((5, 2)), "", 0.0, 16))
            frame = struct.pack("<Q", int(draw.choice([2**63, 2**31, len(record)]))) + bytes(4)
            odd = (frame + record, mutate_bytes(shard.read_bytes(), draw), b"")
            shard.write_bytes(odd[draw.integers(3)])

    def read(path):
        index = read_index(path)
        for faults in check_shards(path, index, read_catalogue(path, index), decode=True):
            assert all("\n" not in fault for fault in faults)

    return damage, read


def run_folder(folder):
    unfinished = folder / "unfinished"
    unfinished.mkdir()
    (unfinished / "state.index").write_bytes(b"state")
    seal(unfinished, folder / "step_0000010", 0.5)
    parts = {"parts": [{"first_step": 0, "sha256": {"arcface_path": "00"}, "devices": {}}]}

    def damage(path, draw):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(folder / "step_0000010", path / "step_0000010")
        manifest = path / "step_0000010" / MANIFEST
        text = manifest.read_text()
        changed = json.dumps(mutate_json(json.loads(text), draw)).encode()
        odd = (changed, mutate_bytes(text.encode(), draw), b"[" * 9999)
        manifest.write_bytes(odd[draw.choice(3, p=[0.7, 0.25, 0.05])])
        (path / RUN_FILE).write_text(json.dumps(mutate_json(parts, draw)))

    def read(path):
        refusals = []
        for reader in (newest_whole, read_parts):
            try:
                reader(path)
            except UserError as refusal:
                refusals.append(str(refusal))
        if refusals:
            raise UserError("; ".join(refusals))

    return damage, read


def memory():
    """The process's largest so far, in MB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if "VmHWM" in line), 0)


def fuzz(kind, folder, keras2, count):
    """Counts how many of ``count`` files were refused; anything else than a refusal is raised."""
    keras.utils.set_random_seed(7)
    arguments = (keras2,) if kind is published else ()
    damage, read = kind(folder, *arguments)
    refused, before = 0, memory()
    for number in range(count):
        path = folder / f"damaged_{number}"
        damage(path, np.random.default_rng([number, len(kind.__name__)]))
        begun = time.monotonic()
        try:
            read(path)
        except UserError as refusal:
            refused += 1
            assert len(str(refusal)) < 2000, number
        except Exception as error:
            raise AssertionError(f"{kind.__name__}, file {number}: {error!r}") from error
        assert time.monotonic() - begun < MOST_SECONDS, (kind.__name__, number)
        assert memory() - before < MOST_MEMORY, (kind.__name__, number)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        tf.keras.backend.clear_session()
    print(f"{kind.__name__}: {refused} of {count} files refused")
    return refused


KINDS = (keras_archive, published, weights, shards, run_folder)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_few_damaged_files(kind, tmp_path, keras2):
    assert fuzz(kind, tmp_path, keras2, 5) > 0


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_many_damaged_files(kind, tmp_path, keras2):
    assert fuzz(kind, tmp_path, keras2, 120) > 30
