"""File names: as people and reports are told them, and new ones next to files of long names."""

import hashlib
import os
import re
from pathlib import Path

# Bytes. File systems allow 255; what is put before and behind, more than once, takes some more.
_LONGEST = 200
# Control characters, line ends, and those by which a terminal writes from right to left.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# How Python holds bytes of a name that are not UTF-8.
_BYTES = re.compile("[\udc80-\udcff]")


def shown(path: str | Path) -> str:
    """A path as one line: ``caf\\xe9.jpg`` where a byte is no UTF-8, ``\\n`` for a line end.

    For people and reports; the file itself is only found by the path.
    """
    return _UNSHOWN.sub(lambda found: repr(found[0])[1:-1], readable(str(path)))


def readable(text: str, backslash: str = "\\") -> str:
    """Text in which the bytes of a name that are no UTF-8 stand as ``\\xe9``.

    Args:
        text: any, with bytes as Python holds them.
        backslash: two for what is JSON already.
    """
    return _BYTES.sub(lambda found: f"{backslash}x{ord(found[0]) - 0xDC00:02x}", text)


def beside(path: str | Path, before: str = "", behind: str = "") -> Path:
    """``folder/NAME`` -> ``folder/`` + before + NAME + behind.

    A name of more than 200 bytes is cut, and told from others by a hash of it: file systems allow
    255 bytes, and a longer one is no file at all.
    """
    path = Path(path)
    return path.with_name(f"{before}{cut(path.name)}{behind}")


def cut(name: str) -> str:
    """A name of at most 200 bytes: a longer one ends in a hash of the whole."""
    data = os.fsencode(name)
    if len(data) <= _LONGEST:
        return name
    whole = hashlib.sha256(data).hexdigest()[:16]
    return f"{data[: _LONGEST - 17].decode(errors='ignore')}_{whole}"
