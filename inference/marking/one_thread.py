"""Matrix products that stay in the thread that asks for them."""

import numpy as np

# OpenBLAS, with which NumPy multiplies, shares products of more multiplications than this among
# threads. Measured: with 128 at a time along the sum, the parts take the least time.
_MOST_ALONE, _SUMMED = 2**18, 128


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``[M, K]`` times ``[K, N]`` -> ``[M, N]``, all float32, N at most 2,048.

    It is computed in parts that OpenBLAS gives to no other thread. Its threads go on looking for
    work after a product, and keep a core busy for several times as long as a watermark takes. Our
    commands let it have one thread; in a program that imports us it has as many as there are cores.
    """
    rows = _MOST_ALONE // (_SUMMED * b.shape[1])
    whole = np.zeros((a.shape[0], b.shape[1]), np.float32)
    parts = [slice(first, first + _SUMMED) for first in range(0, a.shape[1], _SUMMED)]
    for top in range(0, a.shape[0], rows):
        few = slice(top, top + rows)
        for part in parts:
            whole[few] += a[few, part] @ b[part]
    return whole
