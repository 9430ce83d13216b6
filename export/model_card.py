"""``model_card.json``: what a served model is, where it comes from, and what its user must do."""

import re
from pathlib import Path

import keras

import facedancer
from facedancer.evaluation.files import MOST_RESULTS, sha256_of
from facedancer.networks.generator import up_types_of
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_json
from facedancer.utils.weights.kinds import fingerprint, recognise

from .origin import origin_of
from .swap_networks import MARKING_DUTY

CARD_FILE = "model_card.json"
_FLAGS_FILE = "flags.cfg"


def model_card(paths: dict[str, str], precision: str, evaluation: str = "") -> dict[str, object]:
    """Collects what is known of a model before it is written.

    Args:
        paths: what was exported, by flag.
        precision: of its convolutions.
        evaluation: an ``evaluation/evaluate.py`` results.json of the model; "": none.

    Raises:
        UserError: ``evaluation`` is no such file, or of another generator.
    """
    return {
        "software": f"facedancer {facedancer.__version__}",
        "paper": "FaceDancer: Pose- and Occlusion-Aware High Fidelity Face Swapping, WACV 2023",
        "made_from": {flag: origin_of(path) for flag, path in paths.items()},
        "precision": precision,
        "training_flags": _training_flags(paths.get("generator", "")),
        "metrics": _metrics(evaluation, paths.get("generator", "")),
        "intended_use": "research, and swaps that the people who are shown have agreed to",
        "licence": "the weights': that of who trained them; this software: MIT",
        "marking_duty": MARKING_DUTY,
        "marks_by_itself": False,
    }


def write_card(folder: Path, card: dict[str, object]) -> None:
    """Adds the written files' SHA-256, and writes the card next to them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {path.relative_to(folder).as_posix(): fingerprint(path) for path in files}
    write_json(folder / CARD_FILE, {**card, "files": digests})


def describe_network(model: keras.Model) -> dict[str, object]:
    """Reads a network's facts off itself; of a generator of ours, what `get_generator` built it by.

    Returns:
        ``image_size``, None where any will do, and ``parameters``. Of a generator also
        ``up_types``, the lowest resolution first (see `networks.generator.up_types_of`),
        ``widths``, the highest first, ``base_width``, ``mapping_depth``, ``mapping_size`` (None
        without layers), ``separable``.
    """
    facts = {"image_size": model.inputs[0].shape[1], "parameters": model.count_params()}
    layers = {layer.name: layer for layer in model.layers}
    if "stem" not in layers or "up_final_shortcut" not in layers:
        return facts
    downs = [layers[f"down_{side}_shortcut"] for side in reversed(_sides("down", layers))]
    widths = [layer.filters for layer in (layers["stem"], *downs)]
    mapping = [layer for name, layer in layers.items() if re.fullmatch(r"mapping_\d+", name)]
    return {
        **facts,
        "up_types": up_types_of(model),
        "widths": widths,
        "base_width": widths[0],
        "mapping_depth": len(mapping),
        "mapping_size": mapping[0].units if mapping else None,
        "separable": any(isinstance(one, keras.layers.DepthwiseConv2D) for one in model.layers),
    }


def _training_flags(path: str) -> list[str] | None:
    """Reads a generator's run's flags: from its folder or, of a checkpoint, from the run's."""
    if not path:
        return None
    place = Path(path).resolve()
    for folder in (place, *list(place.parents)[:3]):
        if (folder / _FLAGS_FILE).is_file():
            lines = (folder / _FLAGS_FILE).read_text().splitlines()
            return [_without_folders(line) for line in lines if line and not line.startswith("#")]
    return None


def _without_folders(line: str) -> str:
    """A flag whose paths are their last names: the folders before them are a machine's."""
    name, equals, value = line.partition("=")
    values = [part.rstrip("/").rpartition("/")[2] for part in value.split(",")]
    return f"{name}{equals}{','.join(values)}"


def _metrics(evaluation: str, generator: str) -> dict[str, object] | None:
    if not evaluation:
        return None
    try:
        results = read_json(Path(evaluation), MOST_RESULTS)
        protocol, metrics = dict(results["protocol"]), results["metrics"]
        swapper = dict(protocol["swapper"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"--evaluation={evaluation} is not a results.json of evaluation/evaluate.py ({error})"
        ) from error
    if not generator:
        raise UserError(f"--evaluation={evaluation} belongs to a generator: give --generator")
    # The sum that `evaluation.swaps.swappers.load_swapper` writes.
    if swapper.get("sha256") != sha256_of(recognise(generator, "generator", "").path):
        raise UserError(
            f"--evaluation={evaluation} belongs to another generator than --generator={generator}, "
            "by its sha256: evaluate the exported one"
        )
    # Its own description and the encoder's path name folders of the machine that evaluated.
    swapper.pop("description", None)
    if "identity_encoder" in swapper:
        swapper["identity_encoder"] = Path(str(swapper["identity_encoder"])).name
    return {"protocol": {**protocol, "swapper": swapper}, "metrics": metrics}


def _sides(kind: str, layers: dict[str, keras.layers.Layer]) -> list[int]:
    """Lists the sides of one kind's blocks, the lowest first."""
    found = (re.fullmatch(rf"{kind}_(\d+)_shortcut", name) for name in layers)
    return sorted(int(match.group(1)) for match in found if match)
