"""Turns: who comes in one name is answered one after the other, in the order of coming."""

import asyncio
import dataclasses
import weakref


@dataclasses.dataclass(eq=False)
class Line:
    """Those who came in one name.

    Attributes:
        lock: held by whose turn it is; the others get it in the order in which they asked for it.
        refusals: how often one of them was refused.
    """

    lock: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)
    refusals: int = 0


@dataclasses.dataclass(frozen=True)
class Turn:
    """One's turn, until it is ended.

    Attributes:
        line: one's own.
        refusals_seen: those that there were when one came.
    """

    line: Line
    refusals_seen: int

    @property
    def is_outdated(self) -> bool:
        """Tells whether somebody was refused since one came, who could not know of it then."""
        return self.line.refusals != self.refusals_seen

    def refuse(self) -> None:
        """Notes that one was refused."""
        self.line.refusals += 1

    def end(self) -> None:
        """Lets the next one have a turn."""
        self.line.lock.release()


class Turns:
    """Gives turns, within one event loop. Names do not wait for each other."""

    def __init__(self) -> None:
        # A line goes with the last who stands in it.
        self._lines: weakref.WeakValueDictionary[str, Line] = weakref.WeakValueDictionary()

    async def take(self, name: str) -> Turn:
        """Takes a place in the line at once, and waits until it is one's turn.

        Args:
            name: whose line it is.
        """
        line = self._lines.setdefault(name, Line())
        seen = line.refusals
        await line.lock.acquire()
        return Turn(line, seen)
