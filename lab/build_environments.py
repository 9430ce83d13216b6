"""Reduces eighteen photographed environments to the lab's light: assets/environments.npz.

python lab/build_environments.py --package=pmndrs-assets-1.7.0.tgz

`npm pack @pmndrs/assets@1.7.0` downloads the package, and `pip install OpenEXR==3.5.3` is needed to
read its pictures; the lab itself needs neither. Each run writes the same bytes.
"""

import base64
import binascii
import dataclasses
import hashlib
import io
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_bytes, write_text
from facedancer.utils.flags.shared import shared_flag

PACKAGE = "pmndrs-assets-1.7.0.tgz"
PACKAGE_SHA256 = "152bd218a3390703f184f0c6ce16e73c8f0a87f32d38530d418a09d33d8208dc"
_FOLDER, _ENDING, _LICENCE = "package/hdri/", ".exr.js", "package/LICENSE"
_HEIGHT, _WIDTH = 64, 128


@dataclasses.dataclass(frozen=True)
class Settings:
    """One reduction."""

    package: str = shared_flag("package", text=f"npm package, {PACKAGE}")
    output: str = shared_flag(
        "output",
        default=str(Path(__file__).parent / "assets"),
        text="output folder for environments.npz and its source",
    )


_SOURCE = """environments.npz: eighteen environments, photographed all around, as linear light.

source   npm @pmndrs/assets 1.7.0, {package}, hdri/*.exr.js, 512 x 256
sha256   {package_sha256}  (the package)
sha256   {sha256}  (environments.npz)
licence  CC0 1.0: LICENCE_environments.txt
made by  python lab/build_environments.py --package={package}
"""


def main(settings: Settings) -> None:
    """Reads the package, and writes the asset, its source and its licence."""
    package = Path(settings.package)
    if not package.is_file():
        raise UserError(f"no package at {package}: download it with npm pack @pmndrs/assets@1.7.0")
    content = package.read_bytes()
    if hashlib.sha256(content).hexdigest() != PACKAGE_SHA256:
        raise UserError(f"{package} is not {PACKAGE}: its SHA-256 differs; download it again")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = {
            member.name: archive.extractfile(member).read()
            for member in archive.getmembers()
            if member.name == _LICENCE
            or (member.name.startswith(_FOLDER) and member.name.endswith(_ENDING))
        }
    licence = files.pop(_LICENCE).decode()
    names = sorted(name.removeprefix(_FOLDER).removesuffix(_ENDING) for name in files)
    maps = [reduced(read_exr(exr_of(files[f"{_FOLDER}{name}{_ENDING}"]))) for name in names]
    # Uncompressed: deflate's output differs between versions of zlib.
    buffer = io.BytesIO()
    np.savez(buffer, names=np.array(names), maps=np.stack(maps))
    source = _SOURCE.format(
        package=PACKAGE,
        package_sha256=PACKAGE_SHA256,
        sha256=hashlib.sha256(buffer.getvalue()).hexdigest(),
    )
    folder = Path(settings.output)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / "environments.npz", buffer.getvalue())
    write_text(folder / "SOURCE_environments.txt", source)
    write_text(folder / "LICENCE_environments.txt", licence)
    print(f"{folder / 'environments.npz'}: {len(names)} maps, {len(buffer.getvalue()):,} bytes")


def exr_of(script: bytes) -> bytes:
    """The EXR file that a module of the package holds as base64.

    Raises:
        UserError: it holds none.
    """
    try:
        return base64.b64decode(script.split(b"base64,")[1].split(b"'")[0], validate=True)
    except (IndexError, binascii.Error) as error:
        raise UserError(f"a module of {PACKAGE} has no base64 in it ({error})") from error


def read_exr(data: bytes) -> np.ndarray:
    """``[H, W, 3]`` float32 linear RGB of an EXR file.

    Raises:
        UserError: OpenEXR is not installed.
    """
    try:
        import OpenEXR
    except ImportError as error:
        raise UserError("reading EXR files needs OpenEXR: pip install OpenEXR==3.5.3") from error
    # OpenEXR reads files by name only.
    with tempfile.NamedTemporaryFile(suffix=".exr") as file:
        file.write(data)
        file.flush()
        with OpenEXR.File(file.name) as picture:
            return picture.channels()["RGB"].pixels.astype(np.float32)


def reduced(picture: np.ndarray) -> np.ndarray:
    """``[64, 128, 3]`` float16: means of blocks; the files' compression left negative values."""
    height, width = picture.shape[:2]
    blocks = np.maximum(picture, 0).reshape(_HEIGHT, height // _HEIGHT, _WIDTH, width // _WIDTH, 3)
    return blocks.mean(axis=(1, 3), dtype=np.float64).astype(np.float16)


if __name__ == "__main__":
    run(main, Settings)
