"""Settings of a swap, all but its models, sources and target."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facedancer import __version__

from ..blending.blender import Blending
from ..core.frames import OBSERVATIONS
from ..faces.choosing import Choice
from ..marking.marker import Marking
from ..video.encoding import VideoSettings
from ..video.excerpt import Excerpt

if TYPE_CHECKING:
    from ..face_networks import FaceNetworks


@dataclasses.dataclass(frozen=True)
class SwapSettings:
    """Settings of a swap of files. All have defaults; marking is on.

    Attributes:
        blending: how faces are put back.
        marking: what is marked as synthetic, and how.
        video: codec and quality of videos.
        quality: of JPEG and WebP pictures, 0 to 100.
        batch_size: crops in one call of the generator; the result does not depend on it.
        compare: write pictures before and after, side by side.
        part_frames: frames of a video after which a killed run can go on.
        excerpt: which part of a video is swapped, its frame rate and size.
        steady: filter what the swap adds to a video along the faces' own motion, see
            `core.steadying`.
        likeness: measure in videos, too, whom each face looks like after its swap; the report of
            pictures always tells.
    """

    blending: Blending = dataclasses.field(default_factory=Blending)
    marking: Marking = dataclasses.field(default_factory=Marking)
    video: VideoSettings = dataclasses.field(default_factory=VideoSettings)
    quality: int = 95
    batch_size: int = 8
    compare: bool = False
    part_frames: int = 48
    excerpt: Excerpt = Excerpt()
    steady: bool = False
    likeness: bool = False

    def deciding(self) -> dict[str, Any]:
        """Lists what decides about the result, as JSON has it."""
        content = dataclasses.asdict(self)
        del content["batch_size"]
        return {name: _plain(value) for name, value in content.items()}


def run_fingerprint(
    swapper: "FaceNetworks", choice: Choice, settings: SwapSettings
) -> dict[str, Any]:
    """Sums up what an unfinished run and one that goes on with its work must have in common."""
    return {
        "version": __version__,
        "observations": OBSERVATIONS,
        "generator": swapper.fingerprint,
        "identities and choice": choice.fingerprint(),
        **settings.deciding(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
