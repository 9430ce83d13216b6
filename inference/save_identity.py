"""Saves a person's identity in a small file without pictures, for --source of a swap.

python inference/save_identity.py anna1.jpg anna2.jpg album/ --output=anna.identity
python inference/swap.py scene.jpg --source=anna.identity --output=swapped.jpg

Several photographs give their mean identity, as in a swap. The file works only with the encoder
that made it, which it records. It still identifies a person: protect it like the photographs.
"""

import dataclasses
from pathlib import Path

from facedancer.inference.network_flags import NetworkFlags
from facedancer.inference.swap_flags import SourceFlags
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class Settings(SourceFlags, NetworkFlags, TrustSettings):
    """All flags of this command."""

    output: str = shared_flag("output", text="Output file, NAME.identity.", needed=True)


def main(settings: Settings, paths: list[str]) -> None:
    """Reads the photographs and writes the file."""
    from facedancer.inference.default_networks import choose_encoder
    from facedancer.inference.faces.identity_file import IDENTITY_SUFFIX, is_identity_file
    from facedancer.inference.jobs.sources import photographs, save_identity
    from facedancer.utils.places import check_place

    if not paths:
        raise UserError("name the person's photographs, or a folder of them")
    output = Path(settings.output)
    if not is_identity_file(output):
        raise UserError(f"--output={output}: the name must end with {IDENTITY_SUFFIX}")
    check_place(output)
    found = photographs(paths)
    encoder = choose_encoder(
        settings.generator or None, settings.encoder or None, settings.any_encoder
    )
    from facedancer.inference.identity_networks import load_identity_networks

    networks = load_identity_networks(encoder, settings.detector or None)
    saved = save_identity(networks, found, output, settings.align_source)
    print(f"written: {output}, of {saved.pictures} pictures, by {saved.encoder}")


if __name__ == "__main__":
    run(main, Settings, positional="PHOTOS...")
