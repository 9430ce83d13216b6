"""FID of unaltered pictures against themselves, blurred, noisy and shifted."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.files import write_json, write_text
from facedancer.utils.places import check_folder, check_there
from facedancer.utils.progress import progress_bar

from .encoders.registry import load_measure
from .files import plain
from .metrics.fid import fid
from .settings import SensitivitySettings
from .swaps.task import open_faces

# Standard deviations in pixels of a 64 px crop, of a wider one as much wider; grey levels; and
# pixels of a 64 px crop again.
BLURS = (0.4, 0.8, 1.6)
NOISES = (2, 4, 8)
SHIFTS = (1, 2, 4)
_SIDE = 64

# [B, S, S, 3] uint8 and the faces' numbers [B] -> the same, changed.
Change = Callable[[np.ndarray, np.ndarray], np.ndarray]


def measure_sensitivity(settings: SensitivitySettings) -> tuple[Path, str]:
    """Measures, and writes ``fid_sensitivity.json`` and ``fid_sensitivity.md``.

    Of ``settings.pairs`` faces the first half stands for the targets; the second, unaltered, is
    what FID gives equal quality, and so says how much comes of the number of pictures alone.

    Returns:
        The table's file and the table.

    Raises:
        UserError: faces or features that cannot be had, or too few faces.
    """
    folder = Path(settings.output)
    check_folder(folder)
    check_there(settings.targets, "folder")
    encoder = load_measure("features", settings.features_encoder)
    faces = open_faces(settings.targets, settings.image_size, folder / "targets")
    count = min(settings.pairs or faces.count, faces.count) // 2
    if count < 2:
        raise UserError(
            f"{count} face on each side: FID needs at least two, and hundreds for a meaningful "
            "value; raise --pairs, or give more --targets"
        )
    order = np.random.default_rng(settings.seed).permutation(faces.count)
    rows, others = order[:count], order[count : 2 * count]

    def features(numbers: np.ndarray, change: Change) -> np.ndarray:
        parts = []
        for start in range(0, count, settings.batch_size):
            batch = numbers[start : start + settings.batch_size]
            parts.append(encoder.measure(change(faces.read(batch), batch)))
        return np.concatenate(parts)

    unaltered = features(rows, _leave)
    found = {"other pictures, unaltered": fid(unaltered, features(others, _leave))}
    for name, change in progress_bar(changes(faces.side).items(), unit="change"):
        found[name] = fid(unaltered, features(rows, change))
    table = _table(found)
    content = {"fid": found, "pictures": count, "seed": settings.seed, "side": faces.side}
    content |= {"features": {"name": encoder.name, **encoder.origin}, "targets": faces.origin}
    write_json(folder / "fid_sensitivity.json", plain(content))
    path = folder / "fid_sensitivity.md"
    lines = f"\n{count} pictures of {faces.side} px on either side, features: {encoder.name}.\n"
    write_text(path, table + lines)
    return path, table + lines


def changes(side: int) -> dict[str, Change]:
    """The changes by their names in the table, for crops of a side."""
    scale = side / _SIDE
    named: dict[str, Change] = {}
    for pixels in BLURS:
        named[f"blurred by {pixels * scale:g} px"] = _blurred(pixels * scale)
    for level in NOISES:
        named[f"noise of {level} grey levels"] = _noisy(level)
    for pixels in SHIFTS:
        shift = max(1, round(pixels * scale))
        named[f"shifted by {shift} px"] = _shifted(shift)
    return named


def _leave(images: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return images


def _blurred(deviation: float) -> Change:
    return lambda images, numbers: np.stack(
        [cv2.GaussianBlur(image, (0, 0), deviation) for image in images]
    )


def _noisy(level: float) -> Change:
    def change(images: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        noise = [np.random.default_rng(int(n)).normal(0, level, images.shape[1:]) for n in numbers]
        return np.clip(np.rint(images + np.stack(noise)), 0, 255).astype(np.uint8)

    return change


def _shifted(pixels: int) -> Change:
    """To the right and down; the rim that comes in repeats the last row and column."""

    def change(images: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        padding = ((0, 0), (pixels, 0), (pixels, 0), (0, 0))
        side = images.shape[1]
        return np.pad(images, padding, mode="edge")[:, :side, :side]

    return change


def _table(found: dict[str, float]) -> str:
    rows = [f"| {name} | {value:.3f} |" for name, value in found.items()]
    return "\n".join(["| against the unaltered pictures | FID |", "|---|---:|", *rows]) + "\n"
