"""Every mark that a file carries, read back by the modules that write them."""

import dataclasses
from pathlib import Path

from .container_tags import read_container_types
from .content_credentials import Manifest, UnsignedError, read_manifest
from .samples import sample_pictures
from .watermark import SMALLEST_SIDE, Reading, read
from .xmp import read_source_types

# Of the IPTC's vocabulary, those that say: a machine made at least a part of this.
_SYNTHETIC = frozenset(
    (
        "algorithmicMedia",
        "compositeSynthetic",
        "compositeWithTrainedAlgorithmicMedia",
        "trainedAlgorithmicMedia",
    )
)


@dataclasses.dataclass(frozen=True)
class Findings:
    """The marks that were found in one file.

    Attributes:
        source_types: digital source types of XMP packets and container tags, without their URI.
        manifest: the active C2PA manifest, or None.
        manifest_error: why a manifest that is there cannot be read, or "".
        pictures: how many pictures were searched for the watermark.
        readings: those that hold it, one reading each.
        together: read from all pictures at once, where no single one gave it.
        is_large_enough: the pictures are of a size that the watermark is written into.
    """

    source_types: tuple[str, ...]
    manifest: Manifest | None
    manifest_error: str
    pictures: int
    readings: tuple[Reading, ...]
    together: Reading | None
    is_large_enough: bool

    @property
    def is_marked(self) -> bool:
        """At least one mark says that the file is synthetic in part."""
        stated = set(self.source_types)
        if self.manifest is not None and self.manifest.state != "Invalid":
            stated.update(self.manifest.source_types)
        return bool(stated & _SYNTHETIC or self.readings or self.together)


def find_marks(path: Path, frames: int) -> Findings:
    """Looks for every mark.

    Args:
        path: a picture, an animation or a video.
        frames: how many frames of a moving one are searched for the watermark.

    Raises:
        UserError: no such file, or it holds neither a picture nor a video.
    """
    pictures = sample_pictures(path, frames)
    readings = tuple(filter(None, (read([picture]) for picture in pictures)))
    together = read(pictures) if len(pictures) > 1 and not readings else None
    manifest, manifest_error = None, ""
    try:
        manifest = read_manifest(path)
    except UnsignedError as error:
        manifest_error = str(error)
    return Findings(
        source_types=(*read_source_types(path), *read_container_types(path)),
        manifest=manifest,
        manifest_error=manifest_error,
        pictures=len(pictures),
        readings=readings,
        together=together,
        is_large_enough=min(pictures[0].shape[:2]) >= SMALLEST_SIDE,
    )
