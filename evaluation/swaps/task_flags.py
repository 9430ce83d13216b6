"""The flags that say what is swapped, on what, by which system: the same for every script here."""

import dataclasses

from absl import flags

from facedancer.arcface_model.pairing import ANY_ENCODER_HELP

from .swappers import TRIVIAL
from .task import TaskConfig

flags.disclaim_key_flags()  # they are the script's own, so that its --help lists them


def define_task_flags(pairs: int) -> None:
    """Defines a flag for each field of `TaskConfig`; ``pairs`` is that flag's default."""
    flags.DEFINE_string(
        "targets", None, "folder of shards, or of photographs and videos: the faces to swap"
    )
    flags.DEFINE_string("sources", "", "the same, of those who lend identity; empty: --targets")
    flags.DEFINE_string(
        "swapper",
        None,
        "a generator or a run's folder; a folder of results, P.png for pair P of --pair_list; or "
        f"{', '.join(TRIVIAL)}, which swap nothing",
    )
    flags.DEFINE_string("arcface_path", "", "the identity encoder the generator was trained with")
    flags.DEFINE_bool("any_encoder", False, ANY_ENCODER_HELP)
    flags.DEFINE_string("name", "", "what tables call the swapper; empty: by its path")
    flags.DEFINE_integer(
        "pairs", pairs, "random swaps between people; 0: each target once", lower_bound=0
    )
    flags.DEFINE_string("pair_list", "", "a pairs.json written before, in place of --pairs")
    flags.DEFINE_integer("seed", 0, "of the pairs and of the intervals", lower_bound=0)
    flags.DEFINE_integer(
        "image_size", 256, "side of photographs' crops, where the swapper takes any", lower_bound=32
    )
    flags.mark_flags_as_required(["targets", "swapper"])


def task_of_flags(values: flags.FlagValues) -> TaskConfig:
    """Reads the parsed flags."""
    names = (field.name for field in dataclasses.fields(TaskConfig))
    return TaskConfig(**{name: values[name].value for name in names})
