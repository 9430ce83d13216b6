"""A network that was trained before in the place of one that a lab would train."""

import shutil
from pathlib import Path

import keras
import tensorflow as tf

from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.face_regressor import load_regressor
from facedancer.arcface_model.interface import input_side
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.training.supervised.encoder_task import EncoderTask
from facedancer.training.supervised.faces_input import to_input
from facedancer.training.supervised.held_out_identities import HeldOutIdentities
from facedancer.training.supervised.held_out_labels import HeldOutLabels
from facedancer.training.supervised.regressor_task import RegressorTask
from facedancer.training.watching.run_log import RunLog
from facedancer.utils.errors import UserError
from facedancer.utils.files import written_whole

_IDENTITY = "identity"


def measure(kind: str, network: keras.Model, faces: LabelledFaces) -> dict[str, float]:
    """Measures what a training's validation pass finds of a network, by log name.

    Args:
        kind: ``identity``, or what a regressor tells.
        network: of that kind.
        faces: of people that it has not seen, with their labels.

    Raises:
        UserError: the faces do not suit the kind.
    """
    side = input_side(network)
    answer = tf.function(
        lambda images: network(to_input(images, side), training=False), autograph=False
    )
    if kind == _IDENTITY:
        return HeldOutIdentities(faces, side).measure(lambda images: answer(images)["embedding"])
    return HeldOutLabels(kind, faces, side).measure(answer)


def take(
    kind: str, path: Path, validation_data: str, folder: Path
) -> tuple[Path, dict[str, float]]:
    """Writes what the rest of a lab needs of the run that trains such a network.

    Args:
        kind: see `measure`.
        path: the network's .keras file.
        validation_data: folder of shards of people that it has not seen.
        folder: gets the file under its usual name, and ``log.jsonl`` with the measures of a
            validation pass.

    Returns:
        The file, and the measures by name.

    Raises:
        UserError: ``folder`` holds a training, ``path`` no such network.
    """
    if (folder / "checkpoints").exists():
        raise UserError(f"{folder} holds a training: give another --run_dir")
    network = load_encoder(path) if kind == _IDENTITY else load_regressor(path)
    measures = measure(kind, network, LabelledFaces([validation_data]))
    log = RunLog(folder, 0)
    log.write(0, measures)
    log.close()
    task = EncoderTask if kind == _IDENTITY else RegressorTask
    with written_whole(folder / task.file_name) as unfinished:
        shutil.copyfile(path, unfinished)
    return folder / task.file_name, measures
