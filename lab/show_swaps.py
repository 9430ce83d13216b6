"""Draws swaps of rendered people by a generator of the lab: target, source and swap, labelled.

python lab/show_swaps.py --output=swaps.png

People and pictures are chosen before anything is swapped: each pair has the first person of the
next two families, in the sharpest of a few pictures with a near-frontal, unoccluded face.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

# Nobody from this number on was trained on, validated on, or chosen by.
_FIRST_PERSON = 3_000_000


@dataclasses.dataclass(frozen=True)
class Settings:
    """The flags of this command."""

    output: str = shared_flag("output", text="picture file to write", needed=True)
    pairs: int = shared_flag("pairs", default=6, text="number of pairs of people", least=1, most=50)
    first_identity: int = shared_flag("first_identity", default=_FIRST_PERSON)
    generator: str = shared_flag("generator", text="generator of the lab; default: the shipped one")
    encoder: str = shared_flag("encoder")


def main(settings: Settings) -> None:
    """Chooses the pictures, swaps, and writes what came of it."""
    from facedancer.inference.swapper import Swapper
    from facedancer.lab.people.families import SIBLINGS
    from facedancer.lab.pictures.shown_swaps import choose_picture, show_swaps
    from facedancer.utils.images import write_image
    from facedancer.utils.weights.published import MODEL_ZOO

    swapper = Swapper.load(
        settings.generator or MODEL_ZOO / "lab/generator.keras",
        settings.encoder or MODEL_ZOO / "lab/arcface.keras",
    )
    # One of each family: a swap between siblings would flatter.
    pictures = [
        choose_picture(settings.first_identity + SIBLINGS * number)
        for number in range(2 * settings.pairs)
    ]
    sheet = show_swaps(swapper, list(zip(pictures[::2], pictures[1::2], strict=True)))
    output = Path(settings.output).expanduser()
    output.parent.mkdir(parents=True, exist_ok=True)
    write_image(output, sheet)
    print(output)


if __name__ == "__main__":
    run(main, Settings)
