"""Origin of an exported network: its name, and the sha256 of the very file."""

from pathlib import Path

from facedancer.arcface_model.origin import encoder_origin
from facedancer.arcface_model.pairing import also_trained_with, trained_with
from facedancer.utils.weights.kinds import fingerprint, recognise
from facedancer.utils.weights.origins import COPY_OF, ENCODER, SECOND_ENCODER, Origin


def origin_of(path: str | Path) -> dict[str, str | None]:
    """``file``, the name alone, and ``sha256`` of what a flag names, for papers and metadata.

    The folders before the name are a machine's, and nobody's business.

    Args:
        path: a network in any form. Of a run's or a checkpoint's folder the generator in it counts,
            of a folder of versions the newest, of a SavedModel all of its files.

    Returns:
        ``sha256`` is None where ``path`` is the name of a network that the code itself makes.

    Raises:
        UserError: something lies there, but no network.
    """
    place = Path(path)
    found = recognise(place, "network", "give a network") if place.exists() else None
    return {"file": place.name, "sha256": fingerprint(found.path) if found else None}


def generator_notes(path: str | Path) -> dict[str, Origin]:
    """Gives an exported generator's origin: the encoders that it learnt by.

    Raises:
        UserError: no generator lies there, or its own notes are damaged.
    """
    notes = {ENCODER: trained_with(path), SECOND_ENCODER: also_trained_with(path)}
    return {key: origin for key, origin in notes.items() if origin}


def encoder_notes(path: str | Path) -> dict[str, Origin]:
    """The same of an encoder: which one it is a copy of.

    Raises:
        UserError: no encoder lies there, or its own notes are damaged.
    """
    return {COPY_OF: encoder_origin(path)}
