"""One picture of many: pictures in a grid, each above its caption."""

from collections.abc import Sequence

import cv2
import numpy as np

_BACKGROUND = 24
_INK = (235, 235, 235)
_TEXT_SIZE = 13  # px: small, and still read at a glance.
_LINE_HEIGHT = 17
_GAP = 6


def contact_sheet(
    images: Sequence[np.ndarray], captions: Sequence[str], columns: int = 8, side: int = 128
) -> np.ndarray:
    """Lays pictures out in rows, left to right, top to bottom.

    Args:
        images: at least one ``[H, W, 3]`` uint8 RGB, of any sizes; each is fitted into a square.
        captions: one for each picture, in any script; a line break begins a new line. What is too
            long for its column loses its middle.
        columns: pictures in a row; there are fewer where there are fewer pictures.
        side: the squares' side in pixels.

    Returns:
        ``[H, W, 3]`` uint8 RGB.

    Raises:
        ValueError: no picture, or not one caption for each.
    """
    if not images or len(images) != len(captions):
        raise ValueError(f"want a caption a picture: {len(captions)} for {len(images)}")
    font = cv2.FontFace("sans")
    lines = [caption.split("\n") for caption in captions]
    columns = min(columns, len(images))
    height = side + _LINE_HEIGHT * max(map(len, lines)) + _GAP
    rows = -(-len(images) // columns)
    sheet = np.full(
        (rows * height + _GAP, columns * (side + _GAP) + _GAP, 3), _BACKGROUND, np.uint8
    )
    for number, (image, text) in enumerate(zip(images, lines, strict=True)):
        row, column = divmod(number, columns)
        top, left = _GAP + row * height, _GAP + column * (side + _GAP)
        _paste(sheet[top : top + side, left : left + side], image)
        for line, words in enumerate(text, 1):
            place = (left, top + side + line * _LINE_HEIGHT - 4)
            cv2.putText(sheet, _fitted(words, font, side), place, _INK, font, _TEXT_SIZE)
    return sheet


def _paste(square: np.ndarray, image: np.ndarray) -> None:
    """Fits a picture into the middle of a square, as large as it goes."""
    scale = square.shape[0] / max(image.shape[:2])
    height, width = (max(1, round(n * scale)) for n in image.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    top, left = (square.shape[0] - height) // 2, (square.shape[1] - width) // 2
    square[top : top + height, left : left + width] = cv2.resize(
        image, (width, height), interpolation=how
    )


def _fitted(text: str, font: cv2.FontFace, width: int) -> str:
    """The text, or its beginning and end about "..." where it is wider than ``width`` pixels."""
    kept, shown = len(text), text
    while kept > 1 and cv2.getTextSize((0, 0), shown, (0, 0), font, _TEXT_SIZE)[2] > width:
        kept -= 1
        # The end of a path or a number says more than its beginning.
        head = kept // 3
        shown = f"{text[:head]}...{text[len(text) - (kept - head) :]}"
    return shown
