"""Swaps each of a few held-out people onto each of a few faces, for the report's pictures.

python lab/swap_matrix.py --targets=lab_out/shards/test --generators=lab_out/runs/c \\
    --encoder=lab_out/encoders/arcface/encoder.keras --output=matrix.npz
"""

import dataclasses
from pathlib import Path

import numpy as np

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings

# Sources look into the camera; targets are turned by evenly spread angles, up to this.
_FRONTAL_YAW = 10.0
_LARGEST_YAW = 45.0


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    """One matrix."""

    targets: str = shared_flag("targets", text="folder of shards of held-out people")
    generators: tuple[Path, ...] = shared_flag("generators")
    encoder: str = shared_flag("encoder", needed=True)
    output: str = shared_flag(
        "output", text=".npz file to write, with target, source, NAME/swaps; uint8 RGB", needed=True
    )
    rows: int = flag_field(6, "number of target faces", least=1)
    columns: int = flag_field(4, "number of source people", least=1)
    seed: int = shared_flag("seed", text="random seed of the choice of faces")


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
            raise UserError(
                f"--targets shows {len(taken)} people, but --rows and --columns need "
                f"{targets + sources}: lower them"
            )
        near = [n for n in free if abs(yaw[n] - angle) <= _FRONTAL_YAW]
        nearest = near[0] if near else min(free, key=lambda n: abs(yaw[n] - angle))
        chosen.append(int(nearest))
    return chosen[sources:], chosen[:sources]


def main(settings: Settings) -> None:
    """Swaps, and writes the arrays."""
    from facedancer.dataset.records import decode_on_cpu
    from facedancer.dataset.shards.catalogue import read_catalogue
    from facedancer.dataset.shards.index import read_index
    from facedancer.evaluation.swaps.face_set import faces_of_records
    from facedancer.evaluation.swaps.swappers import load_swapper
    from facedancer.lab.rivals.swapping import CodedSwapper, is_given_labels
    from facedancer.utils.files import write_arrays

    decode_on_cpu()
    faces = faces_of_records(settings.targets)
    folder = Path(settings.targets)
    catalogue = read_catalogue(folder, read_index(folder))
    rows, columns = choose_faces(
        catalogue.yaw, faces.identity, settings.rows, settings.columns, settings.seed
    )
    targets, sources = faces.read(rows), faces.read(columns)
    arrays = {"target": targets, "source": sources}
    for path in settings.generators:
        if is_given_labels(path):
            coded = CodedSwapper(path, settings.encoder, settings.targets)
            arrays[f"{coded.name}/swaps"] = np.stack(
                [coded.swap([row] * len(columns), columns) for row in rows]
            )
            continue
        swapper = load_swapper(str(path), settings.encoder)
        swapper.check_side(faces)
        numbers = np.arange(len(sources))
        swaps = [
            swapper.swap(np.repeat(target[None], len(sources), axis=0), sources, numbers)
            for target in targets
        ]
        arrays[f"{swapper.name}/swaps"] = np.stack(swaps)
    write_arrays(Path(settings.output), arrays)
    count = len(settings.generators)
    print(f"{len(rows)} x {len(columns)} swaps of {count}: {settings.output}")


if __name__ == "__main__":
    run(main, Settings)
