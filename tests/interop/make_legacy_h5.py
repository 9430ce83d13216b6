#!/usr/bin/env python3
"""Write a Keras-2 HDF5 model file from a skeleton, with reproducible weights.

    make_legacy_h5.py SKELETON.json.gz OUT.h5

A skeleton holds what the published model files hold besides their numbers: the
root attributes (keras_version, backend, model_config), and for every layer group
its weight names and shapes, in file order. The numbers written here depend on
each weight's name and shape alone, so that a model loaded from OUT.h5 must give
the outputs recorded beside the skeleton (see README.md), to float32 rounding.
"""

import gzip
import json
import sys
import zlib

import h5py
import numpy as np


def seeded_weight(key: str, shape: tuple[int, ...]) -> np.ndarray:
    """The weight named ``key`` (group + '/' + dataset path), float32, of ``shape``."""
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    noise = rng.standard_normal(shape).astype("float32")
    leaf = key.rsplit("/", 1)[-1].split(":")[0]
    if leaf in ("gamma",):
        return 0.5 + 0.05 * noise
    if leaf in ("moving_variance",):
        return 1.0 + 0.1 * np.abs(noise)
    if leaf in ("beta", "bias", "moving_mean"):
        return 0.1 * noise
    fan_in = int(np.prod(shape[:-1])) or 1
    scale = 0.1 if "Head" in key else 1.0  # keeps the detector's scores apart
    return noise * np.float32(scale * np.sqrt(1.0 / fan_in))


def write(skeleton: dict, path: str) -> None:
    with h5py.File(path, "w") as file:
        for name, value in skeleton["attrs"].items():
            file.attrs[name] = value
        root = file.create_group("model_weights")
        for name, value in skeleton["weights_attrs"].items():
            root.attrs[name] = value
        root.attrs["layer_names"] = [g["name"].encode() for g in skeleton["groups"]]
        for g in skeleton["groups"]:
            group = root.create_group(g["name"])
            group.attrs["weight_names"] = [w["name"].encode() for w in g["weights"]]
            for w in g["weights"]:
                group.create_dataset(
                    w["name"], data=seeded_weight(g["name"] + "/" + w["name"], tuple(w["shape"]))
                )


if __name__ == "__main__":
    source, target = sys.argv[1:]
    with gzip.open(source, "rt") as f:
        write(json.load(f), target)
