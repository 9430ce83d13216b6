"""Trains the network that finds lips in a crop, on rendered people.

python lab/train_lips.py --output=LIPS --first_identity=4000 --people=4000 --total_steps=6000

It draws a picture of each person and tells where its lips lie (LIPS/mouths.npz; the same command
reuses it), and trains on all but the last 200. LIPS/lips.keras, in float16, is what ships as
model_zoo/texture/lips.keras.
"""

import dataclasses
import os
import tempfile
from pathlib import Path

from facedancer.training.settings.run import RunSettings
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import changed_flag
from facedancer.utils.flags.shared import shared_flag

_HELD_OUT = 200
_SIDE = 128


@dataclasses.dataclass(frozen=True)
class Settings:
    """One training."""

    output: str = shared_flag("output", text="output folder", needed=True)
    people: int = shared_flag("people", aliases=("identities",))
    first_identity: int = shared_flag("first_identity")
    seed: int = shared_flag("seed", text="random seed of people, pictures and weights")
    total_steps: int = changed_flag(
        RunSettings, "total_steps", default=4000, text="training steps, of 32 mouths each"
    )
    workers: int | None = shared_flag("workers")


def main(settings: Settings) -> None:
    """Draws, trains, writes, and prints the measure."""
    import numpy as np

    from facedancer.lab.networks.lip_training import Mouths, mean_error, train_lips
    from facedancer.lab.pictures.lip_outlines import lip_outlines
    from facedancer.lab.pictures.visible_faces import visible_faces
    from facedancer.utils.files import write_arrays
    from facedancer.utils.weights.half_precision import pack

    if settings.people <= _HELD_OUT:
        raise UserError(f"--people={settings.people} must be more than the {_HELD_OUT} held out")
    output = Path(settings.output).expanduser()
    output.mkdir(parents=True, exist_ok=True)
    path = output / "mouths.npz"
    if not path.exists():
        people = range(settings.first_identity, settings.first_identity + settings.people)
        workers = settings.workers or len(os.sched_getaffinity(0))
        crops, _ = visible_faces(settings.seed, _SIDE, people, workers)
        outlines = lip_outlines(settings.seed, _SIDE, people, workers)
        write_arrays(path, {"crops": crops, "outlines": outlines})
    with np.load(path) as found:
        mouths = Mouths(found["crops"], found["outlines"])
    known, held_out = mouths.split(_HELD_OUT)
    network = train_lips(known, settings.total_steps, settings.seed)
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "whole.keras")
        pack(Path(folder) / "whole.keras", output / "lips.keras")
    error = mean_error(network, held_out, settings.seed)
    print(
        f"mean error on {_HELD_OUT} held-out people: {100 * error:.2f} % of the mouth's crop; "
        f"network: {output}/lips.keras"
    )


if __name__ == "__main__":
    run(main, Settings)
