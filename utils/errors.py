"""Errors that a user can put right: one line that says what to do."""

import errno
from pathlib import Path

from .naming import shown

# The faults of a place, whoever wrote to it, and what helps.
_MAKE_ROOM = "make room there, or choose another place"
_ELSEWHERE = "choose another place"
ADVICE = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EFBIG: "no file may be as large there; choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.ENOTDIR: _ELSEWHERE,
    errno.EISDIR: _ELSEWHERE,
    errno.EEXIST: _ELSEWHERE,
}


class UserError(Exception):
    """Something the user can put right. The message says what is wrong and what to do."""


class UnwrittenError(UserError):
    """A file or folder that cannot be written; its cause is the `OSError`."""


def not_written(path: Path, error: OSError) -> UnwrittenError:
    """The refusal of a file or folder that cannot be written; raise it ``from error``."""
    advice = ADVICE.get(error.errno, _ELSEWHERE)
    return UnwrittenError(f"cannot write {shown(path)}: {error.strerror or error}; {advice}")
