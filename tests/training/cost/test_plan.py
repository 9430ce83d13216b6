"""The dry run: arithmetic counted by hand, a plan that says what is there, refusals."""

import dataclasses
import re
import shutil
from pathlib import Path

import keras
import pytest

from facedancer.networks.generator import get_generator
from facedancer.training.cost.flops import model_flops
from facedancer.training.cost.plan import describe_plan
from facedancer.training.runs.folder import open_run_folder
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError

EMBEDDING, CODE = 512, 512


@pytest.mark.parametrize(
    ("layer", "shape", "multiply_adds"),
    [
        (keras.layers.Conv2D(6, 3, padding="same"), (8, 8, 4), 8 * 8 * 6 * (3 * 3 * 4)),
        (keras.layers.Conv2D(6, 3, strides=2), (9, 9, 4), 4 * 4 * 6 * (3 * 3 * 4)),
        (keras.layers.DepthwiseConv2D(3, padding="same"), (8, 8, 4), 8 * 8 * 4 * (3 * 3)),
        (keras.layers.Dense(7), (5,), 5 * 7),
        (keras.layers.LeakyReLU(), (8, 8, 4), 0),
    ],
)
def test_a_layers_arithmetic(layer, shape, multiply_adds):
    inputs = keras.Input(shape)
    assert model_flops(keras.Model(inputs, layer(inputs))) == 2 * multiply_adds


def convolution(side: int, channels_in: int, channels_out: int, kernel: int) -> int:
    return side * side * channels_in * channels_out * kernel * kernel


def down(side: int, channels_in: int, channels_out: int) -> int:
    """Halves ``side``: the means go before the 3x3 convolution, which visits a fourth of them."""
    shortcut = convolution(side // 2, channels_in, channels_out, 1)
    return shortcut + convolution(side // 2, channels_in, channels_out, 3)


def up(side: int, channels_in: int, channels_out: int) -> int:
    """Before its up-sampling; AdaIN's two dense layers are of the block's input."""
    convolutions = convolution(side, channels_in, channels_out, 1) + convolution(
        side, channels_in, channels_out, 3
    )
    return convolutions + 2 * CODE * channels_in


def affa(side: int, channels: int) -> int:
    squeezed = channels // 4
    return convolution(side, 2 * channels, squeezed, 3) + convolution(side, squeezed, channels, 1)


def test_configuration_c_at_256_px():
    """The published network, layer by layer."""
    multiply_adds = sum(
        [
            EMBEDDING * CODE + 3 * CODE * CODE,  # the mapping network
            convolution(256, 3, 64, 3),  # the stem
            down(256, 64, 128),
            down(128, 128, 256),
            down(64, 256, 512),
            down(32, 512, 512),
            down(16, 512, 512),
            convolution(8, 512, 512, 1) + convolution(8, 512, 512, 3),
            up(8, 512, 512),  # the bottleneck
            up(8, 512, 512),
            up(16, 512, 512),
            affa(32, 512) + up(32, 512, 256),
            affa(64, 256) + up(64, 256, 128),
            affa(128, 128) + up(128, 128, 64),
            up(256, 64 + 64, 3),
        ]
    )
    config = TrainConfig(data="a", run_dir="b")
    assert model_flops(get_generator(config.up_types)) == 2 * multiply_adds


def rows(plan: str) -> dict[str, str]:
    lines = [line.strip() for line in plan.splitlines() if line.startswith("  ")]
    return {name: value.strip() for name, _, value in (line.partition("  ") for line in lines)}


@pytest.mark.parametrize("sets", [1, 2])
def test_a_plan_says_what_is_there_and_writes_nothing(
    request, small_config, strategies, tmp_path, sets
):
    if sets == 2:
        request.getfixturevalue("tiny_networks")
    # The twelve crops of the shards: four people, three each.
    folders = [small_config.data, str(tmp_path / "again")]
    shutil.copytree(*folders)
    config = dataclasses.replace(
        small_config,
        data=",".join(folders[:sets]),
        data_weights=(3.0, 1.0)[: sets * (sets - 1)],
        same_identity_ratio=0.1,
        batch_size=4,
        accumulate=3,
        total_steps=200,
        # The less there is to trace.
        perceptual_weight=0.0,
        ifsr_weight=0.0,
        gradient_penalty_weight=0.0,
    )
    plan = rows(describe_plan(config, strategies(2)))
    generator = config.new_generator(64)
    assert plan["generator"] == f"{generator.count_params():,} parameters"
    contents = "12 crops of 64 px in 2 shards; 4 identities, 3.0 crops each"
    if sets == 1:
        assert (plan["training data"], plan["epochs"]) == (contents, f"{200 * 4 * 3 / 12:.1f}")
    else:
        assert plan["training data 1"] == plan["training data 2"] == contents
        assert plan["epochs 1"] == f"{0.75 * 200 * 4 * 3 / 12:.1f}, 75.0% of the draws"
        assert plan["epochs 2"].endswith(" 25.0% of the draws")
    assert plan["drawn equally often"] == "each image"
    assert plan["pairs"].endswith("; 10.0% two images of one identity")
    assert plan["batch"].startswith("2 pairs a replica, 4 over all")
    assert plan["batch of a step"].startswith("12 pairs")
    assert plan["begins with"] == "new networks"
    assert plan["to do"].startswith("200 of 200")
    assert plan["replicas"] == "2: 2 CPUs"
    assert re.fullmatch(r"about [\d.e+-]+ s: a timed pass of the generator.*", plan["a step"])
    assert re.match(r"about [\d.,]+ (minutes|seconds) for 200 steps", plan["the whole run"])
    a_swap, training = (float(plan[name].split()[0]) for name in ("one swap", "training"))
    assert a_swap == pytest.approx(model_flops(generator) / 1e9, abs=0.005)
    assert training > 6 * a_swap
    assert not Path(config.run_dir).exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"data": "nowhere"}, "nowhere"),
        ({"image_size": 128}, "--image_size=64"),
        ({"batch_size": 3}, "multiple of 2"),
        ({"encoder": "nowhere.h5", "perceptual_weight": 0.0}, "nowhere.h5"),
    ],
)
def test_what_a_start_refuses_a_plan_refuses(small_config, strategies, changes, named):
    with pytest.raises(UserError, match=named):
        describe_plan(dataclasses.replace(small_config, **changes), strategies(2))


def test_a_folder_that_holds_another_run_is_refused(small_config, strategies):
    open_run_folder(small_config, 0, strategies(1))
    (small_config.checkpoint_dir / "step_0000001").mkdir(parents=True)
    for changes, named in (
        ({"perceptual_weight": 0.0}, "--perceptual_weight was 0.2, is 0.0"),
        ({"seed": 1}, "--resume"),
    ):
        with pytest.raises(UserError, match=named):
            describe_plan(dataclasses.replace(small_config, **changes), strategies(1))
