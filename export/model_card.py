"""``model_card.json``: what a served model is, where it comes from, and what its user must do."""

import json
from pathlib import Path

import facedancer
from facedancer.utils.cli import UserError
from facedancer.utils.model_files import GENERATOR_FILE, fingerprint, is_saved_model

from .swap_networks import MARKING_DUTY

CARD_FILE = "model_card.json"
_FLAGS_FILE = "flags.cfg"


def model_card(paths: dict[str, str], precision: str, evaluation: str = "") -> dict[str, object]:
    """What is known of a model before it is written.

    Args:
        paths: what was exported, by flag.
        precision: of its convolutions.
        evaluation: an ``evaluation/evaluate.py`` results.json of the model; "": none.

    Raises:
        UserError: ``evaluation`` is no such file.
    """
    return {
        "software": f"facedancer {facedancer.__version__}",
        "paper": "FaceDancer: Pose- and Occlusion-Aware High Fidelity Face Swapping, WACV 2023",
        "made_from": {
            # The name alone: a card is published, and a machine's folders are nobody's business.
            flag: {"file": Path(path).name, "sha256": _sha256(Path(path))}
            for flag, path in paths.items()
        },
        "precision": precision,
        "training_flags": _training_flags(paths.get("facedancer_path", "")),
        "metrics": _metrics(evaluation),
        "intended_use": "research, and swaps that the people who are shown have agreed to",
        "licence": "the weights': that of who trained them; this software: MIT",
        "marking_duty": MARKING_DUTY,
        "marks_by_itself": False,
    }


def write_card(folder: Path, card: dict[str, object]) -> None:
    """Adds the written files' SHA-256, and writes the card beside them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {path.relative_to(folder).as_posix(): fingerprint(path) for path in files}
    text = json.dumps({**card, "files": digests}, indent=1)
    (folder / CARD_FILE).write_text(text + "\n")


def _training_flags(path: str) -> list[str] | None:
    """Of the run that a generator comes from: its folder's or, of a checkpoint, the run's."""
    if not path:
        return None
    place = Path(path).resolve()
    for folder in (place, *list(place.parents)[:3]):
        if (folder / _FLAGS_FILE).is_file():
            lines = (folder / _FLAGS_FILE).read_text().splitlines()
            return [line for line in lines if line and not line.startswith("#")]
    return None


def _metrics(evaluation: str) -> dict[str, object] | None:
    if not evaluation:
        return None
    try:
        results = json.loads(Path(evaluation).read_text())
        return {"protocol": results.get("protocol"), "metrics": results["metrics"]}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise UserError(
            f"--evaluation={evaluation} is no results.json of evaluation/evaluate.py ({error})"
        ) from error


def _sha256(path: Path) -> str | None:
    """Of a file, of a SavedModel, or of a run's generator; None of a stand-in's name."""
    path = path / GENERATOR_FILE if (path / GENERATOR_FILE).is_file() else path
    return fingerprint(path) if path.is_file() or is_saved_model(path) else None
