"""Takes over a network that was trained before, and measures it on held-out people once more.

python lab/take_network.py --kind=identity --network=model_zoo/lab/arcface.keras \
    --validation_data=lab_out/shards/validation --run_dir=lab_out/encoders/arcface

What it writes is what the rest of a lab needs of the run that trains such a network: the file under
its usual name, and ``log.jsonl`` with the measures of a validation pass.
"""

import facedancer  # noqa: F401 - it keeps TensorFlow quiet, so it comes first

# isort: split
import shutil
from pathlib import Path

import keras
import tensorflow as tf
from absl import flags

from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.face_regressor import EXPRESSION, POSE, load_regressor
from facedancer.arcface_model.interface import input_side
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.training.supervised.encoder_task import EncoderTask
from facedancer.training.supervised.faces_input import to_input
from facedancer.training.supervised.held_out_identities import HeldOutIdentities
from facedancer.training.supervised.held_out_labels import HeldOutLabels
from facedancer.training.supervised.regressor_task import RegressorTask
from facedancer.training.watching.run_log import RunLog
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

_IDENTITY = "identity"

FLAGS = flags.FLAGS
flags.DEFINE_enum("kind", None, (_IDENTITY, POSE, EXPRESSION), "What the network tells of a face.")
flags.DEFINE_string("network", None, "Its .keras file.")
flags.DEFINE_string("validation_data", None, "Folder of shards of people that it has not seen.")
flags.DEFINE_string("run_dir", None, "Where to; a folder that holds no run.")
flags.mark_flags_as_required(["kind", "network", "validation_data", "run_dir"])


def measure(kind: str, network: keras.Model, faces: LabelledFaces) -> dict[str, float]:
    """Measures what a training's validation pass finds of a network, by log name.

    Args:
        kind: ``identity``, ``pose`` or ``expression``.
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


def main() -> None:
    """Reads the flags, measures, and writes."""
    folder, path = Path(FLAGS.run_dir), Path(FLAGS.network)
    if (folder / "checkpoints").exists():
        raise UserError(f"{folder} holds a training: name another --run_dir")
    network = load_encoder(path) if FLAGS.kind == _IDENTITY else load_regressor(path)
    measures = measure(FLAGS.kind, network, LabelledFaces([FLAGS.validation_data]))
    log = RunLog(folder, 0)
    log.write(0, measures)
    log.close()
    task = EncoderTask if FLAGS.kind == _IDENTITY else RegressorTask
    unfinished = folder / f".{task.file_name}.unfinished"
    shutil.copyfile(path, unfinished)
    unfinished.replace(folder / task.file_name)
    print(f"{folder / task.file_name}: " + ", ".join(f"{n} {v:.4g}" for n, v in measures.items()))


if __name__ == "__main__":
    run(main)
