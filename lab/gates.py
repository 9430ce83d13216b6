"""Tests whether rendered people and an identity encoder are suitable for measuring face swaps.

python lab/gates.py --encoder=model_zoo/lab/arcface.keras,faceres --output=gates.json

An encoder that relies on hair, skin tone or glasses rewards a swapper for painting them. The gates
measure how it responds to a target's picture with only the source's shape, looks, hair or glasses,
and whether it finds the source of the right answer among people, siblings included.
"""

import dataclasses
import os
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    """The people and who looks at them."""

    encoder: tuple[str, ...] = shared_flag(
        "encoder",
        default=(),
        text="identity encoders to test: FILE, NAME or NAME:FILE; several as A,B",
        aliases=(),
        needed=True,
    )
    output: str = shared_flag("output", text="JSON file to write the results to as well")
    people: int = shared_flag(
        "people", default=300, text="number of people, in families of four", least=8
    )
    first_identity: int = shared_flag("first_identity", default=3_000_000)
    image_size: int = shared_flag(
        "image_size", default=64, text="side of the crops in pixels", least=32, most=512
    )
    seed: int = shared_flag("seed", text="random seed of the people")
    workers: int | None = shared_flag("workers")


def main(settings: Settings) -> None:
    """Renders, measures and prints the tables."""
    from facedancer.evaluation.encoders.registry import load_measure
    from facedancer.evaluation.files import plain
    from facedancer.lab.gating.job import measure
    from facedancer.lab.gating.pictures import draw_pictures
    from facedancer.lab.gating.tables import markdown
    from facedancer.retinaface.detector import load_detector
    from facedancer.utils.files import write_json

    encoders = [load_measure("identity", spec) for spec in settings.encoder]
    first = settings.first_identity
    pictures = draw_pictures(
        range(first, first + settings.people),
        settings.image_size,
        settings.seed,
        load_detector(),
        settings.workers or len(os.sched_getaffinity(0)),
    )
    results = [measure(encoder, pictures) for encoder in encoders]
    print(
        f"{settings.people} people from {first}, crops of {settings.image_size} px around the "
        f"detector's landmarks ({pictures.undetected} faces not found: cropped by their labels).\n"
    )
    print(markdown(results))
    if settings.output:
        content = {
            "settings": dataclasses.asdict(settings),
            "undetected": pictures.undetected,
            "encoders": results,
        }
        write_json(Path(settings.output), plain(content))


if __name__ == "__main__":
    run(main, Settings)
