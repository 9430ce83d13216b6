"""The flags, their ranges, and the seven flagfiles."""

import dataclasses
import re
from pathlib import Path

import pytest

from facedancer.arcface_model.pairing import check_encoder
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags, to_flagfile
from facedancer.utils.flags.files import expand_flagfiles

from ...house.scripts import flags_of

FLAGS_DIR = Path(__file__).parents[3] / "flags"
# The released code's: fusions, mapping depth, whether IFSR is used, parameters.
CONFIGURATIONS = {
    "baseline_1": ("no_skip no_skip no_skip concat concat concat", 4, True, 23_674_374),
    "baseline_2": ("no_skip no_skip no_skip add add add", 4, True, 22_802_310),
    "config_a": ("no_skip no_skip no_skip affa affa affa", 4, False, 23_211_670),
    "config_b": ("no_skip no_skip no_skip affa affa affa", 4, True, 23_211_670),
    "config_c": ("no_skip no_skip affa affa affa concat", 4, True, 24_505_894),
    "config_d": ("affa affa affa affa affa concat", 4, True, 26_998_054),
    "config_e": ("affa affa affa affa affa concat", 0, True, 25_947_430),
}


def parse(*arguments: str) -> TrainConfig:
    return parse_flags(TrainConfig, arguments)[0]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_flagfile_builds_the_published_network(name):
    up_types, mapping_depth, ifsr, parameters = CONFIGURATIONS[name]
    config = parse(f"--flagfile={FLAGS_DIR / name}.cfg", "--data=shards")
    assert (" ".join(config.up_types), config.mapping_depth) == (up_types, mapping_depth)
    assert (config.ifsr_weight > 0) == ifsr
    assert config.run_dir == f"runs/{name}"
    generator = get_generator(
        config.up_types, config.mapping_depth, config.mapping_size, config.image_size
    )
    assert generator.count_params() == parameters
    assert generator.input_shape == [(None, 256, 256, 3), (None, 512)]
    assert generator.output_shape == (None, 256, 256, 3)


def test_the_base_flagfile_repeats_no_default():
    base = f"--flagfile={FLAGS_DIR / 'base.cfg'}"
    given = parse(base, "--data=a", "--run_dir=b")
    default = TrainConfig(data="a", run_dir="b")
    named = {flag.removeprefix("--").partition("=")[0] for flag in expand_flagfiles([base])}
    assert [name for name in named if getattr(given, name) == getattr(default, name)] == []


def test_the_former_names_are_the_same_flags():
    old, new = (
        parse(f"--{data}=a", f"--{encoder}=c", "--run_dir=b")
        for data, encoder in (("train_data", "arcface_path"), ("data", "encoder"))
    )
    assert old == new == TrainConfig(data="a", encoder="c", run_dir="b")
    assert "--data=a\n" in to_flagfile(old) and "train_data" not in to_flagfile(old)
    with pytest.raises(UserError, match="are the same flag: give only --encoder"):
        parse("--data=a", "--run_dir=b", "--encoder=c", "--arcface_path=d")


def test_the_demo_is_configuration_c_made_small():
    demo = parse(f"--flagfile={FLAGS_DIR / 'demo.cfg'}", "--data=shards")
    assert " ".join(demo.up_types) == CONFIGURATIONS["config_c"][0]
    assert demo.image_size < 256
    assert demo.encoder == "untrained_small"


def test_the_first_training_begins_with_what_ships():
    config = parse(f"--flagfile={FLAGS_DIR / 'small.cfg'}", "--data=shards")
    check_encoder(config.init_generator, config.encoder, any_encoder=False)
    shipped = load_keras_generator(config.init_generator)
    built = get_generator(
        config.up_types,
        config.mapping_depth,
        config.mapping_size,
        config.image_size,
        config.base_width,
    )
    shapes = [[value.shape for value in one.get_weights()] for one in (shipped, built)]
    assert shapes[0] == shapes[1]


def test_the_first_training_s_commands_exist():
    text = (FLAGS_DIR / "small.cfg").read_text()
    commands = re.findall(r"^#   python (\S+) (.*)$", text, re.MULTILINE)
    assert len(commands) == 4
    for script, arguments in commands:
        assert set(re.findall(r"--(\w+)", arguments)) <= flags_of(script) | {"flagfile"}


def test_flagfile_round_trip():
    config = TrainConfig(
        data="a, b/c",
        run_dir="b",
        up_types=("affa", "concat"),
        ifsr_scale=0.9,
        data_weights=(3.0, 0.25),
        skip_corrupt=True,
        ifsr_margins=("conv2_block1_out=0.0123", "conv5_block3_out=0.5"),
    )
    assert config.margins == {"conv2_block1_out": 0.0123, "conv5_block3_out": 0.5}
    assert config.train_folders == config.validation_folders == ("a", "b/c")
    assert parse(*to_flagfile(config).splitlines()) == config


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"data": ""}, "--data is missing"),
        ({"run_dir": ""}, "--run_dir is missing"),
        ({"batch_size": 0}, "--batch_size must be at least 1"),
        ({"same_ratio": 1.5}, "--same_ratio must be at most 1"),
        ({"identity_weight": float("nan")}, "--identity_weight must be a finite number"),
        ({"learning_rate": float("inf")}, "--learning_rate must be a finite number"),
        ({"seed": 2**31}, "--seed must be at most"),
        (
            {"adversarial_weight": 0.0, "identity_weight": 0.0, "cycle_weight": 0.0},
            "nothing to learn a swap from",
        ),
        ({"shape_weight": 1.0}, "--shape_regressor need each other"),
        ({"shape_regressor": "a.keras"}, "--shape_weight and"),
        ({"pose_weight": 1.0}, "--pose_regressor need each other"),
        ({"pose_regressor": "a.keras"}, "--pose_weight and"),
        ({"expression_weight": 1.0}, "--expression_regressor need each other"),
        ({"expression_regressor": "a.keras"}, "--expression_weight and"),
        ({"second_identity_weight": 1.0}, "--second_encoder need each other"),
        ({"second_encoder": "a.keras"}, "--second_identity_weight and"),
        ({"identity_of": "answer"}, "--identity_of=answer needs pairs with an answer"),
        ({"ifsr_weight": -1.0}, "--ifsr_weight must be at least 0"),
        ({"ifsr_margins": ()}, "--ifsr_margins names no block"),
        ({"ifsr_margins": ("conv9_block1_out=0.1",)}, "no such block for a margin"),
    ],
)
def test_values_out_of_range_are_named(changes, named):
    valid = TrainConfig(data="a", run_dir="b")
    with pytest.raises(UserError, match=named):
        dataclasses.replace(valid, **changes)


def test_weights_that_are_no_numbers_are_named():
    with pytest.raises(UserError, match="--data_weights must be numbers"):
        parse("--data=a,b", "--run_dir=c", "--data_weights=3,much")
