"""A generator as a TensorFlow SavedModel, verified before it takes its name."""

import shutil
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.inference.loading import (
    INPUTS,
    OUTPUT,
    SIGNATURE,
    load_generator,
    load_keras_generator,
)
from facedancer.utils.cli import UserError

# Of the output's largest magnitude. A graph optimiser that fuses and reorders float32 sums moves
# results by the order of 1e-6; computing in half precision would, by 1e-3 and more.
TOLERANCE = 1e-5

# All that a SavedModel's folder may hold.
_OWN_ENTRIES = {"saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"}


class ExportMismatchError(Exception):
    """The written SavedModel does not compute what the Keras model computes."""


def export_saved_model(facedancer_path: str | Path, export_dir: str | Path) -> float:
    """Writes a generator as a SavedModel, reloads it and compares it with the Keras model.

    The signature ``serving_default`` takes ``target`` ``[B, S, S, 3]`` signed RGB and ``identity``
    ``[B, 512]`` and returns ``changed`` ``[B, S, S, 3]``: all float32, any B, whatever precision
    the generator was trained in.

    Args:
        facedancer_path: what `load_keras_generator` takes.
        export_dir: the SavedModel's folder. It appears whole and verified, or not at all; a
            SavedModel that lies there is replaced.

    Returns:
        The largest difference between the two models' outputs, over their largest magnitude.

    Raises:
        UserError: no such generator, or ``export_dir`` holds something that is not a SavedModel.
        ExportMismatchError: the difference exceeds `TOLERANCE`.
    """
    folder = Path(export_dir).resolve()
    _refuse_foreign(folder)
    generator = load_keras_generator(facedancer_path)
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _write(generator, unfinished)
        difference = _largest_difference(generator, unfinished)
        # "not below", so that NaN fails.
        if not difference <= TOLERANCE:
            raise ExportMismatchError(
                f"the SavedModel's output differs from the Keras model's by {difference:.1e} of "
                f"its magnitude, more than {TOLERANCE:.0e}; nothing was written"
            )
        _rename(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return difference


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--export_dir={folder} is a file; name a folder")
    entries = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if entries and ("saved_model.pb" not in entries or entries - _OWN_ENTRIES):
        raise UserError(
            f"{folder} holds something else than a SavedModel; name a new or an empty folder"
        )


def _write(generator: keras.Model, folder: Path) -> None:
    def changed(target: tf.Tensor, identity: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: generator([target, identity], training=False)}

    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint(
        SIGNATURE,
        changed,
        input_signature=[
            tf.TensorSpec(tensor.shape, tf.float32, name=name)
            for name, tensor in zip(INPUTS, generator.inputs, strict=True)
        ],
    )
    archive.write_out(folder, verbose=False)


def _largest_difference(generator: keras.Model, folder: Path) -> float:
    """Over random inputs at two batch sizes; NaN if either output holds one."""
    exported = load_generator(folder)
    draw = np.random.default_rng(0)
    # TF32, the default on current GPUs, keeps 10 bits: two right graphs would differ by 1e-3.
    tf32 = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    differences = []
    for batch in (1, 3):
        target, identity = generator.inputs
        target = draw.uniform(-1, 1, (batch, *target.shape[1:])).astype(np.float32)
        identity = draw.standard_normal((batch, *identity.shape[1:])).astype(np.float32)
        expected = generator([target, identity], training=False).numpy()
        error = np.abs(exported(target, identity).numpy() - expected).max()
        differences.append(error / max(np.abs(expected).max(), np.finfo(np.float32).tiny))
    tf.config.experimental.enable_tensor_float_32_execution(tf32)
    return float(np.max(differences))


def _rename(unfinished: Path, folder: Path) -> None:
    replaced = folder.with_name(f".{folder.name}.replaced")
    if folder.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        folder.rename(replaced)
    unfinished.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)
