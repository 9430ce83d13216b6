"""Trains the network that tells where a crop shows a face, on rendered people.

python lab/train_face_mask.py --output=FACE_MASK --first_identity=4000 --people=4000

It draws a picture of each person, with an exact mask of skin, eyes and mouth (FACE_MASK/faces.npz;
the same command reuses it), and trains on all but the last 200 (about 40 minutes on two cores).
FACE_MASK/face_mask.keras, in float16, is what ships as model_zoo/texture/face_mask.keras: by these
4,000 steps and, with --init_mask, by 2,500 more after simple glasses and strong brows were added to
what is drawn onto the crops, and by 3,000 more with the glasses of lab/networks/drawn_glasses.py.
"""

import dataclasses
import os
import tempfile
from pathlib import Path

from facedancer.training.settings.run import RunSettings
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import changed_flag, flag_field
from facedancer.utils.flags.shared import shared_flag

_HELD_OUT = 200


@dataclasses.dataclass(frozen=True)
class Settings:
    """One training."""

    output: str = shared_flag("output", text="output folder", needed=True)
    people: int = shared_flag("people", aliases=("identities",))
    first_identity: int = shared_flag("first_identity")
    seed: int = shared_flag("seed", text="random seed of people, pictures and weights")
    total_steps: int = changed_flag(
        RunSettings, "total_steps", default=4000, text="training steps, of 16 crops each"
    )
    init_mask: str = flag_field("", "face_mask.keras to begin with; default: random weights")
    workers: int | None = shared_flag("workers")


def main(settings: Settings) -> None:
    """Draws, trains, writes, and prints the measure."""
    import keras
    import numpy as np

    from facedancer.lab.networks.face_mask_training import Faces, overlap, train_face_mask
    from facedancer.lab.pictures.visible_faces import visible_faces
    from facedancer.networks.face_mask import FACE_MASK_SIDE
    from facedancer.utils.files import write_arrays
    from facedancer.utils.weights.half_precision import pack

    if settings.people <= _HELD_OUT:
        raise UserError(f"--people={settings.people} must be more than the {_HELD_OUT} held out")
    start = None
    if settings.init_mask:
        try:
            start = keras.models.load_model(settings.init_mask, compile=False)
        except (OSError, ValueError) as error:
            raise UserError(f"--init_mask: cannot read {settings.init_mask} ({error})") from error
    output = Path(settings.output).expanduser()
    output.mkdir(parents=True, exist_ok=True)
    path = output / "faces.npz"
    if not path.exists():
        people = range(settings.first_identity, settings.first_identity + settings.people)
        workers = settings.workers or len(os.sched_getaffinity(0))
        crops, masks = visible_faces(settings.seed, FACE_MASK_SIDE, people, workers)
        write_arrays(path, {"crops": crops, "masks": masks})
    with np.load(path) as found:
        faces = Faces(found["crops"], found["masks"])
    known, held_out = faces.split(_HELD_OUT)
    network = train_face_mask(known, settings.total_steps, settings.seed, start)
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "whole.keras")
        pack(Path(folder) / "whole.keras", output / "face_mask.keras")
    found = overlap(network, held_out)
    print(
        f"intersection over union on {_HELD_OUT} held-out people: {found:.3f}; "
        f"network: {output}/face_mask.keras"
    )


if __name__ == "__main__":
    run(main, Settings)
