"""The parts of an experiment: what all of them stand on, and what each adds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .scale import Scale
from .tasks import Task


@dataclass(frozen=True)
class Ground:
    """People and networks, which all experiments share.

    Attributes:
        folder: where everything goes; relative to the repository's root, or absolute.
        scale: how much of everything.
        seed: of the pictures and of all trainings.
        data: photographs, crops and shards, in this order, by `data_tasks.PARTS`.
        networks: the tasks of `network_tasks`, by name.
    """

    folder: Path
    scale: Scale
    seed: int
    data: Mapping[str, list[Task]]
    networks: Mapping[str, Task]

    def shards(self, part: str) -> Task:
        """The task that makes the shards of a set of people."""
        return self.data[part][-1]

    def run(self, name: str) -> Path:
        """The folder of a swapper's training."""
        return self.folder / "runs" / name

    @property
    def learnt_from(self) -> tuple[Task, Task, Task]:
        """The needs of every swapper's training: people to learn from, to watch it on, encoder."""
        return self.shards("train"), self.shards("validation"), self.networks["arcface"]


def _nothing(name: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Experiment:
    """Trainings that answer one question.

    Everything that they train is evaluated alike; see `stages`.

    Attributes:
        swappers: names of what it trains, in the report's order; ``--configs`` knows them.
        trainings: of the ground, how many seeds are wanted of each swapper, and what experiments
            before have made, by name: the tasks, each after what it needs. A swapper's task has the
            name of `seeds.seeded`.
        built_on: the swappers that one builds on, of this experiment or of one before.
        repeated: those that are trained with every seed of the scale, not with the first alone.
        is_drawn: whether FID tells of them, and the report's pictures of their first seeds.
        by_default: whether ``make lab`` trains them.
    """

    swappers: tuple[str, ...]
    trainings: Callable[[Ground, Mapping[str, int], Mapping[str, Task]], list[Task]]
    built_on: Callable[[str], tuple[str, ...]] = field(default=_nothing)
    repeated: tuple[str, ...] = ()
    is_drawn: bool = True
    by_default: bool = True
