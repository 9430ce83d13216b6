"""Text that users write, with whatever byte order mark their editor puts before it."""

import codecs
from pathlib import Path


def encoding_of(path: str | Path) -> str:
    """The encoding for `open`: UTF-16 where a file begins with its mark, else UTF-8.

    Windows' editors write such marks, also before UTF-8; ``utf-8-sig`` passes over one if it is
    there.
    """
    with Path(path).open("rb") as file:
        start = file.read(2)
    is_utf_16 = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return "utf-16" if is_utf_16 else "utf-8-sig"


def read_text(path: str | Path) -> str:
    """The text of a file, without its mark.

    Raises:
        UnicodeDecodeError: a ValueError; it is neither UTF-8 nor marked as UTF-16.
    """
    return Path(path).read_text(encoding=encoding_of(path))
