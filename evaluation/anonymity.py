"""Measures how many people are still recognised after blurring, or a swap with nobody's identity.

python evaluation/anonymity.py --targets=PHOTOGRAPHS --generator=model_zoo/lab/generator.keras \\
    --encoder=model_zoo/lab/arcface.keras --judges=model_zoo/lab/cosface.keras,faceres

Each judge searches for the person of each changed picture among all other, unchanged pictures.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.pairing import PairingSettings
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings(PairingSettings):
    """One measurement."""

    targets: str = shared_flag(
        "targets", text="folder of shards, or of photographs with one sub-folder per person"
    )
    generator: str = shared_flag("generator", needed=True)
    encoder: str = shared_flag("encoder", needed=True)
    judges: tuple[str, ...] = shared_flag(
        "judges",
        default=("faceres", "dlib"),
        text="identity encoders that recognise: FILE, NAME or NAME:FILE each",
    )
    seed: int = shared_flag("seed", text="random seed of nobody's identity")
    output: str = shared_flag("output", text="Markdown file to write the table to as well")


def main(settings: Settings) -> None:
    """Measures, and prints the table."""
    from facedancer.evaluation.reidentification import compare_anonymity
    from facedancer.utils.files import write_text

    if not settings.judges:
        raise UserError("--judges is empty: give at least one")
    text = compare_anonymity(
        settings.targets,
        settings.generator,
        settings.encoder,
        settings.judges,
        settings.seed,
        settings.any_encoder,
    )
    if settings.output:
        write_text(Path(settings.output), text)
    print(text)


if __name__ == "__main__":
    run(main, Settings)
