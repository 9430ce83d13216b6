"""A convolutional code: lets 64 bits be read although many of their carriers are damaged.

Rate 1/2, constraint length 7, generators 171 and 133 (octal): the code of Voyager, GSM and 802.11.
The decoder is Viterbi's, with soft decisions. A. J. Viterbi, IEEE Trans. Inf. Theory 13(2), 1967.
"""

import functools

import numpy as np

_GENERATORS = (0o171, 0o133)
_MEMORY = 6  # bits the encoder remembers; so many zeros end a message
_STATES = 1 << _MEMORY


def encoded_size(bits: int) -> int:
    """Counts the coded bits that carry ``bits`` bits."""
    return len(_GENERATORS) * (bits + _MEMORY)


def encode(message: np.ndarray) -> np.ndarray:
    """``[K]`` bits (0 or 1) -> ``[encoded_size(K)]`` coded bits, uint8."""
    successors, outputs = _trellis()
    state = 0
    coded = []
    for bit in (*message.tolist(), *[0] * _MEMORY):
        coded.append(outputs[state, bit])
        state = successors[state, bit]
    return np.concatenate(coded).astype(np.uint8)


def decode(evidence: np.ndarray) -> np.ndarray:
    """The likeliest message.

    Args:
        evidence: one number a coded bit, positive for 0, negative for 1, larger where surer.

    Returns:
        ``[K]`` bits, uint8.
    """
    successors, outputs = _trellis()
    # What each step earns from each state with each bit: [steps, states, 2].
    earned = np.einsum("ng,sbg->nsb", evidence.reshape(-1, len(_GENERATORS)), 1.0 - 2.0 * outputs)
    # Two states lead to each state: both by the same bit, which is the new state's highest.
    targets = np.arange(_STATES)
    bits = targets >> (_MEMORY - 1)
    sources = np.stack([np.flatnonzero((successors == target).any(axis=1)) for target in targets])
    score = np.full(_STATES, -np.inf)
    score[0] = 0
    choices = []
    for step in earned:
        both = score[sources] + step[sources, bits[:, None]]
        choice = both.argmax(axis=1)
        choices.append(choice)
        score = both[targets, choice]
    state, message = 0, []
    for choice in reversed(choices):
        message.append(bits[state])
        state = sources[state, choice[state]]
    return np.array(message[::-1][:-_MEMORY], np.uint8)


@functools.cache
def _trellis() -> tuple[np.ndarray, np.ndarray]:
    """Tables, by state and input bit: the next state ``[64, 2]``, the output ``[64, 2, 2]``."""
    state, bit = np.meshgrid(np.arange(_STATES), np.arange(2), indexing="ij")
    register = bit << _MEMORY | state
    outputs = [np.bitwise_count(register & generator) & 1 for generator in _GENERATORS]
    return register >> 1, np.stack(outputs, axis=-1)
