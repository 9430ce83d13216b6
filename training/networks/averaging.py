"""The mean of several generators' weights."""

from collections.abc import Sequence
from pathlib import Path

from facedancer.arcface_model.pairing import also_trained_with, trained_with
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.errors import UserError

from .generator_file import write_generator


def average_generators(generators: Sequence[Path], shares: Sequence[float], output: Path) -> None:
    """Writes the weighted mean of generators, whole or not at all.

    Args:
        generators: files or run folders, of one form and one identity encoder.
        shares: of each, positive; their sum does not matter.
        output: the ``.keras`` file. It may be one of the generators.

    Raises:
        UserError: one of them is missing, has weights of other shapes, or learnt by other
            encoders.
    """
    first, *others = generators
    mean = load_keras_generator(first)
    encoder = trained_with(first)
    total = [shares[0] * values for values in mean.get_weights()]
    for path, share in zip(others, shares[1:], strict=True):
        if trained_with(path) != encoder:
            raise UserError(f"{path} and {first} were trained with different identity encoders")
        weights = load_keras_generator(path).get_weights()
        if [w.shape for w in weights] != [t.shape for t in total]:
            raise UserError(f"{path} and {first} are generators of different forms")
        total = [t + share * w for t, w in zip(total, weights, strict=True)]
    mean.set_weights([values / sum(shares) for values in total])
    # Judges must know of every encoder that trained one of them.
    second = {one for one in map(also_trained_with, generators) if one}
    if len(second) > 1:
        raise UserError("these generators were trained with different second encoders")
    write_generator(mean, encoder, next(iter(second), None), output)
