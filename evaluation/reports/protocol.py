"""Protocol of a number: without it two numbers of one metric do not compare."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import facedancer
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_json

from ..encoders.interface import FaceEncoder
from ..files import MOST_RESULTS, plain
from ..runtime import BATCH
from ..swaps.face_set import FaceSet
from ..swaps.pairs import SwapPairs
from ..swaps.swappers import PairSwapper

PROTOCOL_FILE = "protocol.json"
# Of this description; what computed the numbers is in the stamps of the stored parts.
_VERSION = 1
_PACKAGES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "pillow")
# Role -> what the paper measured with (section 4.1).
_PAPER = {
    "identity": "CosFace",
    "pose": "Hopenet",
    "expression": "the embedder of Rosberg and Englund, 2021",
    "features": "Inception",
}


def describe_protocol(
    targets: FaceSet,
    sources: FaceSet,
    pairs: SwapPairs,
    swapper: PairSwapper,
    encoders: Mapping[str, FaceEncoder],
) -> dict[str, object]:
    """All that the numbers depend on, as JSON."""
    drawn = json.dumps([pairs.targets.tolist(), pairs.sources.tolist()]).encode()
    return {
        "version": _VERSION,
        "targets": {**targets.origin, "side": targets.side, "skipped": targets.skipped},
        "sources": {**sources.origin, "side": sources.side, "skipped": sources.skipped},
        "pairs": {
            "count": pairs.count,
            "seed": pairs.seed,
            "sha256": hashlib.sha256(drawn).hexdigest(),
        },
        "swapper": swapper.origin,
        "encoders": {role: {"name": e.name, **e.origin} for role, e in encoders.items()},
        "gallery": "all unaltered pictures of the sources; a person is as near as their nearest",
        "outside": "where utils/alignment.soft_mask is 0",
        "interval": "95 %, of the targets' and the sources' people; FID's of resamples",
        "runtime_batch": BATCH,
        "not_as_the_paper": differences(encoders),
    }


def differences(encoders: Mapping[str, FaceEncoder]) -> list[str]:
    """Tells what keeps the numbers from being compared with the paper's, in words."""
    return [
        f"{role} by {encoders[role].name}; the paper: {paper}"
        for role, paper in _PAPER.items()
        if role in encoders and not encoders[role].is_paper
    ]


def versions() -> dict[str, str]:
    """Names the versions of what computes."""
    return {
        "facedancer": facedancer.__version__,
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
    }


def claim_folder(folder: Path, protocol: Mapping[str, object]) -> None:
    """Makes ``folder`` the place of an evaluation by this protocol, or goes on with one.

    Raises:
        UserError: it holds parts of another one.
    """
    path = folder / PROTOCOL_FILE
    wanted = json.loads(json.dumps(plain(protocol)))
    if not path.is_file():
        write_json(path, wanted)
        return
    try:
        found = dict(read_json(path, MOST_RESULTS))
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is damaged: delete {folder}, or give another --output") from error
    if found != wanted:
        names = [name for name in wanted if found.get(name) != wanted[name]]
        raise UserError(
            f"{folder} holds another evaluation (different: {', '.join(names)}): delete it, or "
            "give another --output"
        )
