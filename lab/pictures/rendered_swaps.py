"""The perfect swap: the target's picture, drawn again with the source's face.

Shape, skin, lips, brows, irises and beard are the source's; all else is the target's: hair and
glasses, pose, expression, gaze, light, lens, clothes, background, occluder and damages. Of the
whole head, which is another answer, hair and glasses are the source's too.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from facedancer.dataset.crops.listing import CROP_LIST_NAME, Crop, read_crop_list
from facedancer.dataset.records import decode_record
from facedancer.dataset.shards.index import read_index
from facedancer.evaluation.swaps.truths import MASKS
from facedancer.utils.alignment import align_face
from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_bytes, write_text
from facedancer.utils.progress import progress_bar
from facedancer.utils.text_files import read_text

from .render import face_region, render
from .rendering_job import SETTINGS_NAME, as_jpeg, for_each
from .shown import Part

# Number of a pair; crop, person and index of its target; person and index of its source.
Entry = tuple[int, Crop, int, int, int, int]
_PART_NAME = "part.txt"
# Swaps that a worker does at once: of one it would be handed too often.
_PART = 20
# A million pairs have 40 MB.
_MOST_PAIRS = 64 * MEGABYTE


def render_swaps(
    pair_list: Path,
    shards: Path,
    crops: Path,
    renders: Path,
    folder: Path,
    workers: int,
    part: Part = Part.FACE,
) -> int:
    """Writes ``P.png`` for pair P, a crop aligned as its target's; those that are there stay.

    ``mask/P.png`` says where the faces are, as `evaluation.swaps.truths` reads it.

    Args:
        pair_list: ``pairs.json`` of an evaluation.
        shards: whose records it names.
        crops: what they were made from.
        renders: what those were made from, by ``lab/render_faces.py``; of clean pictures the swaps
            are clean too.
        folder: where to.
        workers: processes.
        part: what of the source is shown; beard, make-up and, with the whole head, hair and
            glasses are those of the source's picture in the pair.

    Returns:
        How many pairs there are.

    Raises:
        UserError: one of these is missing or does not belong to the others.
    """
    photographs = photographs_of(shards)
    listed = {crop.source_path: crop for crop in (read_crop_list(crops) or {}).values()}
    try:
        pairs = parse_json(read_text(pair_list), _MOST_PAIRS)["pairs"]
        settings = read_json(renders / SETTINGS_NAME)
        seed, side = settings["seed"], settings["side"]
        is_clean = bool(settings.get("clean"))
        wanted = [
            (
                number,
                *_scene(listed[photographs[target]]),
                *_person_and_index(photographs[source]),
            )
            for number, (target, source) in enumerate(pairs)
        ]
    except FileNotFoundError as error:
        raise UserError(f"no such file: {error.filename}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{pair_list} is not a list of pairs from {shards}, or {crops}/{CROP_LIST_NAME} and "
            f"{renders} belong to other pictures ({error!r})"
        ) from error
    _claim(folder, pair_list, part)
    missing = [entry for entry in wanted if not _path(folder, entry[0]).exists()]
    parts = [missing[start : start + _PART] for start in range(0, len(missing), _PART)]
    with progress_bar(
        total=len(wanted), initial=len(wanted) - len(missing), unit="swap"
    ) as progress:
        for count in for_each(partial(_draw, folder, seed, side, part, is_clean), parts, workers):
            progress.update(count)
    return len(wanted)


def _claim(folder: Path, pair_list: Path, part: Part) -> None:
    """Keeps the list with the swaps; refuses a folder that holds those of another."""
    claims = {pair_list.name: pair_list.read_text(), _PART_NAME: f"{part.name}\n"}
    if any(
        (folder / name).exists() and (folder / name).read_text() != text
        for name, text in claims.items()
    ):
        raise UserError(
            f"{folder} holds swaps of other pairs or another --part; choose another --output"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in claims.items():
        write_text(folder / name, text)


def photographs_of(shards: Path) -> Mapping[str, str]:
    """Name of each record, as pair lists have it -> its photograph."""
    found = {}
    for shard in read_index(shards).shards:
        for number, payload in enumerate(tf.data.TFRecordDataset(str(shards / shard.file))):
            name = f"{shard.file}#{number}"
            found[name] = decode_record(payload)["source_path"].numpy().decode()
    return found


def _draw(
    folder: Path, seed: int, side: int, part: Part, is_clean: bool, entries: Sequence[Entry]
) -> int:
    for number, crop, target, index, source, source_index in entries:
        picture, _ = render(
            seed,
            target,
            index,
            side,
            face_of=source,
            source_index=source_index,
            only=part,
            clean=is_clean,
        )
        # The target's picture was a file before it was cropped.
        picture = cv2.imdecode(np.frombuffer(as_jpeg(picture), np.uint8), cv2.IMREAD_COLOR)
        matrix = np.asarray(crop.matrix)
        landmarks = (np.asarray(crop.landmarks) - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
        aligned, _ = align_face(picture, landmarks, crop.side, crop.shrink_factor)
        mask = _mask(seed, target, index, side, source if Part.SHAPE in part else None)
        aligned_mask, _ = align_face(mask, landmarks, crop.side, crop.shrink_factor)
        path = _path(folder, number)
        (folder / MASKS).mkdir(exist_ok=True)
        # The mask first: where the picture is, all is.
        for place, image in ((folder / MASKS / path.name, aligned_mask), (path, aligned)):
            write_bytes(place, cv2.imencode(".png", image)[1].tobytes(), is_durable=False)
    return len(entries)


def _mask(seed: int, target: int, index: int, side: int, source: int | None) -> np.ndarray:
    """``[side, side, 3]`` uint8 BGR: red, where the target's face is; green, where the swap's is.

    Hair and glasses are the target's in both.
    """
    own = face_region(seed, target, index, side)
    swapped = face_region(seed, target, index, side, face_of=source)
    return np.rint(255 * np.stack([np.zeros_like(own), swapped, own], -1)).astype(np.uint8)


def _scene(crop: Crop) -> tuple[Crop, int, int]:
    return crop, *_person_and_index(crop.source_path)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number}.png"


def _person_and_index(source_path: str) -> tuple[int, int]:
    """Reads both from ``IDENTITY/NUMBER.jpg``."""
    path = Path(source_path)
    return int(path.parent.name), int(path.stem)
