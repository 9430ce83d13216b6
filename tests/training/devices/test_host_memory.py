"""Freed memory stays with a training: in a process of its own, since the C library is shared."""

import subprocess
import sys

import pytest

from facedancer.training.devices import host_memory

# Prints the page faults of fifty sums of 4 MB: after `iterate`, and as it would be without.
SCRIPT = """
import ctypes, resource
import tensorflow as tf
from facedancer.training.devices.strategy import iterate

def faults():
    x = tf.zeros([2**20])
    for _ in range(200):
        x + 1.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        x + 1.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

strategy = tf.distribute.MirroredStrategy(["CPU:0"])
next(iterate(strategy, lambda _: tf.data.Dataset.range(4).batch(2)))
kept = faults()
for option, value in ((-4, 65536), (-3, 131072), (-1, 131072), (-2, 131072)):
    ctypes.CDLL(None).mallopt(option, value)
print("faults", kept, faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other C libraries")
def test_the_next_step_uses_what_the_last_one_freed():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kept, without = map(int, done.stdout.split("faults")[1].split())
    # A sum of 4 MB has 1,024 pages.
    assert kept < 5_000
    assert without > 40_000


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(host_memory.ctypes, "CDLL", lambda name: object())
    assert not host_memory.keep_freed_memory()
    monkeypatch.setattr(host_memory.sys, "platform", "darwin")
    monkeypatch.setattr(host_memory.ctypes, "CDLL", None)
    assert not host_memory.keep_freed_memory()
