"""A still picture: as people see it, and as its file has it."""

import dataclasses

import numpy as np

from .colour_profiles import Conversion, conversion, converted

# Rows that are calculated at once: bounds the memory of huge pictures.
_ROWS = 256


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """One still picture, or page, upright.

    Attributes:
        seen: ``[H, W, 3]`` uint8 sRGB, transparency over white: what people and networks see.
        colours: ``[H, W, 3]`` uint8, the file's own numbers, which ``profile`` says the meaning of;
            ``seen`` itself where there is neither profile nor transparency.
        alpha: ``[H, W]`` uint8, 0 where nothing is seen; None: all of it is.
        profile: an ICC profile of RGB; None: sRGB.
        exif: what of the EXIF block is kept; may be empty.
        notes: what the file had that is not kept, a line each.
        pages: how many the file has.
    """

    seen: np.ndarray
    colours: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    exif: bytes = b""
    notes: tuple[str, ...] = ()
    pages: int = 1

    @classmethod
    def of(
        cls, colours: np.ndarray, alpha: np.ndarray | None, profile: bytes | None, **more: object
    ) -> "Picture":
        """A picture of its file's numbers."""
        ways = conversion(profile) if profile else None
        if alpha is None and (ways is None or ways.into_srgb is None):
            return cls(colours, colours, None, profile, **more)
        seen = np.empty_like(colours)
        for rows in _bands(colours):
            srgb = _srgb_of(colours[rows], ways)
            seen[rows] = srgb if alpha is None else _over_white(srgb, alpha[rows])
        return cls(seen, colours, alpha, profile, **more)

    def changed_to(self, seen: np.ndarray) -> "Picture":
        """The picture in which people see ``seen``; its alpha and profile stay.

        Where nothing changes, the file's numbers stay as they are, to the bit, also where they mean
        colours that sRGB does not have. Elsewhere they change by as much as it takes.

        Args:
            seen: ``[H, W, 3]`` uint8 sRGB, of the same size.
        """
        if self.colours is self.seen:
            return dataclasses.replace(self, seen=seen, colours=seen)
        ways = conversion(self.profile) if self.profile else None
        colours = np.empty_like(self.colours)
        for rows in _bands(colours):
            change = seen[rows].astype(np.int16) - self.seen[rows]
            if self.alpha is not None:
                change = _below(change, self.alpha[rows])
            colours[rows] = _moved(self.colours[rows], change, ways)
        return dataclasses.replace(self, seen=seen, colours=colours)

    def twice(self) -> "Picture":
        """Two of it, side by side."""
        doubled = {
            name: np.concatenate([value, value], axis=1)
            for name in ("seen", "colours", "alpha")
            if (value := getattr(self, name)) is not None
        }
        if self.colours is self.seen:
            doubled["colours"] = doubled["seen"]
        return dataclasses.replace(self, **doubled)


def _bands(pixels: np.ndarray) -> list[slice]:
    return [slice(row, row + _ROWS) for row in range(0, len(pixels), _ROWS)]


def _srgb_of(colours: np.ndarray, ways: Conversion | None) -> np.ndarray:
    return colours if ways is None or ways.into_srgb is None else converted(colours, ways.into_srgb)


def _over_white(srgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., None].astype(np.uint32)
    return ((srgb * share + 255 * (255 - share) + 127) // 255).astype(np.uint8)


def _below(change: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """By how much the colour below must change for what is seen to change by so much."""
    share = np.maximum(alpha, 1)[..., None] / 255
    return np.where(alpha[..., None] > 0, np.round(change / share), 0).astype(np.int32)


def _moved(colours: np.ndarray, change: np.ndarray, ways: Conversion | None) -> np.ndarray:
    """The file's numbers after a change in sRGB."""
    if ways is not None and ways.out_of_srgb is not None:
        before = converted(colours, ways.into_srgb)
        after = np.clip(before.astype(np.int32) + change, 0, 255).astype(np.uint8)
        back = converted(after, ways.out_of_srgb).astype(np.int16)
        change = np.where(change != 0, back - converted(before, ways.out_of_srgb), 0)
    return np.clip(colours.astype(np.int32) + change, 0, 255).astype(np.uint8)
