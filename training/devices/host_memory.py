"""The C library's handling of memory: what one step frees, the next one uses again."""

import ctypes
import sys

# Options of glibc's mallopt, as its malloc.h numbers them.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_MOST = 2**31 - 1
_GROWTH = 2**28


def keep_freed_memory() -> bool:
    """Lets the process keep all memory that it frees, and take new memory in large pieces.

    Otherwise each large tensor is mapped when it is made and unmapped when it is freed, and the
    kernel clears every page of it again: on two cores without a GPU, half of a step's time. glibc
    adapts to large blocks by itself, up to 32 MB; but TensorFlow 2.21 turns that off for the whole
    process when it makes an iterator over devices (its log then has "M_TRIM_THRESHOLD=128 kb"). So
    call this after the iterator is made.

    Returns:
        Whether the C library took it; one other than glibc does not.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    options = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _MOST), (_TOP_PAD, _GROWTH))
    return all(mallopt(option, value) for option, value in options)
