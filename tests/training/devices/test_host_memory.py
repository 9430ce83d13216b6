"""Freed memory stays with a training: in a process of its own, since the C library is shared."""

import subprocess
import sys

import pytest

from facedancer.training.devices import host_memory

# Prints the page faults of fifty sums of 4 MB after `iterate`.
SCRIPT = """
import resource, sys
import tensorflow as tf
from facedancer.training.devices import strategy

if sys.argv[1] == "without":
    strategy.keep_freed_memory = lambda: None
mirrored = tf.distribute.MirroredStrategy(["CPU:0"])
next(strategy.iterate(mirrored, lambda _: tf.data.Dataset.range(4).batch(2)))
x = tf.zeros([2**20])

def faults(times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        x + 1.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults(200)
print("faults", faults(50))
"""


def page_faults(way):
    command = [sys.executable, "-c", SCRIPT, way]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split("faults")[1])


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other C libraries")
def test_the_next_step_uses_what_the_last_one_freed():
    # A sum of 4 MB has 1,024 pages.
    assert page_faults("kept") < 5_000
    assert page_faults("without") > 40_000


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(host_memory.ctypes, "CDLL", lambda name: object())
    assert not host_memory.keep_freed_memory()
    monkeypatch.setattr(host_memory.sys, "platform", "darwin")
    monkeypatch.setattr(host_memory.ctypes, "CDLL", None)
    assert not host_memory.keep_freed_memory()
