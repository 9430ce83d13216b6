"""Times a generator against its convolutions alone, and against running it layer by layer.

python benchmarks/network_time.py [--write]
"""

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    import keras

UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
SWAP, _ALONE, _LAYERS = "network", "convolutions alone", "layers one by one"
# Of the convolutions' time, in 16 bits; and of the time of the layers one by one.
_MOST_OF_CONVOLUTIONS = 1.8
_MOST_OF_LAYERS = {"float32": 0.8, "mixed_bfloat16": 0.65}


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """One measurement."""

    image_size: int = shared_flag("image_size")
    base_width: int = shared_flag("base_width", least=4)
    rounds: int = shared_flag("rounds")


@dataclasses.dataclass(frozen=True)
class Times:
    """The times of one generator's forms at one batch size.

    Attributes:
        precision: its dtype policy.
        batch: pictures at a time.
        seconds: of each form, round by round.
    """

    precision: str
    batch: int
    seconds: Mapping[str, tuple[float, ...]]

    def least(self, form: str) -> float:
        """The fastest round, in milliseconds: what else runs on a machine only ever adds."""
        return 1000 * min(self.seconds[form])


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    import keras

    from facedancer.benchmarks.readme_section import README, write_section
    from facedancer.networks.generator import get_generator

    found = []
    before = keras.config.dtype_policy()
    for precision in _MOST_OF_LAYERS:
        keras.config.set_dtype_policy(precision)
        generator = get_generator(
            UP_TYPES, image_size=settings.image_size, base_width=settings.base_width
        )
        for batch in (1, 4):
            seconds = in_turns(forms(generator, batch), settings.rounds)
            found.append(Times(precision, batch, seconds))
    keras.config.set_dtype_policy(before)
    table = markdown(settings, found)
    print(table)
    if settings.write:
        write_section(README, "network_time", table)


def forms(generator: "keras.Model", batch: int) -> dict[str, Callable[[], object]]:
    """The generator as it swaps, as its layers say, and its convolutions and dense layers alone."""
    import tensorflow as tf

    from facedancer.benchmarks.heavy_operations import alone, heavy_operations
    from facedancer.networks.cpu_form.form import cpu_form, on_this_device
    from facedancer.networks.cpu_form.ready_weights import with_ready_weights

    side = generator.inputs[0].shape[1]
    inputs = tf.random.normal([batch, side, side, 3]), tf.random.normal([batch, 512])
    specs = [tf.TensorSpec(tensor.shape, tf.float32) for tensor in generator.inputs]
    network = on_this_device(with_ready_weights(generator))
    swap = tf.function(lambda *given: network(list(given))[0], input_signature=specs)
    by_layers = tf.function(
        lambda *given: generator(list(given), training=False), input_signature=specs
    )
    form = cpu_form(generator)
    traced = tf.function(lambda *given: form(list(given), training=False), autograph=False)
    heavy = alone(heavy_operations(traced.get_concrete_function(*inputs)))
    return {
        SWAP: lambda: swap(*inputs).numpy(),
        _ALONE: lambda: heavy().numpy(),
        _LAYERS: lambda: by_layers(*inputs).numpy(),
    }


def in_turns(
    calls: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, tuple[float, ...]]:
    """Seconds of each call, round by round; the first round, in which all is traced, apart."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: tuple(values) for name, values in seconds.items()}


def markdown(settings: Settings, found: list[Times]) -> str:
    """The measurement in words, and a table with a row for each precision and batch."""
    from facedancer.benchmarks.machine import machine
    from facedancer.benchmarks.readme_section import verdict

    lines = [
        f"Configuration C, {settings.image_size} px, base width {settings.base_width}, untrained: "
        f"milliseconds of the fastest of {settings.rounds} rounds.",
        "",
        machine(),
        "",
        f"| | swap | {_ALONE} | ratio | {_LAYERS} | ratio |",
        "|---|---:|---:|---|---:|---|",
    ]
    for one in found:
        network, alone, layers = (one.least(form) for form in (SWAP, _ALONE, _LAYERS))
        to_alone, to_layers = f"**{network / alone:.2f}**", f"**{network / layers:.2f}**"
        if one.precision != "float32":
            is_met = network <= _MOST_OF_CONVOLUTIONS * alone
            to_alone += f"; {_MOST_OF_CONVOLUTIONS} allowed: {verdict(is_met)}"
        most = _MOST_OF_LAYERS[one.precision]
        to_layers += f"; {most} allowed: {verdict(network <= most * layers)}"
        name = one.precision.removeprefix("mixed_")
        lines.append(
            f"| {name}, batch {one.batch} | {network:.0f} | {alone:.0f} | {to_alone} "
            f"| {layers:.0f} | {to_layers} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
