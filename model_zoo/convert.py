"""Converts a published Keras 2 file to Keras 3, and reports the new place of each weight.

python model_zoo/convert.py FaceDancer_config_c_HQ.h5 FaceDancer_config_c_HQ.keras
python model_zoo/convert.py ArcFace-Res50.h5 ArcFace-Res50.weights.h5 --report=mapping.tsv

It recognises the network by the file's content. All scripts read the published files as they are;
a converted file also loads in other Keras 3 programs.
"""

import dataclasses
import math
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.commands import start_of
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class Settings:
    """The report on the weights."""

    report: str | None = flag_field(None, "File to write the whole mapping to, tab-separated.")


def main(settings: Settings, arguments: list[str]) -> None:
    """Converts, and prints what went where."""
    from facedancer.model_zoo.conversion import convert

    if len(arguments) != 2:
        start = start_of("model_zoo/convert.py")
        raise UserError(f"usage: {start} IN.h5 OUT.keras [--report=FILE]")
    source, target = (Path(argument) for argument in arguments)
    converted = convert(source, target, Path(settings.report) if settings.report else None)
    numbers = sum(math.prod(one.shape) for one in converted.assignments)
    print(f"{source}: {converted.description}")
    for one in converted.assignments[:3]:
        print(f"  {one.source} {list(one.shape)} -> {one.target}")
    print(f"  ... {len(converted.assignments)} weights in all, {numbers:,} numbers")
    print("every weight of the file was used once, every weight of ours was set")
    print(f"written, read again and compared: {target}")
    if settings.report:
        print(f"the whole mapping: {settings.report}")


if __name__ == "__main__":
    run(main, Settings, positional="IN.h5 OUT.keras")
