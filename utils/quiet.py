"""Keeps what libraries in C++ say of themselves off our commands' stderr.

TensorFlow writes to file descriptor 2 while it is imported and when it first looks for devices:
what it was compiled with, that there is no GPU, and that as an error. No setting stops all of it. A
small process stands between that descriptor and the real one. It lives as long as somebody may
write, so what a crash says last still comes out; and what Python writes does not go through it.
"""

import os
import re
import select
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_TELLS = ("0", "1")  # its values that ask for notes
_SILENT = ("-1", "-2", "-3", "warning", "warn", "error", "fatal")  # absl's, that ask for none

# A line's head as C++ writes it: severity, time, thread, and a file that is none of Python's.
_PLACE = rb"[\w./+-]+\.(?:cc|cpp|cxx|c|cu|h|hpp|inc|mm):\d+\] "
_GLOG = rb"\d{4} \d\d:\d\d:\d+\.\d+ +\d+ " + _PLACE
_TSL = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: "
# Errors that are none: no GPU where none is wanted, libraries that register twice, and a pass over
# the graph that gives up, so that the graph runs as it is.
_HARMLESS = (
    rb"(?:failed call to cuInit|Unable to register cu\w+ factory"
    rb"|\w+ failed: INVALID_ARGUMENT: Mutation::Apply)"
)
_NOISE = re.compile(
    rb"(?:"
    + rb"|".join(
        [
            rb"[IW]" + _GLOG,
            rb"E" + _GLOG + _HARMLESS,
            _TSL + rb"[IW] " + _PLACE,
            _TSL + rb"E " + _PLACE + _HARMLESS,
            rb"WARNING: All log messages before absl::InitializeLog\(\) is called",
            rb"To enable the following instructions: ",
            rb"(?:INFO|VERBOSE): [^\n]*(?:TensorFlow Lite|XNNPACK|LiteRT)",
            rb"ptxas (?:info|warning) ?:",
            rb"fully_quantize: \d, inference_type: ",
        ]
    )
    + rb")[^\n]*\n"
)
# What such a line begins with: it is held until its end is there.
_BEGUN = re.compile(
    rb"[IWE]\d{4} \d\d:|"
    + _TSL
    + rb"|WARNING: All|To enable|INFO: |VERBOSE: |ptxas |fully_quantize: "
)
_PATIENCE_S = 0.5


def quieten(arguments: Sequence[str]) -> None:
    """Begins to filter descriptor 2 of this process and of those that it starts.

    For commands alone, before anything imports TensorFlow. It does nothing where ``--verbosity`` or
    TensorFlow's own ``TF_CPP_MIN_LOG_LEVEL`` asks for notes, or where a notebook shows stderr.

    Args:
        arguments: the command line.
    """
    if os.environ.get(_LEVEL) in _TELLS or asks_for_notes(arguments):
        return
    os.environ.setdefault(_LEVEL, "2")
    # With a container's first process all others are ended at once: a crash's last words would be
    # lost on their way.
    if os.getpid() == 1:
        return
    # None: started without one. Another one: a notebook's, which shows what is written to it.
    if sys.stderr is None or sys.stderr is not sys.__stderr__ or sys.stderr.fileno() != 2:
        return
    sys.stderr.flush()
    real = os.dup(2)
    source, sink = os.pipe()
    # Forked twice, so that it is nobody's child: no command of ours has to reckon with one.
    if (child := os.fork()) == 0:
        if os.fork() == 0:
            _pump(source, real)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(source)
    os.dup2(sink, 2)
    os.close(sink)
    # Python's own way to the terminal or file stays as it was.
    sys.stderr = sys.__stderr__ = open(  # noqa: SIM115 - for the process's life
        real,
        "w",
        buffering=1,
        encoding=sys.stderr.encoding,
        errors="backslashreplace",
        closefd=False,
    )


def asks_for_notes(arguments: Sequence[str]) -> bool:
    """Tells whether a command line holds a ``--verbosity`` that lets notes through."""
    for flag, following in pairwise([*arguments, ""]):
        name, equals, value = flag.partition("=")
        if name in ("--verbosity", "-verbosity", "--v", "-v"):
            return (value if equals else following).lower() not in _SILENT
    return False


def sift(data: bytes) -> tuple[bytes, bytes]:
    """Picks what of some output is shown now, and its end that may be the begin of a noisy line."""
    cut = data.rfind(b"\n") + 1
    shown, end = _NOISE.sub(b"", data[:cut]), data[cut:]
    if begun := _BEGUN.search(end):
        return shown + end[: begun.start()], end[begun.start() :]
    return shown + end, b""


def _pump(source: int, sink: int) -> None:
    """Hands on what comes, until nobody is left who could write, and ends this process."""
    # It ends with those who write, not with a signal that goes to all of a terminal's processes.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    for number in range(3):
        if number != sink:
            os.close(number)
    os.closerange(3, min(source, sink))
    os.closerange(min(source, sink) + 1, max(source, sink))
    os.closerange(max(source, sink) + 1, os.sysconf("SC_OPEN_MAX"))
    held = b""
    try:
        while True:
            if held and not select.select([source], [], [], _PATIENCE_S)[0]:
                _write(sink, held)
                held = b""
            data = os.read(source, 2**16)
            if not data:
                break
            shown, held = sift(held + data)
            _write(sink, shown)
        _write(sink, sift(held + b"\n")[0][:-1])
    except OSError:
        pass  # nobody reads the other end
    os._exit(0)


def _write(sink: int, data: bytes) -> None:
    while data:
        data = data[os.write(sink, data) :]
