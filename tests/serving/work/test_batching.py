"""Calls of several threads that go through the generator together."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.loading.generator import Generator
from facedancer.serving.work.batching import JoinedCalls, shared

IDENTITY = np.ones((1, 512), np.float32)


def crops(value, count=1):
    return np.full((count, 2, 2, 3), value, np.float32)


class Held:
    """A function that waits in its first call until it is let go; it keeps the sizes of all."""

    def __init__(self):
        self.sizes, self.begun, self.go = [], threading.Event(), threading.Event()

    def __call__(self, target, identity):
        self.sizes.append(len(target))
        self.begun.set()
        self.go.wait(30)
        return -target


def asked_meanwhile(joined, held, counts):
    """Asks one crop; while that runs, so many in a thread each; all answers."""
    with ThreadPoolExecutor(len(counts) + 1) as pool:
        asked = [pool.submit(joined, crops(0), IDENTITY)]
        held.begun.wait(30)
        for value, count in enumerate(counts, 1):
            asked.append(
                pool.submit(joined, crops(value, count), np.repeat(IDENTITY, count, axis=0))
            )
            while len(joined._waiting) < value:
                time.sleep(0.001)
        held.go.set()
        return [one.result() for one in asked]


def test_what_is_asked_meanwhile_goes_in_one_call_and_comes_back_to_whoever_asked():
    held = Held()
    answers = asked_meanwhile(JoinedCalls(held, 8), held, [1, 2, 1])
    assert held.sizes == [1, 4]
    for value, count, answer in zip(range(4), (1, 1, 2, 1), answers, strict=True):
        np.testing.assert_array_equal(answer, -crops(value, count))


def test_a_call_is_no_larger_than_it_may_be():
    held = Held()
    answers = asked_meanwhile(JoinedCalls(held, 3), held, [2, 2, 1, 5])
    assert held.sizes == [1, 2, 3, 5]
    np.testing.assert_array_equal(answers[4], -crops(4, 5))


def test_an_error_comes_to_all_who_asked_and_to_nobody_later():
    calls = []

    def fails_once(target, identity):
        calls.append(len(target))
        if len(calls) == 1:
            raise MemoryError("too much")
        return target

    joined = JoinedCalls(fails_once, 8)
    with pytest.raises(MemoryError):
        joined(crops(1), IDENTITY)
    np.testing.assert_array_equal(joined(crops(2), IDENTITY), crops(2))


def test_a_shared_generator_gives_attention_too():
    told = []
    attend = lambda target, identity: (-target, tf.zeros(target.shape[:3]))  # noqa: E731
    generator = shared(Generator(2, "a stand-in", attend, attend), 8, told.append)
    changed, attention = generator.attend(crops(1), IDENTITY)
    assert changed.shape == (1, 2, 2, 3) and attention.shape == (1, 2, 2)
    assert told == [1]
    assert shared(Generator(2, "a stand-in", attend), 8).attend is None
