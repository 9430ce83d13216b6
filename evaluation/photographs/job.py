"""Swaps every ordered pair of a folder's photographs, next to swaps that do nothing, and judges."""

from pathlib import Path

import numpy as np

from facedancer.arcface_model.pairing import recorded_encoder
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_arrays, write_json, write_text
from facedancer.utils.images import write_image
from facedancer.utils.places import check_folder, check_there
from facedancer.utils.weights.published import MODEL_ZOO

from ..encoders.interface import FaceEncoder
from ..encoders.registry import load_measure
from ..files import plain
from ..judges import load_judges, mean_entry, summarise_judges
from ..reports.protocol import versions
from ..stamps import code_of
from ..swaps.face_set import FaceSet
from ..swaps.picture_faces import faces_of_pictures
from ..swaps.swappers import PairSwapper, load_swapper
from ..trivial import TRIVIAL
from .faces import JUDGED_SIDE, see_faces
from .judging import JudgedRow, Judges, judge_row
from .settings import PhotographSettings
from .sheet import draw_sheet
from .table import photograph_table

# What the swapper stands beside. A grey square has no face at all, and noise leaves it as it is.
_BESIDE = tuple(name for name in TRIVIAL if name not in ("grey", "noise"))
# N faces have up to N (N - 1) swaps, and every one is shown.
_MOST_FACES = 40


def judge_photographs(settings: PhotographSettings) -> dict:
    """Measures, writes, and returns what ``results.json`` holds.

    Raises:
        UserError: photographs, swapper or judges that cannot be had, or too many photographs.
    """
    folder = Path(settings.output)
    check_folder(folder)
    check_there(settings.targets, "folder")
    if not settings.judges:
        raise UserError("--judges names nobody: name at least one identity encoder")
    swapper = _load_swapper(settings)
    judges = Judges(
        load_judges(settings.judges, swapper),
        {
            role: load_measure(role, spec)
            for role, spec in (
                ("pose", settings.pose_encoder),
                ("expression", settings.expression_encoder),
                ("shape", settings.shape_encoder),
            )
            if spec
        },
    )
    found = _find_faces(settings.targets, folder / "faces")
    side = swapper.side or JUDGED_SIDE
    faces = see_faces(found, side)
    results = {}
    for name, row in {"swap": swapper, **{n: load_swapper(n, "") for n in _BESIDE}}.items():
        judged = judge_row(row, faces, judges)
        results[name] = {"name": row.name, **_summarise(judged)}
        write_image(folder / f"{name}.png", draw_sheet(faces, judged))
        write_arrays(folder / f"{name}.npz", judged.flat())
    content = plain(
        {
            "rows": results,
            "protocol": {
                "photographs": {**found.origin, "names": found.names, "skipped": found.skipped},
                "swapper": swapper.origin,
                "swapped_side": side,
                "judged_side": JUDGED_SIDE,
                "judges": {name: _describe(judge) for name, judge in judges.identity.items()},
                "attributes": {role: _describe(one) for role, one in judges.attributes.items()},
                "pairs": "every ordered pair of two people",
                "gallery": "all the photographs; a person is as near as their nearest",
            },
            "code": code_of(judge_photographs),
            "versions": versions(),
        }
    )
    write_text(folder / "table.md", photograph_table(content))
    write_json(folder / "results.json", content)
    return content


def _load_swapper(settings: PhotographSettings) -> PairSwapper:
    encoder = settings.encoder
    if settings.swapper not in TRIVIAL and not encoder:
        encoder = str(recorded_encoder(settings.swapper, MODEL_ZOO))
    return load_swapper(settings.swapper, encoder, settings.name, settings.any_encoder)


def _find_faces(folder: str, keep: Path) -> FaceSet:
    found = faces_of_pictures(folder, JUDGED_SIDE, keep)
    if found.count > _MOST_FACES:
        raise UserError(
            f"{folder} has {found.count} faces, and every pair of them would be swapped and shown: "
            f"give at most {_MOST_FACES}; evaluation/evaluate.py draws pairs of larger sets"
        )
    if len(np.unique(found.identity)) < 2:
        raise UserError(f"{folder} shows one person: a swap needs two; a sub-folder is a person")
    return found


def _describe(encoder: FaceEncoder) -> dict[str, object]:
    return {"name": encoder.name, **encoder.origin}


def _summarise(judged: JudgedRow) -> dict[str, object]:
    """The means over the pairs, each with its interval."""
    people = (judged.target_person, judged.source_person)
    return {
        "metrics": {name: mean_entry(values, people) for name, values in judged.scores.items()},
        "judges": summarise_judges(judged.by_judge, people),
    }
