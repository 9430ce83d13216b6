"""Text that users write, with whatever byte order mark their editor puts before it."""

import codecs
from pathlib import Path

# A list of a million pairs has 40 MB. Nobody writes more by hand, and some devices never end.
_MOST_CHARACTERS = 2**26


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
        ValueError: it is neither UTF-8 nor marked as UTF-16, or longer than any such text.
    """
    with Path(path).open(encoding=encoding_of(path)) as file:
        text = file.read(_MOST_CHARACTERS + 1)
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"more than {_MOST_CHARACTERS:,} characters")
    return text
