"""Errors that whoever asked can be told: one line each, without a path of this machine."""

import re
from collections.abc import Mapping
from pathlib import Path

from facedancer.utils.errors import UserError

# A path of more than one part, and its last part.
_PATH = re.compile(r"(?<![\w.:/\\])/(?:[^\s/:;,'\"()]+/)+([^\s/:;,'\"()]*)")
# Messages name the commands' flags; a server's options have the same names.
_FLAG = re.compile(r"(?<![\w-])--(?:no)?(?=[a-z])")


class TooLargeError(UserError):
    """A file has more bytes, pixels or seconds than the limits allow."""


class BusyError(UserError):
    """There is no room just now; the same may be asked again.

    Args:
        message: for people.
        retry_after_s: when that is likely to help, in seconds.
    """

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NoSuchJobError(UserError):
    """There is no job of that name, or it is no longer kept."""


class NotReadyError(UserError):
    """The job has no result yet, or will have none."""


def for_strangers(text: str, names: Mapping[Path, str] | None = None) -> str:
    """A message as one line in which files go by other names, and flags as options.

    Args:
        text: the message.
        names: paths that it may name, and what to say in their place; all others are cut down to
            their last names.
    """
    for path, name in (names or {}).items():
        text = text.replace(str(path), name)
    return " ".join(_FLAG.sub("", _PATH.sub(r"\1", text)).split())
