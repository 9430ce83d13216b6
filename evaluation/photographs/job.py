"""Swaps every ordered pair of a folder's photographs, next to swaps that do nothing, and judges."""

import dataclasses
from pathlib import Path

import numpy as np

from facedancer.arcface_model.pairing import recorded_encoder
from facedancer.inference.blending.blender import Blending
from facedancer.inference.core.boost_factor import AUTO
from facedancer.inference.default_networks import ON, PLAIN, Usual, usual_of
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

# Swaps that do nothing, next to the swapper. A grey square has no face at all, and noise leaves it
# as it is.
_NOTHING = tuple(name for name in TRIVIAL if name not in ("grey", "noise"))
# N faces have up to N (N - 1) swaps, and every one is shown.
_MOST_FACES = 40


@dataclasses.dataclass(frozen=True, eq=False)
class _Row:
    """A row of the table: a swapper, and how its swaps are put back."""

    name: str
    swapper: PairSwapper
    blending: Blending | None = None
    with_texture: bool = False


def judge_photographs(settings: PhotographSettings) -> dict:
    """Measures, writes, and returns what ``results.json`` holds.

    Raises:
        UserError: photographs, swapper or judges that cannot be had, or too many photographs.
    """
    folder = Path(settings.output)
    check_folder(folder)
    check_there(settings.targets, "folder")
    if not settings.judges:
        raise UserError("--judges is empty: give at least one identity encoder")
    usual = usual_of(settings.swapper).but(
        settings.strength, settings.colour_match, settings.texture
    )
    swapper = _load_swapper(settings, usual.strength)
    rows = _rows(swapper, usual)
    if swapper.side is not None and usual != PLAIN:
        rows |= _plain_rows(settings, swapper, usual)
    others = [_load_other(path) for path in settings.others]
    rows |= {f"other_{number}": _Row(one.name, one) for number, one in enumerate(others, 1)}
    nothing = {name: load_swapper(name, "") for name in _NOTHING}
    rows |= {name: _Row(one.name, one) for name, one in nothing.items()}
    judges = Judges(
        load_judges(settings.judges, *(row.swapper for row in rows.values())),
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
    sides = {row.swapper.side or JUDGED_SIDE for row in rows.values()}
    faces = {side: see_faces(found, side) for side in sides}
    results = {}
    for name, row in rows.items():
        seen = faces[row.swapper.side or JUDGED_SIDE]
        judged = judge_row(row.swapper, seen, judges, row.blending, row.with_texture)
        results[name] = {"name": row.name, **_summarise(judged)}
        write_image(folder / f"{name}.png", draw_sheet(seen, judged))
        write_arrays(folder / f"{name}.npz", judged.flat())
    content = plain(
        {
            "rows": results,
            "protocol": {
                "photographs": {**found.origin, "names": found.names, "skipped": found.skipped},
                "swapper": swapper.origin,
                "colours": usual.colour,
                "texture": usual.texture,
                "others": {n: row.swapper.origin for n, row in rows.items() if n[-1].isdigit()},
                "swapped_side": swapper.side or JUDGED_SIDE,
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


def _rows(swapper: PairSwapper, usual: Usual) -> dict[str, _Row]:
    """Lists what is judged of the swapper as it is usually used, by the names of its files."""
    if swapper.side is None:
        return {"swap": _Row(swapper.name, swapper)}
    usually = Blending(colour=usual.colour)
    # How much of the likeness lies in cheeks, forehead and chin, the target's skin tells.
    skin = Blending(colour=usual.colour, keep=("skin",))
    if usual.texture == ON:
        return {
            "swap": _Row(swapper.name, swapper, usually, with_texture=True),
            "swap_keeping_skin": _Row(f"{swapper.name}, target's skin", swapper, skin, True),
            "swap_without_texture": _Row(f"{swapper.name}, no photograph's skin", swapper, usually),
            # And what is left of it without the generator.
            "texture_alone": _Row(
                "photograph's skin alone",
                dataclasses.replace(load_swapper("target", ""), side=swapper.side),
                usually,
                with_texture=True,
            ),
        }
    return {
        "swap": _Row(swapper.name, swapper, usually),
        # Detail of the target is also likeness to it: how much, the swap without any tells.
        "swap_without_detail": _Row(
            f"{swapper.name}, no detail", swapper, dataclasses.replace(usually, detail="off")
        ),
        "swap_keeping_skin": _Row(f"{swapper.name}, target's skin", swapper, skin),
    }


def _plain_rows(
    settings: PhotographSettings, swapper: PairSwapper, usual: Usual
) -> dict[str, _Row]:
    """Lists the swapper as others are used, and in its strength alone."""
    plain = _load_swapper(settings, PLAIN.strength)
    colours = Blending(colour=PLAIN.colour)
    more = ", no photograph's skin" if usual.texture == ON else ""
    rows = {"swap_plain": _Row(_how(swapper, PLAIN) + more, plain, colours)}
    if usual.colour != PLAIN.colour and usual.strength != PLAIN.strength:
        half = dataclasses.replace(usual, colour=PLAIN.colour)
        rows["swap_of_strength"] = _Row(_how(swapper, half) + more, swapper, colours)
    return rows


def _how(swapper: PairSwapper, usual: Usual) -> str:
    return f"{swapper.name}, strength {usual.strength:g}, colours {usual.colour}"


def _load_other(path: str) -> PairSwapper:
    encoder = str(recorded_encoder(path, MODEL_ZOO))
    name = f"{Path(path).parent.name}/{Path(path).stem}"
    return load_swapper(path, encoder, name, pixel_boost=AUTO)


def _load_swapper(settings: PhotographSettings, strength: float) -> PairSwapper:
    if settings.swapper in TRIVIAL and strength != 1:
        raise UserError(f"--swapper={settings.swapper} has no strength: leave --strength out")
    encoder = settings.encoder
    if settings.swapper not in TRIVIAL and not encoder:
        encoder = str(recorded_encoder(settings.swapper, MODEL_ZOO))
    # As swapping does it by default.
    return load_swapper(
        settings.swapper, encoder, settings.name, settings.any_encoder, AUTO, strength
    )


def _find_faces(folder: str, keep: Path) -> FaceSet:
    found = faces_of_pictures(folder, JUDGED_SIDE, keep)
    if found.count > _MOST_FACES:
        raise UserError(
            f"{folder} has {found.count} faces, and all pairs of them would be swapped and shown: "
            f"give at most {_MOST_FACES}, or use evaluation/evaluate.py, which draws pairs"
        )
    if len(np.unique(found.identity)) < 2:
        raise UserError(
            f"{folder} shows only one person, and a swap needs two: put each person's pictures "
            "into a separate sub-folder"
        )
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
