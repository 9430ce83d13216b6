"""Exports a network for TF Serving, and checks that it computes the same: docs/serving.md.

python export/savedmodel.py --generator=runs/config_c --encoder=ArcFace-Res50.h5 \\
    --output=exported/facedancer
python export/savedmodel.py --encoder=ArcFace-Res50.h5 --output=exported/arcface

Writes the folder of the next version, OUTPUT/1, OUTPUT/2, ...
"""

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.pairing import PairingSettings
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.places import check_folder

if TYPE_CHECKING:
    from facedancer.export.archive import Network


@dataclasses.dataclass(frozen=True)
class Settings(PairingSettings):
    """One export."""

    output: str = shared_flag(
        "output",
        text="the model's folder, with a sub-folder for each version",
        aliases=("export_dir",),
        needed=True,
    )
    version: int | None = shared_flag("version", text="version number; default: the next free one")
    precision: str = shared_flag(
        "precision",
        text=(
            "number format of a generator's convolutions; bfloat16 is for servers whose "
            "processors support it"
        ),
        choices=("float32", "bfloat16"),
    )
    evaluation: str = flag_field("", "results.json of evaluation/evaluate.py, for the model card")
    generator: str = shared_flag("generator")
    encoder: str = shared_flag(
        "encoder",
        text=(
            "identity encoder that the generator was trained with, in any form, for the "
            "signatures that take a source face. Without --generator, the encoder alone is "
            "exported"
        ),
    )
    detector: str = shared_flag(
        "detector", default="", text="face detector to export instead of both, in any form"
    )


def main(settings: Settings) -> int:
    """Exports, and prints what was compared."""
    names = ("generator", "encoder", "detector")
    given = {name: getattr(settings, name) for name in names if getattr(settings, name)}
    if not given:
        raise UserError("give a network: --generator, --encoder or --detector")
    if settings.detector and len(given) > 1:
        raise UserError(
            "--detector is exported as a model of its own: leave out the other networks"
        )
    if not settings.generator and settings.precision != "float32":
        raise UserError(
            "--precision applies only to generators; encoders and detectors stay float32: leave "
            "it out"
        )

    from facedancer.arcface_model.pairing import check_encoder
    from facedancer.export import archive
    from facedancer.export.model_card import model_card

    network, path = _network(given)
    encoder = settings.encoder if settings.generator else ""
    if encoder:
        check_encoder(path, encoder, settings.any_encoder)
    folder = version_folder(settings.output, settings.version)
    print(f"{network.name}: {network.describe(path)}", flush=True)
    card = model_card(given, settings.precision, settings.evaluation)
    served = archive.Served(card, encoder, settings.precision)
    try:
        difference = archive.export_saved_model(network, path, folder, served)
    except archive.ExportMismatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        "reloaded; every signature was compared with Python. serving_default at batch 1 and 3: "
        f"largest difference {difference:.1e} of the output's magnitude"
    )
    print(f"SavedModel: {folder}")
    return 0


def _network(given: dict[str, str]) -> "tuple[Network, str]":
    """Chooses what is exported, and from where."""
    from facedancer.export import archive

    kinds = {
        "generator": archive.GENERATOR,
        "encoder": archive.ENCODER,
        "detector": archive.DETECTOR,
    }
    return next((kind, given[name]) for name, kind in kinds.items() if name in given)


def version_folder(output: str | Path, version: int | None) -> Path:
    """The folder of a version: ``MODEL/1``, ``MODEL/2``, ...; TF Serving serves the highest number.

    Args:
        output: the model's folder; need not be there.
        version: its number; None: the next free one.

    Raises:
        UserError: that version is there, the folder holds something else than versions, or it
            cannot be written.
    """
    folder = Path(output).resolve()
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--output={output} is a file: give a folder")
    check_folder(folder)
    entries = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    others = sorted(name for name in entries if not name.isdigit() and not name.startswith("."))
    if others:
        raise UserError(
            f"{output} holds {others[0]}, which is not a version of a model: give another folder"
        )
    taken = {int(name) for name in entries if name.isdigit()}
    if version is None:
        return folder / str(max(taken, default=0) + 1)
    if version in taken:
        raise UserError(
            f"{output} already has a version {version}, which a server may have loaded: give "
            "another --version, or leave it out for the next free one"
        )
    return folder / str(version)


if __name__ == "__main__":
    run(main, Settings)
