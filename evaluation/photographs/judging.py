"""Judges of one swapper's answers to all pairs of photographs."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from facedancer.inference.blending.blender import Blending
from facedancer.utils.progress import progress_bar

from ..encoders.interface import FaceEncoder
from ..judges import judge_pairs
from ..metrics.attributes import expression_error, pose_error
from ..metrics.background import psnr_outside
from ..metrics.mesh_shape import shape_way
from ..metrics.search import (
    Gallery,
    IdentitySearch,
    cosine_to_another_picture,
    cosine_to_target,
)
from ..swaps.swappers import PairSwapper
from .faces import SeenFaces, find_textures, judged_part, put_into_picture, shown

# Of a judge: 100 where a swap is nearer to another photograph of the source's person than to its
# target, else 0; NaN where there is no other.
NEARER_OTHER = "nearer_other"


@dataclasses.dataclass(frozen=True, eq=False)
class Judges:
    """Those who judge.

    Attributes:
        identity: by name.
        attributes: ``"pose"``, ``"expression"`` and ``"shape"``, or some of them, or none.
    """

    identity: Mapping[str, FaceEncoder]
    attributes: Mapping[str, FaceEncoder]


@dataclasses.dataclass(frozen=True, eq=False)
class JudgedRow:
    """A swapper's P answers.

    Attributes:
        targets, sources: ``[P]`` int, numbers of the faces.
        target_person, source_person: ``[P]`` int.
        scores: metric -> ``[P]``: ``psnr_outside`` of the swapped crop before it is pasted; of
            what was measured ``pose`` in degrees, ``expression``, ``shape_mesh``, the share of the
            way, and ``no_face``, 100 where the pose's judge finds none.
        by_judge: see `judges.judge_pairs`; and `NEARER_OTHER`.
        pictures: ``[P, 128, 128, 3]`` uint8 RGB, the swaps in their pictures.
    """

    targets: np.ndarray
    sources: np.ndarray
    target_person: np.ndarray
    source_person: np.ndarray
    scores: Mapping[str, np.ndarray]
    by_judge: Mapping[str, Mapping[str, np.ndarray]]
    pictures: np.ndarray

    def flat(self) -> dict[str, np.ndarray]:
        """All numbers of all pairs, for a file."""
        judged = {f"{j}/{name}": v for j, row in self.by_judge.items() for name, v in row.items()}
        return {"target": self.targets, "source": self.sources, **self.scores, **judged}


def judge_row(
    swapper: PairSwapper,
    faces: SeenFaces,
    judges: Judges,
    blending: Blending | None = None,
    with_texture: bool = False,
) -> JudgedRow:
    """Swaps every ordered pair of two people, pastes the swap into its picture, and judges that.

    Args:
        swapper: swaps ``faces.crops``.
        faces: of all people.
        judges: who judges.
        blending: how the swap is pasted, see `put_back`.
        with_texture: fit the source's own skin in, too.
    """
    people = faces.identity
    targets, sources = np.nonzero(people[:, None] != people[None])
    measures = {**judges.identity, **judges.attributes}
    before = {name: judge.measure(faces.judged) for name, judge in measures.items()}
    after, outside, pictures = {name: [] for name in measures}, [], []
    textures = find_textures(faces) if with_texture else [None] * faces.count
    for target in progress_bar(range(faces.count), unit="target", desc=swapper.name):
        rows = np.flatnonzero(targets == target)
        crops = faces.crops[targets[rows]]
        changed = swapper.swap(crops, faces.crops[sources[rows]], rows)
        outside.append(psnr_outside(crops, changed))
        pasted = np.stack(
            [
                put_into_picture(faces, target, one, blending, textures[source])
                for one, source in zip(changed, sources[rows], strict=True)
            ]
        )
        for name, judge in measures.items():
            after[name].append(judge.measure(judged_part(pasted)))
        pictures += [shown(picture) for picture in pasted]
    swaps = {name: np.concatenate(parts) for name, parts in after.items()}
    searches = {
        name: IdentitySearch(
            swaps[name],
            before[name][targets],
            Gallery(before[name], people, sources, people[targets]),
        )
        for name in judges.identity
    }
    by_judge = judge_pairs(searches)
    for name, search in searches.items():
        another, target_cosine = cosine_to_another_picture(search), cosine_to_target(search)
        nearer = np.where(another > target_cosine, 100.0, 0.0)
        by_judge[name][NEARER_OTHER] = np.where(np.isfinite(another), nearer, np.nan)
    scores = {"psnr_outside": np.concatenate(outside)}
    if "expression" in swaps:
        scores["expression"] = expression_error(before["expression"][targets], swaps["expression"])
    if "shape" in swaps:
        of_shape = before["shape"]
        scores["shape_mesh"] = shape_way(of_shape[targets], swaps["shape"], of_shape[sources])
    if "pose" in swaps:
        scores["pose"] = pose_error(before["pose"][targets], swaps["pose"])
        has_face = np.isfinite(before["pose"]).all(1)[targets]
        is_found = np.isfinite(swaps["pose"]).all(1)
        scores["no_face"] = np.where(has_face, np.where(is_found, 0.0, 100.0), np.nan)
    return JudgedRow(
        targets,
        sources,
        people[targets],
        people[sources],
        scores,
        by_judge,
        np.stack(pictures),
    )
