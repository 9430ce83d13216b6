"""Stages of a pipeline: plain generators, each of which may run in a thread of its own."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Seconds after which a stage that waits for room looks whether it is still wanted.
_PATIENCE = 0.1


class _End:
    """Behind the last item: why there are no more."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def in_background(items: Iterable[Item], ahead: int) -> Iterator[Item]:
    """The same items in the same order, made by a thread that works ahead.

    What ``items`` raises is raised here, after the items before it. When the taker stops early
    (closes this, or fails), the thread ends and closes ``items`` in turn, so that a whole chain of
    stages comes down from its end.

    Args:
        items: usually a generator; the thread alone uses it.
        ahead: items that may wait to be taken: bounds the memory.

    Raises:
        ValueError: ``ahead`` is not positive.
    """
    if ahead < 1:
        raise ValueError(f"ahead must be positive, not {ahead}")
    return _taken(items, ahead)


def _taken(items: Iterable[Item], ahead: int) -> Iterator[Item]:
    waiting: queue.Queue[Item | _End] = queue.Queue(ahead)
    unwanted = threading.Event()
    thread = threading.Thread(target=_make, args=(items, waiting, unwanted), daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()
        thread.join()


def _make(items: Iterable[Item], waiting: queue.Queue, unwanted: threading.Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _hand_over(item, waiting, unwanted):
                break
    except BaseException as error:  # Raised again where the items are taken.
        end = _End(error)
    finally:
        if hasattr(items, "close"):
            items.close()
    _hand_over(end, waiting, unwanted)


def _hand_over(item: object, waiting: queue.Queue, unwanted: threading.Event) -> bool:
    """Tells whether anybody took it in."""
    while not unwanted.is_set():
        try:
            waiting.put(item, timeout=_PATIENCE)
        except queue.Full:
            continue
        return True
    return False


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """``function`` of every item, in the items' order, computed by ``workers`` threads.

    At most twice as many items as workers are held. What ``function`` raises is raised here.
    """
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= 2 * workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
            if hasattr(items, "close"):
                items.close()
