"""Where an exported network comes from: its name, and the sha256 of the very file."""

from pathlib import Path

from facedancer.utils.model_files import fingerprint, recognise


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
