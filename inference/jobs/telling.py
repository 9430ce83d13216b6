"""Progress of a swap for a program: called as work gets done, and a way to stop it."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

# Called with how many frames (or pictures) are done, those of an earlier run included, and how many
# there are; None: the file does not say. Whatever it raises stops the run, as Ctrl-C does: it goes
# on from its last whole part when it is started again.
Progress = Callable[[int, int | None], None]

Item = TypeVar("Item")


def tell_nobody(done: int, total: int | None) -> None:
    """Does nothing: for runs that nobody asks about."""


def told(
    items: Iterable[Item], progress: Progress, first: int, total: int | None
) -> Iterator[Item]:
    """The same items; tells how many are done once each has been dealt with.

    Args:
        items: what is worked through.
        progress: is told.
        first: how many an earlier run has done.
        total: how many there are with these.
    """
    progress(first, total)
    for done, item in enumerate(items, first + 1):
        yield item
        progress(done, total)
