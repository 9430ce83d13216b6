"""HDF5 files that were made to harm: refused before they can fill the memory or take long."""

import re

import h5py
import keras
import numpy as np
import pytest

from facedancer.utils.weights.hdf5_tree import Hdf5Error, read_hdf5
from facedancer.utils.weights.keras_files import load_keras_weights

pytestmark = pytest.mark.usefixtures("within_bounds")
KERNEL = "layers/dense/vars/0"


def build(name="small"):
    return keras.Sequential([keras.Input((32,)), keras.layers.Dense(16)], name=name)


def replace(**options):
    def spoil(file):
        del file[KERNEL]
        file.create_dataset(KERNEL, **options)

    return spoil


def virtual(file):
    del file[KERNEL]
    layout = h5py.VirtualLayout((32, 16), "float32")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (32, 16))
    file.create_virtual_dataset(KERNEL, layout)


def many_groups(file):
    for number in range(20_001):
        file.create_group(f"layers/{number}")


def deep_groups(file):
    file.create_group("/".join(["layers", *"abcdefgh" * 10]))


def attribute(value, **options):
    return lambda file: file["layers"].attrs.create("extra", value, **options)


WIDE = {"shape": (30_000, 30_000), "dtype": "float32"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (replace(**WIDE), "larger than the whole file"),
        (replace(**WIDE, chunks=(3000, 3000), compression="gzip"), "larger than the whole file"),
        (replace(**WIDE, chunks=(30_000, 30_000), fillvalue=1.0), "larger than the whole file"),
        (replace(shape=(2**32, 2**32), dtype="int8", chunks=(1, 1)), "larger than the whole file"),
        (replace(shape=(32, 16), dtype="float32", chunks=(8, 8)), "stored in pieces or compressed"),
        (replace(data=np.zeros((32, 16), "complex64")), "not numbers"),
        (replace(data=np.zeros(512, [("a", "f4"), ("b", "i4")])), "not numbers"),
        (replace(data=np.full(3, "x" * 9, object), dtype=h5py.string_dtype()), "not numbers"),
        (replace(shape=(4,), dtype=h5py.ref_dtype), "not numbers"),
        (replace(data=h5py.Empty("float32")), "."),
        (replace(data=np.zeros((0, 16), "float32")), "."),
        (replace(data=np.zeros((16, 32), "float32")), "shape"),
        (virtual, "lies in another file"),
        (many_groups, "members"),
        (deep_groups, "more than 60 deep"),
        (attribute("x" * 60_000), "attribute extra of layers is too large"),
        (attribute(h5py.Empty("f4")), "."),
        (attribute(np.zeros(3, "complex64")), "."),
        (attribute(np.nan), "got lost in it"),
        (lambda file: file.create_group("layers/x\x1b[31m"), "a name in it is no word"),
        (lambda file: file.create_group("layers/" + "x" * 5000), "a name in it is no word"),
        (lambda file: file.move(KERNEL, "kernel"), "."),
    ],
)
def test_hostile_weights_are_refused(tmp_path, spoil, message):
    path = tmp_path / "hostile.weights.h5"
    build().save_weights(path)
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(ValueError, match=message):
        load_keras_weights(path, build)


def test_a_large_attribute_is_refused(tmp_path):
    with h5py.File(tmp_path / "file.h5", "w", libver="latest") as file:
        file.attrs["layer_names"] = "x" * 17 * 2**20
    with pytest.raises(Hdf5Error, match="attributes are too large"):
        read_hdf5(tmp_path / "file.h5")


def test_many_references_to_one_text_are_refused(tmp_path):
    path = tmp_path / "hostile.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("text", data="x" * 3_500_000, dtype=h5py.string_dtype())
        group = file.create_group("layers")
        group.attrs.create("texts", np.full(4000, "y", object), dtype=h5py.string_dtype())
    with h5py.File(path) as file:
        place = file["text"].id.get_offset()
    content = path.read_bytes()
    # Each reference is a length of four bytes and where in the file the text is; h5py writes none
    # twice, so those to "y" are made to point to the long text, which would take 14 GB.
    references = re.compile(rb"(?:\x01\x00{3}.{12}){4000}", re.DOTALL)
    content, count = references.subn(lambda _: content[place : place + 16] * 4000, content, count=1)
    assert count == 1
    path.write_bytes(content)
    with pytest.raises(Hdf5Error):
        read_hdf5(path)
