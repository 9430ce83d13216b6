"""The measured vectors of all pairs, part by part: a run that was stopped goes on where it was.

Each part keeps what computed each of its arrays; what other code or another network computed is
computed again.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from absl import logging

from facedancer.utils.progress import progress_bar

from .encoders.interface import FaceEncoder
from .metrics.interface import OfFaceRegions, OfPictures, OfTruth, OfWay
from .metrics.registry import METRICS
from .stamps import code_of, outdated, read_part, stamp, write_part
from .swaps.face_set import FaceSet
from .swaps.pairs import SwapPairs
from .swaps.swappers import PairSwapper
from .swaps.truths import Truths

# Pairs in a part: what is lost of a run that is killed.
_PART = 256

# Targets and their swaps, [B, S, S, 3] uint8 each -> [B].
Comparison = Callable[[np.ndarray, np.ndarray], np.ndarray]
# Rows, and the names of the arrays that are wanted of them -> these.
Measure = Callable[[np.ndarray, list[str]], dict[str, np.ndarray]]


def measure_gallery(
    faces: FaceSet, encoder: FaceEncoder, folder: Path, batch_size: int
) -> np.ndarray:
    """The identity of every unaltered picture of the sources, ``[N, D]``."""

    def measure(rows: np.ndarray, wanted: list[str]) -> dict[str, np.ndarray]:
        return {"identity": encoder.measure(faces.read(rows))}

    stamps = {"identity": stamp([_of_encoder(encoder), _of_faces(faces)])}
    return _in_parts(measure, stamps, faces.count, folder, "gallery", batch_size)["identity"]


def measure_pairs(
    targets: FaceSet,
    sources: FaceSet,
    pairs: SwapPairs,
    swapper: PairSwapper,
    encoders: Mapping[str, FaceEncoder],
    comparisons: Mapping[str, Comparison],
    folder: Path,
    batch_size: int,
    truths: Truths | None = None,
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
        truths: the pairs' right answers; None where nobody has them.

    Returns:
        ``"target/ROLE"`` and ``"swap/ROLE"``, ``[P, D]`` each, ``"source/ROLE"`` of the roles whose
        metric is a share of the way to it, each comparison, ``[P]``, and with
        ``truths`` the metrics that compare with these.
    """
    of_truth, of_regions = _metrics_of(truths)
    of_sources = {metric.role for metric in METRICS.values() if isinstance(metric, OfWay)}

    def measure(rows: np.ndarray, wanted: list[str]) -> dict[str, np.ndarray]:
        target = targets.read(pairs.targets[rows])
        source = sources.read(pairs.sources[rows])
        changed = swapper.swap(target, source, rows)
        measured = {}
        for role, encoder in encoders.items():
            if f"swap/{role}" in wanted:
                both = encoder.measure(np.concatenate([target, changed]))
                measured[f"target/{role}"], measured[f"swap/{role}"] = np.split(both, 2)
            if f"source/{role}" in wanted:
                measured[f"source/{role}"] = encoder.measure(source)
        wanted_comparisons = {n: f for n, f in comparisons.items() if n in wanted}
        measured |= {name: f(target, changed) for name, f in wanted_comparisons.items()}
        if set(wanted).isdisjoint(of_truth | of_regions):
            return measured
        side = target.shape[1]
        pictures = target, changed, truths.read(rows, side)
        measured |= {name: f(*pictures) for name, f in of_truth.items() if name in wanted}
        if not set(wanted).isdisjoint(of_regions):
            faces = truths.read_faces(rows, side)
            measured |= {n: f(*pictures, faces) for n, f in of_regions.items() if n in wanted}
        return measured

    drawn = [pairs.targets.tolist(), pairs.sources.tolist()]
    swapped = [swapper.origin, code_of(swapper.swap), drawn, _of_faces(targets), _of_faces(sources)]
    stamps = {}
    for role, encoder in encoders.items():
        of_role = stamp([swapped, _of_encoder(encoder)])
        which = ("target", "swap", "source") if role in of_sources else ("target", "swap")
        stamps |= {f"{one}/{role}": of_role for one in which}
    for name, compare in comparisons.items():
        stamps[name] = stamp([swapped, compare.__qualname__, code_of(compare)])
    for name, compare in (of_truth | of_regions).items():
        rests_on = [compare.__qualname__, code_of(compare, truths.read), truths.origin]
        stamps[name] = stamp([swapped, *rests_on])
    return _in_parts(measure, stamps, pairs.count, folder, "pairs", batch_size)


def standard_comparisons() -> dict[str, Comparison]:
    """The metrics that compare picture by picture."""
    return {
        name: metric.measure for name, metric in METRICS.items() if isinstance(metric, OfPictures)
    }


def _metrics_of(truths: Truths | None) -> tuple[dict[str, Callable], dict[str, Callable]]:
    """The metrics that right answers allow, and those that need to know where the faces are."""
    if truths is None:
        return {}, {}
    of_truth, of_regions = (
        {name: metric.measure for name, metric in METRICS.items() if isinstance(metric, kind)}
        for kind in (OfTruth, OfFaceRegions)
    )
    return of_truth, of_regions if truths.read_faces else {}


def _of_encoder(encoder: FaceEncoder) -> list[object]:
    return [encoder.name, encoder.origin, code_of(encoder.measure)]


def _of_faces(faces: FaceSet) -> list[object]:
    return [faces.origin, faces.side, faces.made_by, code_of(faces.read)]


def _in_parts(
    measure: Measure,
    stamps: Mapping[str, str],
    count: int,
    folder: Path,
    name: str,
    batch_size: int,
) -> dict[str, np.ndarray]:
    """Every array of ``stamps`` over all rows; each part is kept as soon as it is whole."""
    parts, again = [], set()
    with progress_bar(total=count, unit="picture", desc=name) as progress:
        for start in range(0, count, _PART):
            rows = np.arange(start, min(start + _PART, count))
            path = folder / f"{name}_{start:07d}.npz"
            part, stored = read_part(path)
            due = outdated(stamps, stored)
            if due:
                again |= set(due) if part else set()
                batches = [measure(batch, due) for batch in _batches(rows, batch_size)]
                fresh = {n: np.concatenate([b[n] for b in batches]) for n in due}
                part = {n: part[n] for n in stamps if n not in due} | fresh
                write_part(path, part, stamps)
            parts.append(part)
            progress.update(len(rows))
    if again:
        logging.warning(
            "%s/%s: of other code, other networks or missing, so computed again: %s",
            folder,
            name,
            ", ".join(sorted(again)),
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in stamps}


def _batches(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
