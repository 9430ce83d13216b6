"""Compares how well identity encoders tell known people apart.

python evaluation/compare_encoders.py --targets=PHOTOS,RENDERED \\
    --encoders=model_zoo/lab/arcface.keras,faceres,dlib,model_zoo/lab/arcface.keras+dlib

Prints a table for each folder of --targets: the AUC, that is the probability that two pictures of
one person are more similar than two of different people, and how far the two kinds are apart. Two
frames of one video do not count as a pair. A+B concatenates both embeddings at unit norm.
"""

import dataclasses
from pathlib import Path

from facedancer.evaluation.encoders.registry import ENCODERS
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One comparison."""

    targets: tuple[Path, ...] = shared_flag(
        "targets",
        default=(),
        text="folders of shards, or of photographs with one sub-folder per person",
    )
    encoders: tuple[str, ...] = flag_field(
        ("faceres", "dlib"),
        "identity encoders to compare: FILE, NAME or NAME:FILE each, of "
        f"{', '.join(ENCODERS['identity'])}; A+B: both together",
    )
    output: str = shared_flag("output", text="Markdown file to write the table to as well")


def main(settings: Settings) -> None:
    """Prints the tables."""
    from facedancer.evaluation.encoder_comparison import compare_on
    from facedancer.utils.files import write_text

    if not settings.encoders:
        raise UserError("--encoders is empty: give at least one")
    tables = [compare_on(str(folder), settings.encoders) for folder in settings.targets]
    text = "\n".join(tables)
    if settings.output:
        write_text(Path(settings.output), text)
    print(text)


if __name__ == "__main__":
    run(main, Settings)
