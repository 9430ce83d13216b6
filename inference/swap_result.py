"""The answer of `Swapper.swap`: the picture, its faces, and how it is written."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.files import written_whole
from facedancer.utils.images import IMAGE_SUFFIXES, encode_image, write_image

from .arguments import check_kind, check_path
from .core.swapped_face import SwappedFace
from .marking.marker import Marker, Marking


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SwapResult:
    """A swapped picture.

    Attributes:
        image: ``[H, W, 3]`` uint8 RGB, unmarked.
        faces: best detection first; none where none was found.
        original: ``[H, W, 3]`` uint8 RGB, the picture before.
    """

    image: np.ndarray
    faces: tuple[SwappedFace, ...]
    original: np.ndarray

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        changed = sum(face.is_changed for face in self.faces)
        return f"<SwapResult: {width}x{height} px, {changed} of {len(self.faces)} faces swapped>"

    def save(
        self,
        path: str | Path,
        parent: str | Path | None = None,
        marking: Marking | None = None,
        quality: int = 95,
    ) -> list[str]:
        """Writes the picture and marks it as synthetic, as the commands do; whole or not at all.

        Args:
            path: the suffix names the format.
            parent: the file that the picture was read from, which the mark names; None: the
                picture before the swap stands for it.
            marking: how it is marked; None: in all ways that the format has a place for.
            quality: of JPEG and WebP, 0 to 100.

        Returns:
            A line about each mark, also about those that could not be made.

        Raises:
            UserError: nothing was swapped, the suffix is unknown, or the file cannot be written.
        """
        path = check_path(path, "the path")
        suffix = path.suffix.lower()
        if suffix not in IMAGE_SUFFIXES:
            raise UserError(f"cannot write {path}: use one of {', '.join(IMAGE_SUFFIXES)}")
        if not any(face.is_changed for face in self.faces):
            raise UserError(f"nothing was swapped, so nothing is written to {path}")
        if marking is not None:
            check_kind(marking, Marking, "marking")
        marker = Marker(marking or Marking())
        boxes = np.array([one.face.box for one in self.faces])
        content = encode_image(marker.mark_picture(self.image, boxes), suffix, quality)
        with written_whole(path) as unfinished, tempfile.TemporaryDirectory() as folder:
            if parent is None:
                parent = Path(folder) / "picture.png"
                write_image(parent, self.original)
            unfinished.write_bytes(content)
            return marker.mark_file(unfinished, suffix, check_path(parent, "parent"))
