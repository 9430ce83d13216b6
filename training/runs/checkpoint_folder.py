"""The folder of a run's checkpoints: which there are, which of them are whole, which stay.

Each is a folder of its own, ``step_0000100``. It is written under another name, with a manifest
that vouches for every file, and gets its own by one move: what has that name was written whole.
"""

import math
import shutil
from pathlib import Path

from absl import logging

from facedancer.utils.errors import UserError
from facedancer.utils.files import (
    digest_of,
    flush,
    put_in_place,
    read_json,
    remove_at_once,
    write_json,
)

from .provenance import versions

MANIFEST = "manifest.json"
# A checkpoint that is being written or removed begins so; whoever finds one may delete it.
UNFINISHED = ".unfinished_"
_PREFIX = "step_"


def place_of(folder: Path, step: int) -> Path:
    """The place of the checkpoint of ``step``."""
    return folder / f"{_PREFIX}{step:07d}"


def step_of(checkpoint: Path) -> int:
    """The number of steps that a checkpoint's name tells."""
    return int(checkpoint.name[len(_PREFIX) :])


def find_checkpoints(folder: Path) -> list[Path]:
    """All checkpoints in ``folder``, oldest first; damaged ones are among them."""
    found = [path for path in folder.glob(f"{_PREFIX}*") if path.name[len(_PREFIX) :].isdecimal()]
    return sorted(found, key=step_of)


def seal(unfinished: Path, place: Path, score: float | None) -> None:
    """Gives a folder that is completely written its manifest, and moves it to its place.

    Args:
        unfinished: the folder.
        place: where it belongs, see `place_of`.
        score: the higher the better; None where nobody measured one.
    """
    files = sorted(path for path in unfinished.iterdir())
    for path in files:
        flush(path)
    content = {
        "step": step_of(place),
        "score": _finite(score),
        "sha256": {path.name: digest_of(path) for path in files},
        "versions": versions(),
    }
    write_json(unfinished / MANIFEST, content)
    # A damaged one of this step or a later one is of the future that this run went back from.
    for path in find_checkpoints(place.parent):
        if step_of(path) >= step_of(place) and find_damage(path):
            _remove(path)
    put_in_place(unfinished, place)


def set_score(checkpoint: Path, score: float) -> None:
    """Gives a whole checkpoint the score that it was written without."""
    content = {**_read_manifest(checkpoint), "score": _finite(score)}
    write_json(checkpoint / MANIFEST, content)


def find_damage(checkpoint: Path) -> str | None:
    """Tells what is wrong with a checkpoint's files; None if it is whole."""
    try:
        manifest = _read_manifest(checkpoint)
        if manifest["step"] != step_of(checkpoint):
            return f"{MANIFEST} is of step {str(manifest['step'])[:20]}"
        for name, recorded in manifest["sha256"].items():
            # Such as a device, which has no end.
            if Path(name).name != name or not (checkpoint / name).is_file():
                return f"{name[:80]} is missing"
            if digest_of(checkpoint / name) != recorded:
                return f"{name} is not what was written"
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except (ValueError, KeyError, TypeError, AttributeError):  # Not JSON, or not of this form.
        return f"{MANIFEST} is unreadable"
    return None


def newest_whole(folder: Path) -> Path:
    """The newest checkpoint that is whole; a newer one that is damaged is named in a warning.

    Raises:
        UserError: there is none.
    """
    damaged = {}
    for checkpoint in reversed(find_checkpoints(folder)):
        damage = find_damage(checkpoint)
        if damage is None:
            for path, reason in damaged.items():
                logging.warning("%s is damaged: %s. Taking %s", path, reason, checkpoint.name)
            return checkpoint
        damaged[checkpoint] = damage
    if not damaged:
        raise UserError(f"no checkpoint in {folder}")
    reasons = "; ".join(f"{path.name}: {reason}" for path, reason in damaged.items())
    raise UserError(
        f"no checkpoint in {folder} is intact ({reasons}): copy it again from its origin, or start "
        "a new run in another --run_dir"
    )


def prune(folder: Path, keep: int) -> None:
    """Removes all checkpoints but the newest ``keep`` and the one with the highest score.

    Of equal scores the newest counts.
    """
    checkpoints = find_checkpoints(folder)
    scored = [(score, path) for path in checkpoints if (score := _score_of(path)) is not None]
    best = max(scored, key=lambda pair: (pair[0], step_of(pair[1])), default=(None, None))[1]
    for path in checkpoints[:-keep]:
        if path != best:
            _remove(path)


def remove_unfinished(folder: Path) -> None:
    """Removes what a killed process left behind."""
    for path in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path)


def _read_manifest(checkpoint: Path) -> dict:
    return read_json(checkpoint / MANIFEST)


def _finite(score: float | None) -> float | None:
    return score if score is not None and math.isfinite(score) else None


def _score_of(checkpoint: Path) -> float | None:
    try:
        return float(_read_manifest(checkpoint)["score"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # It has none, or is damaged.
        return None


def _remove(checkpoint: Path) -> None:
    remove_at_once(checkpoint, checkpoint.with_name(UNFINISHED + checkpoint.name))
