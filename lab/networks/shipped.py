"""The files of model_zoo/lab/, made of a lab's networks: weights in float16, and a list of them."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.face_regressor import load_regressor
from facedancer.arcface_model.origin import encoder_origin
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.training.runs.folder import read_parts
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, write_text
from facedancer.utils.weights.half_precision import pack
from facedancer.utils.weights.origins import COPY_OF

from ..experiment.swappers import name_of

_MOST_BYTES = 25_000_000
# Of an output's largest magnitude: a grey level of a picture is 1/128 of it.
_TOLERANCE = 0.01

_HEAD = """\
# The lab's networks

Trained from nothing on this project's rendered faces by `make lab`
([docs/lab.md](../../docs/lab.md)). The head shapes behind them are CC0, so these files are under
this project's own licence. Weights are in float16, read as any other `.keras` file. They know the
lab's people, not photographs.

Written by `lab/ship_models.py`; the last column is how far rounding moved the answers to noise, of
the largest one.

| file | what | parameters | MB | sha256 | moved by |
|---|---|---:|---:|---|---:|
"""


def ship(lab_dir: Path, config: str | None, folder: Path) -> int:
    """Writes the files and the list of them.

    Args:
        lab_dir: a lab's folder.
        config: whose generator ships, see `swappers`; None: which does already.
        folder: where to.

    Returns:
        The files' size in bytes.

    Raises:
        UserError: a network is missing, float16 does not suit it, all are too large together, or
            the generator was trained with another encoder.
    """
    encoders = lab_dir / "encoders"
    files = {
        "arcface.keras": (
            "identity encoder I (ArcFace)", encoders / "arcface" / "encoder.keras", load_encoder
        ),
        "cosface.keras": (
            "the identity encoder that judges (CosFace)",
            encoders / "cosface" / "encoder.keras",
            load_encoder,
        ),
        "pose.keras": (
            "pose regressor", encoders / "pose" / "regressor.keras", load_regressor
        ),
        "expression.keras": (
            "expression embedder", encoders / "expression" / "regressor.keras", load_regressor
        ),
    }  # fmt: skip
    if config:
        files["generator.keras"] = (
            f"configuration {name_of(config)}, 64 px, to be used with arcface.keras",
            lab_dir / "runs" / config / "generator.keras",
            load_keras_generator,
        )
    missing = [path for _, path, _ in files.values() if not path.is_file()]
    if missing:
        raise UserError(f"no such file: {missing[0]}; make it with python lab/run_lab.py")
    former, generator = _listed(folder), folder / "generator.keras"
    keeps_generator = not config and generator.is_file()
    encoder = files["arcface.keras"][1]
    if keeps_generator and not _is_shipped(encoder, folder / "arcface.keras"):
        raise UserError(
            f"{generator} was trained with another encoder than {encoder}: give --config, or "
            "remove the generator"
        )
    run_dir = lab_dir / "runs" / str(config)
    if config and _trained_with(run_dir) not in (None, digest_of(encoder)):
        raise UserError(
            f"{run_dir} was trained with another encoder than {encoder}: train it again"
        )
    rows = {
        name: _ship(source, folder / name, words, load, former.get(name, ""))
        for name, (words, source, load) in files.items()
    }
    if keeps_generator:
        rows[generator.name] = former[generator.name]
    total = sum((folder / name).stat().st_size for name in rows)
    if total > _MOST_BYTES:
        raise UserError(
            f"{folder} would hold {total / 1e6:.1f} MB, more than {_MOST_BYTES / 1e6:.0f}: ship a "
            "narrower generator"
        )
    write_text(folder / "README.md", _HEAD + "".join(rows.values()))
    return total


def _listed(folder: Path) -> dict[str, str]:
    """The rows of the list that is there, by file."""
    path = folder / "README.md"
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    return {line.split("`")[1]: line for line in lines if line.startswith("| `")}


def _ship(
    source: Path, target: Path, words: str, load: Callable[[Path], keras.Model], former: str
) -> str:
    """Packs a network, and refuses one that answers otherwise then; its row of the list.

    A lab that took the very file that ships has nothing to pack: its ``former`` row stays.
    """
    if target.is_file() and digest_of(source) == digest_of(target) and digest_of(target) in former:
        return former
    before = load(source)
    pack(source, target, {COPY_OF: encoder_origin(source)} if load is load_encoder else {})
    moved = largest_difference(before, load(target))
    if moved > _TOLERANCE:
        target.unlink()
        raise UserError(
            f"{source} changes its outputs by {moved:.2%} in float16: it cannot be shipped"
        )
    return (
        f"| `{target.name}` | {words} | {before.count_params():,} "
        f"| {target.stat().st_size / 1e6:.1f} | `{digest_of(target)}` | {moved:.1e} |\n"
    )


def _is_shipped(encoder: Path, shipped: Path) -> bool:
    """Tells whether ``shipped`` is this encoder, in float16 or as it is."""
    if not shipped.is_file():
        return False
    return largest_difference(load_encoder(encoder), load_encoder(shipped)) <= _TOLERANCE


def _trained_with(run_dir: Path) -> str | None:
    """The sha256 of a run's encoder; None where it is not known."""
    parts = read_parts(run_dir)
    sums = parts[-1].get("sha256", {}) if parts else {}
    return sums.get("encoder", sums.get("arcface_path"))


def largest_difference(before: keras.Model, after: keras.Model) -> float:
    """Compares two networks' answers to the same noise, over each answer's largest magnitude."""
    rng = np.random.default_rng(0)
    inputs = [rng.random([4, *tensor.shape[1:]], np.float32) for tensor in before.inputs]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    answers = [keras.tree.flatten(model(inputs, training=False)) for model in (before, after)]
    return max(
        float(np.max(np.abs(a - b)) / np.max(np.abs(a))) for a, b in zip(*answers, strict=True)
    )
