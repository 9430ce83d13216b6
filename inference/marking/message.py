"""The message in the watermark's 64 bits.

=======  ====  =====================================================================
bits     name  meaning
=======  ====  =====================================================================
0..15    name  0xFACE: a picture that this project changed
16..23   kind  1: faces swapped (the digital source type of the metadata)
24..39   tag   a number of the operator's own, 0 where none was given
40..63   CRC   CRC-24 of RFC 4880 over the 40 bits before
=======  ====  =====================================================================

Sixteen bits name the project and 24 check: of random words one in 2^40 passes.
"""

import numpy as np

TAG_BITS = 16
_NAME, _SWAPPED = 0xFACE, 1
_CRC_START, _CRC_POLYNOMIAL, _CRC_BITS = 0xB704CE, 0x864CFB, 24


def message_bits(tag: int = 0) -> np.ndarray:
    """The 64 bits, highest first, uint8."""
    head = _NAME << 24 | _SWAPPED << TAG_BITS | tag
    word = head << _CRC_BITS | _crc(head)
    return np.array([word >> shift & 1 for shift in reversed(range(64))], np.uint8)


def read_tag(bits: np.ndarray) -> int | None:
    """The tag of a message, or None where the 64 bits are none of ours."""
    word = int("".join(map(str, bits.tolist())), 2)
    head = word >> _CRC_BITS
    tag = head & ((1 << TAG_BITS) - 1)
    return tag if np.array_equal(bits, message_bits(tag)) else None


def _crc(head: int) -> int:
    crc = _CRC_START
    for byte in head.to_bytes(5, "big"):
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (_CRC_POLYNOMIAL if crc & 0x800000 else 0)
            crc &= 0xFFFFFF
    return crc
