"""Products that no other thread has a part in, and none goes on looking for work after."""

import time

import numpy as np
import pytest

from facedancer.inference.marking.message import message_bits
from facedancer.inference.marking.one_thread import product
from facedancer.inference.marking.watermark import embed


@pytest.mark.parametrize("sizes", [(1, 1, 1), (47, 129, 44), (720, 1280, 44), (128, 44, 128)])
def test_it_is_the_product(sizes):
    rng = np.random.default_rng(0)
    rows, summed, columns = sizes
    a = rng.normal(size=(rows, summed)).astype(np.float32)
    b = rng.normal(size=(columns, summed)).astype(np.float32).T
    wanted = a.astype(np.float64) @ b
    found = product(a, b)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_a_watermark_keeps_no_other_core_busy():
    image = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    embed(image, message_bits(0))
    time.sleep(0.2)  # What ran before has come to rest.
    everywhere, here = time.process_time(), time.thread_time()
    for _ in range(5):
        embed(image, message_bits(0))
    everywhere, here = time.process_time() - everywhere, time.thread_time() - here
    # OpenCV's few milliseconds on other threads are welcome; OpenBLAS's were as many as ours.
    assert everywhere < 1.5 * here
