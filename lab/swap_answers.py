"""Swaps a few pairs with a known right answer, for the report's picture of the face's shape.

python lab/swap_answers.py --targets=lab_out/shards/test --truths=lab_out/rendered_swaps \\
    --pair_list=lab_out/rendered_swaps/pairs.json --generators=lab_out/runs/c \\
    --encoder=lab_out/encoders/arcface/encoder.keras --output=answers.npz
"""

import dataclasses
from pathlib import Path

import numpy as np

from facedancer.evaluation.settings import EvaluationSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import changed_flag
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings

# Of so many pairs, the list's first, those are taken whose outline has to move most.
_LOOKED_AT = 200
# The side at which outlines are compared.
_SIDE = 64


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    """One picture's pairs."""

    targets: str = shared_flag("targets", text="folder of shards that the pairs were drawn from")
    pair_list: str = shared_flag("pair_list", needed=True)
    truths: str = changed_flag(EvaluationSettings, "truths", needed=True)
    generators: tuple[Path, ...] = shared_flag("generators")
    encoder: str = shared_flag("encoder", needed=True)
    output: str = shared_flag(
        "output",
        text=".npz file to write, with target, source, truth, NAME/swaps; uint8 RGB",
        needed=True,
    )
    pairs: int = shared_flag(
        "pairs", default=6, text="number of pairs, each of other people", least=1
    )


def choose_pairs(faces: np.ndarray, people: np.ndarray, count: int) -> list[int]:
    """Numbers of the pairs whose outline has to move most, no person twice.

    Args:
        faces: ``[P, S, S, 2]`` bool, where the target's face is, and the answer's.
        people: ``[P, 2]`` int, the target's and the source's.
        count: how many; fewer where so many have no people of their own.
    """
    moved = np.count_nonzero(faces[..., 0] ^ faces[..., 1], axis=(1, 2))
    chosen: list[int] = []
    for number in np.argsort(-moved, kind="stable"):
        if not np.isin(people[number], people[chosen]).any():
            chosen.append(int(number))
    return sorted(chosen[:count])


def main(settings: Settings) -> None:
    """Swaps, and writes the arrays."""
    from facedancer.dataset.records import decode_on_cpu
    from facedancer.evaluation.swaps.face_set import faces_of_records
    from facedancer.evaluation.swaps.pairs import read_pairs
    from facedancer.evaluation.swaps.swappers import load_swapper
    from facedancer.evaluation.swaps.truths import load_truths
    from facedancer.utils.errors import UserError
    from facedancer.utils.files import write_arrays

    decode_on_cpu()
    faces = faces_of_records(settings.targets)
    pairs = read_pairs(settings.pair_list, faces, faces)
    truths = load_truths(settings.truths, faces, pairs, faces)
    if truths.read_faces is None:
        raise UserError(f"{settings.truths} has no masks: make them with lab/render_swaps.py")
    first = np.arange(min(_LOOKED_AT, pairs.count))
    people = np.stack([faces.identity[pairs.targets], faces.identity[pairs.sources]], -1)
    rows = choose_pairs(truths.read_faces(first, _SIDE), people[first], settings.pairs)
    target, source = faces.read(pairs.targets[rows]), faces.read(pairs.sources[rows])
    arrays = {
        "target": target,
        "source": source,
        "truth": truths.read(np.array(rows), target.shape[1]),
    }
    for path in settings.generators:
        swapper = load_swapper(str(path), settings.encoder)
        swapper.check_side(faces)
        arrays[f"{swapper.name}/swaps"] = swapper.swap(target, source, np.arange(len(rows)))
    write_arrays(Path(settings.output), arrays)
    print(f"{len(rows)} pairs, {len(settings.generators)} generators: {settings.output}")


if __name__ == "__main__":
    run(main, Settings)
