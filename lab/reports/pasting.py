"""Ways of putting a swap back, against the picture that a perfect swap should give."""

import dataclasses
from collections.abc import Mapping

import cv2
import numpy as np

from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.files import plain
from facedancer.evaluation.judges import mean_entry, number_cell
from facedancer.evaluation.metrics.background import psnr
from facedancer.evaluation.metrics.identity import cosines
from facedancer.evaluation.metrics.perceptual import perceptual_everywhere
from facedancer.evaluation.reports.protocol import versions
from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import align_face
from facedancer.utils.progress import progress_bar

from ..people.families import SIBLINGS
from ..pictures.render import render

_SEED, _SIDE, _JUDGED = 0, 384, 256
_TARGET, _SOURCE = 1, 0  # Which of a person's pictures.
_LARGEST_YAW = 45.0
# Of the finest octave, as a share of the right answer's.
_SHARPNESS = "sharpness"
ANSWER, NOTHING = "right answer", "nothing swapped"
WAYS: dict[str, Blending] = {
    "as by default": Blending(),
    "box": Blending("box", "off"),
    "box, no detail": Blending("box", "off", detail="off"),
    "box, multiband": Blending("box", "off", "multiband"),
    "hull": Blending("hull", "off"),
    "outline": Blending("outline", "off"),
    "outline, multiband": Blending("outline", "off", "multiband"),
    "box, colours: lab": Blending("box", "lab"),
}
_DIGITS = {"PSNR": 2, "perceptual": 3, _SHARPNESS: 2}


@dataclasses.dataclass(frozen=True, eq=False)
class LargePairs:
    """P targets, and what their perfect swaps are.

    Attributes:
        pictures: ``[P, 384, 384, 3]`` uint8 RGB, the targets.
        truths: the same with the sources' faces.
        sources: ``[P, 256, 256, 3]`` uint8 RGB, aligned.
        landmarks: ``[P, 5, 2]`` float32, the targets'.
    """

    pictures: np.ndarray
    truths: np.ndarray
    sources: np.ndarray
    landmarks: np.ndarray


def draw_pairs(first: int, count: int) -> LargePairs:
    """Renders so many pairs of people of two families, nobody turned away further than 45 degrees.

    Args:
        first: number of the first person.
        count: P.
    """
    found: list[tuple[np.ndarray, ...]] = []
    number = first
    with progress_bar(total=count, unit="pair", desc="rendering") as progress:
        while len(found) < count:
            target, source = number, number + SIBLINGS
            number += 2 * SIBLINGS
            picture, labels = render(_SEED, target, _TARGET, _SIDE)
            if abs(labels["pose"][0]) > _LARGEST_YAW:
                continue
            truth, _ = render(_SEED, target, _TARGET, _SIDE, face_of=source, source_index=_SOURCE)
            own, of_source = render(_SEED, source, _SOURCE, _SIDE)
            crop, _ = align_face(own, _points(of_source), _JUDGED)
            found.append((picture, truth, crop, _points(labels)))
            progress.update()
    return LargePairs(*(np.stack(column) for column in zip(*found, strict=True)))


def paste_all(pairs: LargePairs, side: int) -> dict[str, np.ndarray]:
    """The aligned ``[P, 256, 256, 3]`` uint8 faces by each of `WAYS`, the answer, and the target.

    Args:
        pairs: the pictures.
        side: of the crops that the perfect swaps are reduced to.
    """
    pasted: dict[str, list[np.ndarray]] = {way: [] for way in (ANSWER, NOTHING, *WAYS)}
    for picture, truth, landmarks in zip(
        pairs.pictures, pairs.truths, pairs.landmarks, strict=True
    ):
        crop, matrix = align_face(picture, landmarks, side, extends=True)
        changed, _ = align_face(truth, landmarks, side, extends=True)
        box = np.concatenate([landmarks.min(0), landmarks.max(0)])
        face = SwappedFace(Face(box, landmarks, 1.0), matrix, crop, changed)
        pasted[ANSWER].append(align_face(truth, landmarks, _JUDGED)[0])
        pasted[NOTHING].append(align_face(picture, landmarks, _JUDGED)[0])
        for way, blending in WAYS.items():
            result = blend(picture, [face], blending)
            pasted[way].append(align_face(result, landmarks, _JUDGED)[0])
    return {way: np.stack(pictures) for way, pictures in pasted.items()}


def judge_pasting(
    pairs: LargePairs, pasted: Mapping[str, np.ndarray], judges: Mapping[str, FaceEncoder]
) -> dict:
    """Compares each way with the right answer; gives what ``pasting.json`` holds."""
    truths = pasted[ANSWER]
    known = {
        name: [judge.measure(x) for x in (pasted[ANSWER], pasted[NOTHING], pairs.sources)]
        for name, judge in judges.items()
    }
    alone = np.arange(len(truths))
    rows = {}
    for way, pictures in pasted.items():
        scores = {
            "PSNR": psnr(truths, pictures),
            "perceptual": perceptual_everywhere(truths, pictures),
            _SHARPNESS: _fineness(pictures) / _fineness(truths),
        }
        for name, judge in judges.items():
            found = judge.measure(pictures)
            for whom, wanted in zip(("answer", "target", "source"), known[name], strict=True):
                scores[f"cos to {whom}, {name}"] = cosines(found, wanted)
        rows[way] = {name: mean_entry(values, (alone,)) for name, values in scores.items()}
    origins = {name: judge.origin for name, judge in judges.items()}
    return plain({"rows": rows, "judges": origins, "pairs": len(truths), "versions": versions()})


def pasting_table(content: Mapping) -> str:
    """A Markdown table of `judge_pasting`: a row for each way."""
    rows = content["rows"]
    names = list(next(iter(rows.values())))
    lines = [f"| put back | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for way, row in rows.items():
        cells = [number_cell(row[name], _DIGITS.get(name, 3)) for name in names]
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _points(labels: Mapping[str, list[float]]) -> np.ndarray:
    return np.reshape(labels["landmarks"], (5, 2)).astype(np.float32)


def _fineness(pictures: np.ndarray) -> np.ndarray:
    """Deviation of the finest octave, ``[P]`` grey levels."""
    whole = pictures.astype(np.float32)
    fine = [one - cv2.GaussianBlur(one, (0, 0), 1.0) for one in whole]
    return np.stack(fine).std(axis=(1, 2, 3))
