"""The file of a generator that was made from others: it says who taught them."""

from pathlib import Path

import keras

from facedancer.utils.files import written_whole
from facedancer.utils.weights.origins import ENCODER, SECOND_ENCODER, Origin, write_notes


def write_generator(
    network: keras.Model, encoder: Origin | None, second: Origin | None, output: Path
) -> None:
    """Writes a generator and the encoders that trained it, whole or not at all.

    Args:
        network: the generator.
        encoder: its identity encoder; None: not known.
        second: the second encoder of its training; None: there was none.
        output: the ``.keras`` file.
    """
    notes = {ENCODER: encoder, SECOND_ENCODER: second}
    with written_whole(output, suffix=".keras") as unfinished:
        network.save(unfinished)
        write_notes(unfinished, {key: origin for key, origin in notes.items() if origin})
