"""Trying again where that may help: no connection, an overloaded server, no answer in time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .errors import UnreachableError

_Answer = TypeVar("_Answer")


class MayPassError(Exception):
    """An attempt failed for a reason that may pass."""


@dataclass(frozen=True)
class Patience:
    """A client's patience.

    Attributes:
        timeout_s: for one attempt's answer.
        attempts: how many, the first included.
        pause_s: before the second one; it doubles every time.
    """

    timeout_s: float = 30.0
    attempts: int = 3
    pause_s: float = 0.5


def retried(attempt: Callable[[], _Answer], where: str, patience: Patience) -> _Answer:
    """The first attempt's answer that is one.

    Raises:
        UnreachableError: all attempts failed with `MayPassError`.
    """
    for number in range(patience.attempts):
        if number:
            time.sleep(patience.pause_s * 2 ** (number - 1))
        try:
            return attempt()
        except MayPassError as error:
            last = error
    raise UnreachableError(
        f"{where} gave no answer in {patience.attempts} attempts ({last}); see that the server "
        "runs, or raise --timeout"
    )
