"""Turns: who comes in one name is answered one after the other, in the order of coming."""

import asyncio
import dataclasses
import weakref

from facedancer.utils.errors import UserError

# Those who wait in one name: more than a visitor clicks while a film is opened, and few enough
# that others are answered meanwhile.
MOST_WAITING = 4


class CrowdedError(UserError):
    """Too many wait in this name already."""


@dataclasses.dataclass(eq=False)
class Line:
    """Those who came in one name.

    Attributes:
        is_open: nobody has a turn.
        waiting: for each who waits, in order, the kind, and what becomes True when it is that
            one's turn, and False when there will be none.
        refusals: how often one of them was refused.
        messages: how often somebody was told what the next answers are to leave standing.
    """

    is_open: bool = True
    waiting: list[tuple[str, asyncio.Future[bool]]] = dataclasses.field(default_factory=list)
    refusals: int = 0
    messages: int = 0

    def end(self) -> None:
        """Gives the turn to the next one."""
        while self.waiting:
            _, turn = self.waiting.pop(0)
            if not turn.done():
                turn.set_result(True)
                return
        self.is_open = True

    def send_away(self, kind: str) -> None:
        """Ends the waiting of those of a kind."""
        for own, turn in self.waiting:
            if own == kind and not turn.done():
                turn.set_result(False)
        self.waiting = [one for one in self.waiting if not one[1].done()]


@dataclasses.dataclass(frozen=True)
class Turn:
    """One's turn, until it is ended.

    Attributes:
        line: one's own.
        refusals_seen: those that there were when one came.
        messages_seen: likewise.
    """

    line: Line
    refusals_seen: int
    messages_seen: int

    @property
    def is_outdated(self) -> bool:
        """Tells whether somebody was refused since one came, who could not know of it then."""
        return self.line.refusals != self.refusals_seen

    @property
    def has_message(self) -> bool:
        """Tells whether somebody was told something since one came, which is still to be read."""
        return self.line.messages != self.messages_seen

    def refuse(self) -> None:
        """Notes that one was refused."""
        self.line.refusals += 1
        self.line.messages += 1

    def end(self) -> None:
        """Lets the next one have a turn."""
        self.line.end()


class Turns:
    """Gives turns, within one event loop. Names do not wait for each other."""

    def __init__(self) -> None:
        # A line goes with the last who stands in it.
        self._lines: weakref.WeakValueDictionary[str, Line] = weakref.WeakValueDictionary()

    async def take(self, name: str, kind: str = "") -> Turn | None:
        """Takes a place in the line at once, and waits until it is one's turn.

        Args:
            name: whose line it is.
            kind: of those that wait in this name and are of one kind, the last one alone gets a
                turn; "": of none.

        Returns:
            None: a later one of the kind has come.

        Raises:
            CrowdedError: `MOST_WAITING` wait already.
        """
        line = self._lines.setdefault(name, Line())
        seen = line.refusals, line.messages
        if line.is_open:
            line.is_open = False
            return Turn(line, *seen)
        if kind:
            line.send_away(kind)
        if len(line.waiting) >= MOST_WAITING:
            line.messages += 1
            raise CrowdedError(
                f"the page is still busy with your last {MOST_WAITING + 1} clicks, so this one was "
                "left out: wait until they are answered, then do it again"
            )
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        line.waiting.append((kind, turn))
        try:
            return Turn(line, *seen) if await turn else None
        except asyncio.CancelledError:
            # Whoever leaves takes no place of another's.
            line.waiting = [one for one in line.waiting if one[1] is not turn]
            if turn.done() and not turn.cancelled() and turn.result():
                line.end()  # It was given to one who has just left.
            raise
