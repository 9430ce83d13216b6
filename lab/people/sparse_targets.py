"""The stored form of targets: which vertices move, and how far in whole steps."""

from collections.abc import Mapping, Sequence

import numpy as np

_STEP = 0.001  # decimetres: MakeHuman writes targets with three decimals.


def pack_targets(name: str, targets: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays that hold targets, each ``[V, 3]`` in decimetres, under a name."""
    steps = np.round(np.array(targets) / _STEP).astype(np.int16)
    target, vertex = np.nonzero(steps.any(axis=2))
    return {
        f"{name}_starts": np.searchsorted(target, np.arange(len(targets) + 1)).astype(np.int32),
        f"{name}_vertices": vertex.astype(np.uint16),
        f"{name}_steps": steps[target, vertex],
    }


def unpack_targets(name: str, arrays: Mapping[str, np.ndarray], vertices: int) -> np.ndarray:
    """``[targets, 3 V]`` float32, of what `pack_targets` made."""
    starts = arrays[f"{name}_starts"]
    targets = np.zeros((len(starts) - 1, vertices, 3), np.float32)
    target = np.repeat(np.arange(len(targets)), np.diff(starts))
    targets[target, arrays[f"{name}_vertices"]] = arrays[f"{name}_steps"] * np.float32(_STEP)
    return targets.reshape(len(targets), -1)
