"""The identity encoder that a file is: a generator works only with the one that it learnt by."""

from pathlib import Path

from facedancer.utils.weights.kinds import Kind, fingerprint, recognise
from facedancer.utils.weights.origins import COPY_OF, Origin, read_notes

# The stand-in that knows nothing of identity; its weights are made, not read.
UNTRAINED_SMALL = "untrained_small"
# What the published generators were trained with.
PUBLISHED_ENCODER = "ArcFace-Res50.h5"


def encoder_origin(path: str | Path) -> Origin:
    """The name and the SHA-256 of an encoder; of a copy in another form, the original's.

    Args:
        path: as for `load_encoder`, or a LiteRT file.

    Raises:
        UserError: nothing that could be an encoder lies there, or its notes are damaged.
    """
    if str(path) == UNTRAINED_SMALL:
        return Origin(UNTRAINED_SMALL)
    found = recognise(path, "identity encoder", "name an encoder's file")
    if copied := read_notes(found).get(COPY_OF):
        return copied
    # Both hold exactly the published network, whatever the file is called.
    is_published = found.kind in (Kind.PUBLISHED, Kind.WEIGHTS)
    name = PUBLISHED_ENCODER if is_published else Path(path).name
    return Origin(name, fingerprint(found.path))
