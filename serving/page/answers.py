"""Answers of the page: a visitor's clicks in their order, and errors as lines of the page."""

import asyncio
import contextlib
import functools
import html
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import gradio as gr
from fastapi.concurrency import run_in_threadpool

from facedancer.utils.errors import UserError

from ..work.errors import for_strangers
from .shown import Updates
from .turns import CrowdedError, Turns

Handler = Callable[..., Updates]
# What takes a while and is done at once, whoever asked for it; the rest waits.
AT_ONCE = 4
_log = logging.getLogger(__name__)


def in_one_line(error: Exception) -> str:
    """An error for the page: a sentence, without a path or a traceback."""
    if not isinstance(error, UserError):
        _log.exception("the page failed")
        return "The page failed at it; the window in which it was started says more."
    message = for_strangers(str(error))
    return message[:1].upper() + message[1:]


class Answers:
    """Makes handlers answer with an update of the page, whatever happens.

    Args:
        message: the part that shows errors.
    """

    def __init__(self, message: gr.HTML) -> None:
        self._message = message
        self._turns = Turns()
        self._heavy = asyncio.Semaphore(AT_ONCE)

    def at_once(self, handler: Handler) -> Handler:
        """The handler, which waits for nobody; an error becomes the page's message."""

        @functools.wraps(handler)
        def answer(*arguments: Any) -> Updates:
            return self._tried(handler, arguments)[0]

        return answer

    def in_turn(
        self,
        handler: Handler,
        otherwise: Handler | None = None,
        is_heavy: bool = False,
        needs_all: bool = False,
        only_last: str = "",
    ) -> Callable[..., Awaitable[Updates]]:
        """The handler, when the answers to the visitor's earlier clicks have been sent.

        Its place in the line is taken before the first await, so that Gradio, which begins the
        events of one ``concurrency_id`` in their order, keeps that order to the end. With
        ``preprocess`` it would await threads before. The turn lasts as long as the task in which
        this is called: Gradio gives each event one, which ends when the answer has been sent.

        Args:
            handler: its first argument names the visitor.
            otherwise: called likewise after an error: what was given is refused so.
            is_heavy: it takes a while, so only `AT_ONCE` of them go on.
            needs_all: it is left out where something that the visitor gave just before was
                refused: the visitor did not know yet, and sees why.
            only_last: names a kind; of the clicks of a kind that wait, the last one is answered.
                Each that waits takes one of Gradio's workers, so there are few.
        """

        @functools.wraps(handler)
        async def answer(*arguments: Any) -> Updates:
            nothing: Updates = {self._message: gr.skip()}
            try:
                turn = await self._turns.take(str(arguments[0]), only_last)
            except CrowdedError as error:
                return await run_in_threadpool(self._refused, error, arguments, otherwise)
            if turn is None:
                return nothing
            asyncio.current_task().add_done_callback(lambda task: turn.end())
            if needs_all and turn.is_outdated:
                return nothing
            async with self._heavy if is_heavy else contextlib.nullcontext():
                updates, is_well = await run_in_threadpool(
                    self._tried, handler, arguments, otherwise, lambda: turn.has_message
                )
            if otherwise is not None and not is_well:
                turn.refuse()
            return updates

        return answer

    def _tried(
        self,
        handler: Handler,
        arguments: tuple[Any, ...],
        otherwise: Handler | None = None,
        has_message: Callable[[], bool] = lambda: False,
    ) -> tuple[Updates, bool]:
        """Calls it; tells what the page becomes, and whether all went well."""
        try:
            updates = handler(*arguments)
        except Exception as error:  # Whatever it is, the page goes on.
            return self._refused(error, arguments, otherwise), False
        if not has_message():
            return {self._message: "", **updates}, True
        # The message is still to be read, and with it files were put back as they were before this
        # answer.
        again = {} if otherwise is None else otherwise(*arguments)
        return {**again, **updates}, True

    def _refused(
        self, error: Exception, arguments: tuple[Any, ...], otherwise: Handler | None
    ) -> Updates:
        """Says why; what was given is as it was."""
        again = {} if otherwise is None else otherwise(*arguments)
        shown = f"<div role='alert'>{html.escape(in_one_line(error))}</div>"
        return {**again, self._message: shown}
