"""The size of C, its rivals and its students in the lab: parameters and arithmetic of one swap."""

import dataclasses

import keras

from facedancer.networks.generator import get_generator
from facedancer.training.cost.flops import model_flops

from ..rivals.settings import RIVALS, build_rival
from .further_runs import STUDENTS
from .swappers import TEACHER, name_of
from .tasks import value_of


@dataclasses.dataclass(frozen=True)
class Size:
    """One network's size.

    Attributes:
        name: of the run.
        parameters: of the generator.
        flops: of one swap, the identity encoder not included; a multiply-add is 2.
    """

    name: str
    parameters: int
    flops: int


def measure_sizes(names: tuple[str, ...] = (TEACHER, *RIVALS, *STUDENTS)) -> list[Size]:
    """Builds each network as the lab's flagfiles say, and counts.

    Args:
        names: of C, of a rival or of a student.
    """
    sizes = []
    for name in names:
        network = _rival(name) if name in RIVALS else _generator(name)
        sizes.append(Size(name, network.count_params(), model_flops(network)))
    return sizes


def sizes_table(sizes: list[Size]) -> str:
    """Tabulates sizes in Markdown, as shares of the first one's too."""
    first = sizes[0]
    lines = ["| | parameters | of C's | MFLOPs a swap | of C's |", "|---|---:|---:|---:|---:|"]
    for one in sizes:
        lines.append(
            f"| {name_of(one.name)} | {one.parameters:,} | {one.parameters / first.parameters:.2f} "
            f"| {one.flops / 1e6:.1f} | {one.flops / first.flops:.2f} |"
        )
    return "\n".join(lines)


def _rival(name: str) -> keras.Model:
    flags = [f"--flagfile=flags/lab/rivals/{name}.cfg"]
    side, width = (int(value_of(flag, flags)) for flag in ("image_size", "base_width"))
    return build_rival(name, side, width)


def _generator(name: str) -> keras.Model:
    is_student = name in STUDENTS
    flags = [f"--flagfile=flags/lab/{STUDENTS[name].flagfile if is_student else f'{name}.cfg'}"]
    # The flagfiles leave out what is the default.
    mapping = ["--mapping_size=512", *flags]
    return get_generator(
        value_of("up_types", flags).split(","),
        mapping_size=int(value_of("mapping_size", mapping)),
        image_size=int(value_of("image_size", flags)),
        base_width=int(value_of("base_width", flags)),
        separable=is_student,
    )
