"""Lets a run end in good order when it is asked to: by a scheduler (SIGTERM) or by Ctrl-C."""

import contextlib
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequest:
    """A context that only notes SIGTERM and the first Ctrl-C; the caller looks at `signal`.

    A second Ctrl-C raises KeyboardInterrupt at once. A second SIGTERM changes nothing: schedulers
    repeat it, and the checkpoint that the first one asked for is perhaps being written. Outside the
    main thread, where Python takes no handlers, nothing is noted.

    Attributes:
        signal: the first signal that came, None before.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._interrupted = False
        self._former: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._former = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            # None stands for a handler that was not Python's; there is no way to put it back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def raise_interrupt(self) -> None:
        """Raises KeyboardInterrupt where it was Ctrl-C: a person should see that it was obeyed."""
        if self.signal == signal.SIGINT:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self._interrupted:
                raise KeyboardInterrupt
            self._interrupted = True
        if self.signal is None:
            self.signal = signal.Signals(number)
            hint = "; Ctrl-C again stops at once" if number == signal.SIGINT else ""
            # Not print: a handler may come in the middle of one, and its buffer is not re-entrant.
            text = f"\n{self.signal.name}: stopping with a checkpoint after this step{hint}\n"
            with contextlib.suppress(OSError):  # Ctrl-C ends a `tee` behind a pipe as well.
                os.write(sys.__stderr__.fileno(), text.encode())
