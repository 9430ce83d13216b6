"""The measured vectors of all pairs, part by part: a run that was stopped goes on where it was."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from facedancer.utils.progress import progress_bar

from .encoders.interface import FaceEncoder
from .files import write_arrays
from .metrics.background import psnr_outside, ssim_outside
from .swaps.face_set import FaceSet
from .swaps.swap_pairs import SwapPairs
from .swaps.swappers import PairSwapper

# Pairs in a part: what is lost of a run that is killed.
_PART = 256

# Targets and their swaps, [B, S, S, 3] uint8 each -> [B].
Comparison = Callable[[np.ndarray, np.ndarray], np.ndarray]


def measure_gallery(
    faces: FaceSet, encoder: FaceEncoder, folder: Path, batch_size: int
) -> np.ndarray:
    """The identity of every unaltered picture of the sources, ``[N, D]``."""

    def measure(rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"identity": encoder.measure(faces.read(rows))}

    return _in_parts(measure, faces.count, folder, "gallery", batch_size)["identity"]


def measure_pairs(
    targets: FaceSet,
    sources: FaceSet,
    pairs: SwapPairs,
    swapper: PairSwapper,
    encoders: Mapping[str, FaceEncoder],
    comparisons: Mapping[str, Comparison],
    folder: Path,
    batch_size: int,
) -> dict[str, np.ndarray]:
    """All that is measured of each of P pairs.

    Args:
        targets: of the pairs.
        sources: of the pairs.
        pairs: what is swapped.
        swapper: by which system.
        encoders: by role, such as ``"pose"``.
        comparisons: by name.
        folder: keeps what is done.
        batch_size: pairs at a time.

    Returns:
        ``"target/ROLE"`` and ``"swap/ROLE"``, ``[P, D]`` each, and each comparison, ``[P]``.
    """

    def measure(rows: np.ndarray) -> dict[str, np.ndarray]:
        target = targets.read(pairs.targets[rows])
        changed = swapper.swap(target, sources.read(pairs.sources[rows]), rows)
        measured = {}
        for role, encoder in encoders.items():
            both = encoder.measure(np.concatenate([target, changed]))
            measured[f"target/{role}"], measured[f"swap/{role}"] = np.split(both, 2)
        return measured | {name: f(target, changed) for name, f in comparisons.items()}

    return _in_parts(measure, pairs.count, folder, "pairs", batch_size)


def standard_comparisons(perceptual: Comparison) -> dict[str, Comparison]:
    """What is compared picture by picture, outside of the face."""
    return {
        "psnr_outside": psnr_outside,
        "ssim_outside": ssim_outside,
        "perceptual_outside": perceptual,
    }


def _in_parts(
    measure: Callable[[np.ndarray], dict[str, np.ndarray]],
    count: int,
    folder: Path,
    name: str,
    batch_size: int,
) -> dict[str, np.ndarray]:
    parts = []
    with progress_bar(total=count, unit="picture", desc=name) as progress:
        for start in range(0, count, _PART):
            rows = np.arange(start, min(start + _PART, count))
            path = folder / f"{name}_{start:07d}.npz"
            if not path.is_file():
                batches = [measure(batch) for batch in _batches(rows, batch_size)]
                names = batches[0]
                write_arrays(path, {n: np.concatenate([b[n] for b in batches]) for n in names})
            with np.load(path) as arrays:
                parts.append(dict(arrays))
            progress.update(len(rows))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _batches(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
