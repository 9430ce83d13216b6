"""`--help`: what it is made of, and in which order."""

import dataclasses
from pathlib import Path

from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.help import help_text

DOCSTRING = """Crops faces.

python dataset/crop.py --data=photos \\
    --size=256

A run goes on when it is started again.
"""


@dataclasses.dataclass(frozen=True)
class Networks:
    """A group that scripts share."""

    encoder: str = flag_field("", "the encoder.", aliases=("arcface_path",), group="networks")


@dataclasses.dataclass(frozen=True)
class Settings(Networks):
    """Some of each kind."""

    size: int = flag_field(256, "The crops' side, in pixels.", 32, 512, aliases=("im_size",))
    kind: str = flag_field("jpg", "The format.", choices=("jpg", "png"))
    many: str = flag_field("c" * 9, "One of many.", choices=[letter * 9 for letter in "abcd"])
    turned: bool = flag_field(True, "Look again.")
    source: tuple[Path, ...] = flag_field((), "Photographs.")
    data: str = flag_field("", "A folder.", needed=True)
    score: float = flag_field(0.5, "a score", most=1)
    strength: float = flag_field(1.0, "How much.", group="networks")


def test_all_of_it():
    assert (
        help_text(Settings, DOCSTRING, "facedancer crop", "PICTURES...")
        == """\
Crops faces.

usage: facedancer crop PICTURES... --data=... [--FLAG=VALUE ...]

python dataset/crop.py --data=photos \\
    --size=256

A run goes on when it is started again.

needed:
  --data=...              A folder.

options:
  --size=N                The crops' side, in pixels (32 to 512; default: 256; also
                          --im_size).
  --kind=jpg|png          The format (default: jpg).
  --many=ONE              One of many (one of aaaaaaaaa, bbbbbbbbb, ccccccccc,
                          ddddddddd; default: ccccccccc).
  --[no]turned            Look again (default: yes).
  --source=A,B            Photographs.
  --score=X               A score (at most 1; default: 0.5).

networks:
  --strength=X            How much (default: 1.0).
  --encoder=...           The encoder (also --arcface_path).

every command:
  --flagfile=...          Read flags from this file, one per line. Later flags override
                          earlier ones.
  --verbosity=N           Log level of TensorFlow and other libraries: -1 warnings, 0
                          info, 1 debug.
  --help                  Show this help.
"""
    )
