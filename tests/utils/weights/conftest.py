"""The bounds that hostile files are held to."""

import time
from pathlib import Path

import pytest

# More than a good file of this size takes, in megabytes, and seconds on a busy machine.
MOST_MEMORY, MOST_SECONDS = 600, 20


def resident():
    """The process's largest memory so far in MB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if "VmHWM" in line)
    except (OSError, StopIteration):
        return 0


@pytest.fixture
def within_bounds():
    """Holds a test to memory and time: nothing that a file claims is reserved."""
    before, begun = resident(), time.monotonic()
    yield
    assert resident() - before < MOST_MEMORY
    assert time.monotonic() - begun < MOST_SECONDS
