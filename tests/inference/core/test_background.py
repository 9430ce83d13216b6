"""Stages in threads: order, errors, and an end from either side."""

import threading
import time

import pytest

from facedancer.inference.core.background import in_background, map_in_order


class Stage:
    """Counts how far it was asked to go, and whether it was closed."""

    def __init__(self, items):
        self.items = items
        self.given = 0
        self.is_closed = False
        self.thread = None

    def __iter__(self):
        try:
            for item in self.items:
                self.thread = threading.current_thread()
                self.given += 1
                yield item
        finally:
            self.is_closed = True


def test_items_keep_their_order_and_come_from_another_thread():
    stage = Stage(range(50))
    assert list(in_background(in_background(iter(stage), 1), 3)) == list(range(50))
    assert stage.thread is not threading.current_thread()


def test_no_more_is_made_ahead_than_allowed():
    stage = Stage(range(100))
    items = in_background(iter(stage), 4)
    assert next(items) == 0
    time.sleep(0.2)
    # One taken, four that wait, one that waits for room.
    assert stage.given == 6
    items.close()


def test_an_error_comes_after_the_items_before_it():
    def broken():
        yield 1
        raise ValueError("the second item")

    items = in_background(in_background(broken(), 2), 2)
    assert next(items) == 1
    with pytest.raises(ValueError, match="the second item"):
        next(items)


def test_a_taker_who_leaves_ends_the_whole_chain():
    stage = Stage(range(10**9))
    before = threading.active_count()
    items = map_in_order(str, in_background(in_background(iter(stage), 1), 1), 2)
    assert next(items) == "0"
    items.close()
    assert stage.is_closed
    assert threading.active_count() == before


def test_mapping_keeps_the_order_of_items_of_unequal_length():
    def slow_for_even(number):
        time.sleep(0.02 * (number % 2 == 0))
        return number

    assert list(map_in_order(slow_for_even, range(12), 3)) == list(range(12))


def test_ahead_must_be_positive():
    with pytest.raises(ValueError, match="ahead must be positive"):
        in_background([], 0)
