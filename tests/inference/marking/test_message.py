import numpy as np
import pytest

from facedancer.inference.marking import error_correction
from facedancer.inference.marking.message import message_bits, read_tag


@pytest.mark.parametrize("tag", [0, 1, 0xFFFF])
def test_the_tag_comes_back(tag):
    bits = message_bits(tag)
    assert bits.shape == (64,)
    assert read_tag(bits) == tag


def test_one_wrong_bit_is_noticed():
    for place in range(64):
        bits = message_bits(77)
        bits[place] ^= 1
        assert read_tag(bits) is None, place


def test_the_check_is_the_crc_of_rfc_4880():
    # Bit by bit, as long division; the module goes byte by byte.
    head = int("".join(map(str, message_bits(0)[:40])), 2)
    assert head == 0xFACE010000
    remainder = 0xB704CE ^ head >> 16
    for bit in range(40):
        following = head >> (15 - bit) & 1 if bit < 16 else 0
        remainder = remainder << 1 | following
        if remainder & 1 << 24:
            remainder ^= 0x1864CFB
    assert int("".join(map(str, message_bits(0)[40:])), 2) == remainder


def test_the_code_corrects_what_it_should():
    generator = np.random.default_rng(0)
    message = generator.integers(0, 2, 64).astype(np.uint8)
    sent = 1.0 - 2.0 * error_correction.encode(message)
    assert sent.shape == (error_correction.encoded_size(64),) == (140,)
    np.testing.assert_array_equal(error_correction.decode(sent), message)

    # Free distance 10: four hard errors side by side never harm.
    for start in range(0, 136, 4):
        harmed = sent.copy()
        harmed[start : start + 4] *= -1
        np.testing.assert_array_equal(error_correction.decode(harmed), message)

    # Soft decisions: a third erased, and the rest behind noise.
    noisy = sent * (generator.random(140) > 1 / 3) + generator.normal(0, 0.3, 140)
    np.testing.assert_array_equal(error_correction.decode(noisy), message)
    # Pure noise is no message of ours.
    assert not np.array_equal(error_correction.decode(generator.normal(size=140)), message)


def test_the_code_is_the_published_one():
    # A single 1 gives the two generators themselves, 171 and 133 octal, interleaved.
    coded = error_correction.encode(np.array([1], np.uint8))
    assert coded[0::2].tolist() == [1, 1, 1, 1, 0, 0, 1]
    assert coded[1::2].tolist() == [1, 0, 1, 1, 0, 1, 1]
