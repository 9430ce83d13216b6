"""The flags, their ranges, and the seven flagfiles."""

import dataclasses
from pathlib import Path

import pytest
from absl import flags

from facedancer.networks.generator import get_generator
from facedancer.training.config import TrainConfig, config_from_flags, define_flags, to_flagfile
from facedancer.utils.cli import UserError, expand_flagfiles

FLAGS_DIR = Path(__file__).parents[2] / "flags"
# Spec of the released code: total parameters, and whether IFSR is used.
CONFIGURATIONS = {
    "baseline_1": (23_674_374, True),
    "baseline_2": (22_802_310, True),
    "config_a": (23_211_670, False),
    "config_b": (23_211_670, True),
    "config_c": (24_505_894, True),
    "config_d": (26_998_054, True),
    "config_e": (25_947_430, True),
}


def parse(*arguments: str) -> TrainConfig:
    values = flags.FlagValues()
    define_flags(values)
    values(["train.py", *expand_flagfiles(arguments)])
    return config_from_flags(values)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_flagfile_builds_the_published_network(name):
    parameters, ifsr = CONFIGURATIONS[name]
    config = parse(f"--flagfile={FLAGS_DIR / name}.cfg", "--train_data=shards")
    assert (config.ifsr_weight > 0) == ifsr
    assert config.run_dir == f"runs/{name}"
    generator = get_generator(
        config.up_types, config.mapping_depth, config.mapping_size, config.image_size
    )
    assert generator.count_params() == parameters


def test_base_flagfile_is_the_defaults():
    given = parse(f"--flagfile={FLAGS_DIR / 'base.cfg'}", "--train_data=a", "--run_dir=b")
    assert given == TrainConfig(train_data="a", run_dir="b")


def test_flagfile_round_trip():
    config = TrainConfig(train_data="a", run_dir="b", up_types=("affa", "concat"), ifsr_scale=0.9)
    values = flags.FlagValues()
    define_flags(values)
    values(["train.py", *to_flagfile(config).splitlines()])
    assert config_from_flags(values) == config


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"train_data": ""}, "--train_data is missing"),
        ({"run_dir": ""}, "--run_dir is missing"),
        ({"batch_size": 0}, "--batch_size must be at least 1"),
        ({"same_ratio": 1.5}, "--same_ratio must be at most 1"),
        ({"ifsr_weight": -1.0}, "--ifsr_weight must be at least 0"),
    ],
)
def test_values_out_of_range_are_named(changes, named):
    valid = TrainConfig(train_data="a", run_dir="b")
    with pytest.raises(UserError, match=named):
        dataclasses.replace(valid, **changes)
