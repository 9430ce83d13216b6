"""Takes crops out of a folder that do not show the person whose name they bear."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np

from facedancer.arcface_model.encoder import encode
from facedancer.arcface_model.interface import EMBEDDING_SIZE
from facedancer.utils.files import whole_text
from facedancer.utils.images import read_image, uint8_to_signed
from facedancer.utils.progress import progress_bar

from ..crops.table import CropTable
from .identity_outliers import TOO_FEW, Judgement, find_outliers
from .removal import Removal, choose_removed_dir, read_crops, remove_crops, write_pairs

REASON = "identity outlier"
SHEET_NAME = "outliers.png"
VERDICTS_NAME = "identities.jsonl"

_READERS = 4


@dataclass(frozen=True)
class CleaningSummary:
    """The outcome of a clean-up of identities.

    Attributes:
        crops: how many were looked at.
        nameless: how many of them bear no name.
        judgement: what was found.
        removals: what goes.
        removed_dir: where they and the reports went.
    """

    crops: int
    nameless: int
    judgement: Judgement
    removals: list[Removal]
    removed_dir: Path


def clean_identities(
    data_dir: str | Path,
    encoder: keras.Model,
    removed_dir: str | Path | None = None,
    min_crops: int = 5,
    min_similarity: float | None = None,
    batch_size: int = 32,
    dry_run: bool = False,
) -> CleaningSummary:
    """Moves crops out of a folder that do not look like the others of their name.

    Args:
        data_dir: what `crop_align.py` made.
        encoder: from `arcface_model.encoder.load_encoder`.
        removed_dir: see `removal.choose_removed_dir`; also gets `VERDICTS_NAME`, a line for each
            identity, and the contact sheet `SHEET_NAME`.
        min_crops: see `identity_outliers.find_outliers`, as of ``min_similarity``.
        min_similarity: a cosine, or None to find it.
        batch_size: crops in one pass of the encoder.
        dry_run: only find them and make the line and the sheet.

    Raises:
        UserError: see `removal.read_crops`, `removal.choose_removed_dir` and `find_outliers`.
    """
    removed = choose_removed_dir(data_dir, removed_dir)
    crops = read_crops(data_dir)
    embeddings = embed_crops(crops, encoder, batch_size)
    judgement = find_outliers(embeddings, crops.identity, min_crops, min_similarity)
    removals = list_removals(crops, judgement)
    with whole_text(removed / VERDICTS_NAME) as file:
        file.writelines(f"{json.dumps(line)}\n" for line in describe(crops, judgement))
    write_pairs(removed / SHEET_NAME, data_dir, _pairs(crops, judgement))
    if not dry_run:
        remove_crops(data_dir, removed, removals)
    nameless = int((crops.identity < 0).sum())
    return CleaningSummary(len(crops), nameless, judgement, removals, removed)


def embed_crops(crops: CropTable, encoder: keras.Model, batch_size: int) -> np.ndarray:
    """``[N, 512]`` float32 of length 1, in the crops' order."""

    def read(row: int) -> np.ndarray:
        return as_arcface_sees(read_image(crops.folder / crops.paths[row]), crops.shrink_factor)

    embeddings = np.empty((len(crops), EMBEDDING_SIZE), np.float32)
    with (
        ThreadPoolExecutor(_READERS) as pool,
        progress_bar(total=len(crops), desc="embedding", unit="image") as progress,
    ):
        for start in range(0, len(crops), batch_size):
            rows = range(start, min(start + batch_size, len(crops)))
            images = uint8_to_signed(np.stack(list(pool.map(read, rows))))
            batch = encode(encoder, images)["embedding"].numpy()
            embeddings[start : start + len(rows)] = batch
            progress.update(len(rows))
    return embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)


def as_arcface_sees(crop: np.ndarray, shrink_factor: float) -> np.ndarray:
    """The part of a crop that ArcFace's own alignment would show; its border repeated where that
    is more than the crop."""
    side = max(1, round(len(crop) * shrink_factor))
    centre = (len(crop) - 1) / 2
    return cv2.getRectSubPix(crop, (side, side), (centre, centre))


def list_removals(crops: CropTable, judgement: Judgement) -> list[Removal]:
    """Lists what goes, and whom each one resembles instead, if anybody."""
    removals = []
    for verdict in judgement.verdicts:
        similarity = dict(zip(verdict.rows.tolist(), verdict.similarity.tolist(), strict=True))
        for row in verdict.outliers.tolist():
            other = ""
            if row in judgement.resembles:
                other = crops.identities[judgement.resembles[row][0]]
            value = round(similarity[row], 4)
            removals.append(Removal(crops.paths[row], REASON, value, "cosine to the centre", other))
    return removals


def describe(crops: CropTable, judgement: Judgement) -> Iterator[dict[str, Any]]:
    """A line for each identity."""
    for verdict in judgement.verdicts:
        known = verdict.outcome != TOO_FEW
        yield {
            "identity": crops.identities[verdict.identity],
            "outcome": verdict.outcome,
            "crops": len(verdict.rows),
            "outliers": len(verdict.outliers),
            "median_similarity": round(float(np.median(verdict.similarity)), 4) if known else None,
            "threshold": round(judgement.threshold, 4),
        }


def _pairs(crops: CropTable, judgement: Judgement) -> list[tuple[str, str, str, str]]:
    """Lays each outlier next to the crop that is nearest to its identity's centre."""
    pairs = []
    for verdict in judgement.verdicts:
        similarity = dict(zip(verdict.rows.tolist(), verdict.similarity.tolist(), strict=True))
        typical = crops.paths[verdict.rows[np.argmax(verdict.similarity)]]
        for row in verdict.outliers.tolist():
            seen = judgement.resembles.get(row)
            why = f"cosine {similarity[row]:.2f}"
            if seen:
                why += f"; {crops.identities[seen[0]]} {seen[1]:.2f}"
            stays = f": cosine {max(similarity.values()):.2f}"
            pairs.append((crops.paths[row], why, typical, stays))
    return pairs
