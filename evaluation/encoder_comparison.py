"""Identity encoders on the same faces: how alike are pictures of one person, and of two?"""

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.places import check_there
from facedancer.utils.progress import progress_bar

from .encoders.registry import load_measure
from .metrics.verification import auc
from .swaps.face_set import FaceSet
from .swaps.task import open_faces

_SIDE = 256
_BATCH = 32


@dataclasses.dataclass(frozen=True)
class Separation:
    """The distance between pairs of one person and pairs of two.

    Attributes:
        auc: the chance that a same pair is the more alike one.
        same: mean cosine of pictures of one person.
        other: mean cosine of pictures of two people.
        gap: the least of ``same`` less the largest of ``other``; above 0, one threshold is always
            right here.
        deviations: the difference of the means over the root mean square of both deviations.
    """

    auc: float
    same: float
    other: float
    gap: float
    deviations: float


def compare_on(folder: str, encoders: Sequence[str]) -> str:
    """The table of a folder in Markdown, a row for each encoder.

    Raises:
        UserError: faces or encoders that cannot be had, or no person with two pictures.
    """
    check_there(folder, "folder")
    measures = {spec: load_joined(spec) for spec in encoders}
    with tempfile.TemporaryDirectory() as keep:
        faces = open_faces(folder, _SIDE, Path(keep))
        first, second, same = pairs_of(faces)
        if not same.any() or same.all():
            raise UserError(
                f"{folder} has too few pictures: it needs two of one person, and two people"
            )
        vectors = {spec: _measured(faces, measure) for spec, measure in measures.items()}
    lines = [
        f"{Path(folder).name}: {faces.count} faces of {len(np.unique(faces.identity))} people, "
        f"{same.sum():,} pairs of one person, {np.sum(~same):,} of two",
        "",
        "| encoder | AUC ↑ | same ↑ | other ↓ | gap ↑ | deviations apart ↑ |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for spec, of_spec in vectors.items():
        found = separate(np.sum(of_spec[first] * of_spec[second], 1), same)
        lines.append(
            f"| {spec} | {found.auc:.4f} | {found.same:.3f} | {found.other:.3f} | {found.gap:+.3f} "
            f"| {found.deviations:.2f} |"
        )
    return "\n".join([*lines, ""])


def load_joined(spec: str) -> Callable[[np.ndarray], np.ndarray]:
    """An encoder, or several with ``+`` between them, as a function.

    Returns:
        ``[B, S, S, 3]`` uint8 RGB -> ``[B, D]`` of unit length, each encoder's part alike.
    """
    specs = [spec] if Path(spec).exists() else spec.split("+")
    encoders = [load_measure("identity", one) for one in specs]

    def measure(images: np.ndarray) -> np.ndarray:
        parts = [encoder.measure(images) for encoder in encoders]
        units = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in parts]
        return np.concatenate(units, axis=1) / np.sqrt(len(units))

    return measure


def pairs_of(faces: FaceSet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs but those of one video: numbers of the two faces, and whether of one person."""
    first, second = np.triu_indices(faces.count, 1)
    videos = np.array(faces.videos or [""] * faces.count)
    usable = (videos[first] == "") | (videos[first] != videos[second])
    first, second = first[usable], second[usable]
    return first, second, faces.identity[first] == faces.identity[second]


def separate(cosines: np.ndarray, same: np.ndarray) -> Separation:
    """Describes ``[P]`` cosines, and whether each is of one person."""
    alike, others = cosines[same].astype(np.float64), cosines[~same].astype(np.float64)
    spread = np.sqrt((alike.var() + others.var()) / 2)
    return Separation(
        auc(cosines, same),
        float(alike.mean()),
        float(others.mean()),
        float(alike.min() - others.max()),
        float((alike.mean() - others.mean()) / max(spread, 1e-12)),
    )


def _measured(faces: FaceSet, measure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    starts = progress_bar(range(0, faces.count, _BATCH), unit="batch", desc="embeddings")
    return np.concatenate(
        [measure(faces.read(range(s, min(s + _BATCH, faces.count)))) for s in starts]
    )
