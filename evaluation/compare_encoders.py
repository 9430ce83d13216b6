"""Compares identity encoders on faces whose people are known: how well does each tell them apart?

python evaluation/compare_encoders.py --targets=PHOTOS,RENDERED \\
    --encoders=model_zoo/lab/arcface.keras,faceres,dlib,model_zoo/lab/arcface.keras+dlib

Prints a table for each folder of --targets: the chance that two pictures of one person are more
alike than those of two people, and how far the two kinds lie apart. Two frames of one video are no
pair. A+B stands for both networks side by side, each of unit length.
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
        text="folders of shards, or of photographs with a sub-folder a person",
    )
    encoders: tuple[str, ...] = flag_field(
        ("faceres", "dlib"),
        f"FILE, NAME or NAME:FILE each, of {', '.join(ENCODERS['identity'])}; A+B: both together",
    )
    output: str = shared_flag("output", text="a Markdown file to write as well")


def main(settings: Settings) -> None:
    """Prints the tables."""
    from facedancer.evaluation.encoder_comparison import compare_on
    from facedancer.utils.files import write_text

    if not settings.encoders:
        raise UserError("--encoders names nobody: name at least one")
    tables = [compare_on(str(folder), settings.encoders) for folder in settings.targets]
    text = "\n".join(tables)
    if settings.output:
        write_text(Path(settings.output), text)
    print(text)


if __name__ == "__main__":
    run(main, Settings)
