"""Swaps each of a few held-out people onto each of a few faces, for the report's pictures.

python lab/swap_matrix.py --targets=lab_out/shards/test --generators=lab_out/runs/c \
    --arcface_path=lab_out/encoders/arcface/encoder.keras --output=matrix.npz
"""

from pathlib import Path

import numpy as np
from absl import flags

from facedancer.dataset.records import decode_on_cpu
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.index import read_index
from facedancer.evaluation.files import write_arrays
from facedancer.evaluation.swaps.face_set import faces_of_records
from facedancer.evaluation.swaps.swappers import load_swapper
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.path_flags import DEFINE_paths

FLAGS = flags.FLAGS
flags.DEFINE_string("targets", None, "Folder of shards of people that nothing was trained on.")
DEFINE_paths("generators", None, "Generators or runs' folders, each swaps the same faces.")
flags.DEFINE_string("arcface_path", None, "The identity encoder that they were trained with.")
flags.DEFINE_string("output", None, "The .npz to write: target, source, NAME/swaps; uint8 RGB.")
flags.DEFINE_integer("rows", 6, "How many faces are changed.", 1)
flags.DEFINE_integer("columns", 4, "How many people they are changed to.", 1)
flags.DEFINE_integer("seed", 0, "Of the choice of faces.", 0)
flags.mark_flags_as_required(["targets", "generators", "arcface_path", "output"])

# Sources look into the camera; targets are turned by evenly spread angles, up to this.
_FRONTAL_YAW = 10.0
_LARGEST_YAW = 45.0


def choose_faces(
    yaw: np.ndarray, identity: np.ndarray, targets: int, sources: int, seed: int
) -> tuple[list[int], list[int]]:
    """Numbers of the faces for the rows and for the columns, no person twice.

    Args:
        yaw: ``[N]`` degrees; NaN where it is not known.
        identity: ``[N]`` int, equal where two are of one person.
        targets: how many rows.
        sources: how many columns.
        seed: of the draw.

    Raises:
        UserError: too few people.
    """
    order = np.random.default_rng(seed).permutation(len(yaw))
    wanted = [0.0] * sources + list(np.linspace(-_LARGEST_YAW, _LARGEST_YAW, targets))
    chosen: list[int] = []
    for angle in wanted:
        taken = set(identity[chosen].tolist())
        free = [n for n in order if identity[n] not in taken and np.isfinite(yaw[n])]
        if not free:
            raise UserError(f"--targets shows {len(taken)} people, {targets + sources} are needed")
        near = [n for n in free if abs(yaw[n] - angle) <= _FRONTAL_YAW]
        nearest = near[0] if near else min(free, key=lambda n: abs(yaw[n] - angle))
        chosen.append(int(nearest))
    return chosen[sources:], chosen[:sources]


def main() -> None:
    """Reads the flags, swaps, and writes the arrays."""
    decode_on_cpu()
    faces = faces_of_records(FLAGS.targets)
    catalogue = read_catalogue(Path(FLAGS.targets), read_index(Path(FLAGS.targets)))
    rows, columns = choose_faces(
        catalogue.yaw, faces.identity, FLAGS.rows, FLAGS.columns, FLAGS.seed
    )
    targets, sources = faces.read(rows), faces.read(columns)
    arrays = {"target": targets, "source": sources}
    for path in FLAGS.generators:
        swapper = load_swapper(path, FLAGS.arcface_path)
        swapper.check_side(faces)
        numbers = np.arange(len(sources))
        swaps = [
            swapper.swap(np.repeat(target[None], len(sources), axis=0), sources, numbers)
            for target in targets
        ]
        arrays[f"{swapper.name}/swaps"] = np.stack(swaps)
    write_arrays(Path(FLAGS.output), arrays)
    print(f"{len(rows)} x {len(columns)} swaps of {len(FLAGS.generators)}: {FLAGS.output}")


if __name__ == "__main__":
    run(main)
