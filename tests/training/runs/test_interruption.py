"""Signals are noted, and only a second Ctrl-C takes effect at once."""

import os
import signal
import threading

import pytest

from facedancer.training.runs.interruption import StopRequest

TERM, CTRL_C = signal.SIGTERM, signal.SIGINT


def send(*signals: signal.Signals) -> None:
    for number in signals:
        os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    ("signals", "noted"),
    [
        ([], None),
        ([TERM], TERM),
        ([CTRL_C], CTRL_C),
        ([TERM, TERM, TERM], TERM),
        ([TERM, CTRL_C], TERM),
        ([CTRL_C, TERM, TERM], CTRL_C),
    ],
)
def test_what_came_first_is_noted(signals, noted, capfd):
    with StopRequest() as stop:
        send(*signals)
    assert stop.signal == noted
    assert capfd.readouterr().err.count("stopping") == (noted is not None)


@pytest.mark.parametrize("before", [[CTRL_C], [TERM, CTRL_C], [CTRL_C, TERM]])
def test_a_second_ctrl_c_interrupts_and_handlers_are_put_back(before):
    former = [signal.getsignal(number) for number in (TERM, CTRL_C)]
    with StopRequest() as stop:
        send(*before)
        with pytest.raises(KeyboardInterrupt):
            send(CTRL_C)
        assert stop.signal == before[0]
    assert [signal.getsignal(number) for number in (TERM, CTRL_C)] == former
    with pytest.raises(ZeroDivisionError), StopRequest():
        1 / 0  # noqa: B018
    assert [signal.getsignal(number) for number in (TERM, CTRL_C)] == former


def test_ctrl_c_alone_is_raised_on():
    with StopRequest() as stop:
        stop.raise_interrupt()
        send(TERM)
        stop.raise_interrupt()
    with StopRequest() as stop:
        send(CTRL_C)
        with pytest.raises(KeyboardInterrupt):
            stop.raise_interrupt()


def test_a_closed_terminal_does_not_matter(monkeypatch):
    readable, writable = os.pipe()
    os.close(readable)
    with os.fdopen(writable, "w") as terminal:
        monkeypatch.setattr("sys.__stderr__", terminal)
        with StopRequest() as stop:
            send(TERM)
    assert stop.signal == TERM


def test_other_threads_take_no_handlers():
    former, seen = signal.getsignal(TERM), []

    def work() -> None:
        with StopRequest() as stop:
            seen.append((stop.signal, signal.getsignal(TERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(None, former)]
