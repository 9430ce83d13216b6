"""A generator that several threads share: what they ask for meanwhile goes in one call."""

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from facedancer.networks.loading.generator import Generator

_Function = Callable[[tf.Tensor, tf.Tensor], Any]


class _Call:
    """A thread's question, and its answer."""

    def __init__(self, target: tf.Tensor, identity: tf.Tensor) -> None:
        self.target, self.identity = target, identity
        self.answer: Any = None
        self.error: Exception | None = None
        self.is_done = False


class JoinedCalls:
    """Joins calls of one function along the batch.

    Nobody waits for company: a call runs at once where none is running, else together with all that
    came while it waited.

    Args:
        function: ``(target [B, S, S, 3], identity [B, 512])`` -> a tensor, or several, of B.
        most: crops in one call; a thread's own call may be larger.
        tell: hears how many crops each call had.
    """

    def __init__(
        self, function: _Function, most: int, tell: Callable[[int], None] = lambda count: None
    ) -> None:
        self._function, self._most, self._tell = function, most, tell
        self._waiting: list[_Call] = []
        self._list_lock, self._running = threading.Lock(), threading.Lock()

    def __call__(self, target: tf.Tensor, identity: tf.Tensor) -> Any:
        """The function's answer to this call alone."""
        call = _Call(tf.convert_to_tensor(target), tf.convert_to_tensor(identity))
        with self._list_lock:
            self._waiting.append(call)
        with self._running:
            # Another thread may have taken it along. Those before it go first.
            while not call.is_done:
                self._run(self._next())
        if call.error is not None:
            raise call.error
        return call.answer

    def _next(self) -> list[_Call]:
        with self._list_lock:
            count = crops = 0
            for one in self._waiting:
                crops += one.target.shape[0]
                if count and crops > self._most:
                    break
                count += 1
            taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    def _run(self, calls: list[_Call]) -> None:
        try:
            self._tell(sum(one.target.shape[0] for one in calls))
            if len(calls) == 1:
                calls[0].answer = self._function(calls[0].target, calls[0].identity)
                return
            targets = tf.concat([one.target for one in calls], axis=0)
            identities = tf.concat([one.identity for one in calls], axis=0)
            sizes = [one.target.shape[0] for one in calls]
            answer = self._function(targets, identities)
            is_one = not isinstance(answer, tuple | list)
            parts = [tf.split(one, sizes) for one in ([answer] if is_one else answer)]
            for one, *part in zip(calls, *parts, strict=True):
                one.answer = part[0] if is_one else tuple(part)
        except Exception as error:  # Raised again in every thread that asked.
            for one in calls:
                one.error = error
        finally:
            for one in calls:
                one.is_done = True


def shared(
    generator: Generator, most: int, tell: Callable[[int], None] = lambda count: None
) -> Generator:
    """The generator for several threads at once; see `JoinedCalls`.

    Args:
        generator: the loaded one.
        most: crops in one call.
        tell: hears how many crops each call had.
    """
    attend = generator.attend
    return dataclasses.replace(
        generator,
        swap=JoinedCalls(generator.swap, most, tell),
        attend=None if attend is None else JoinedCalls(attend, most, tell),
    )
