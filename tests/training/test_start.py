"""The beginning of a run: with another run's state, or with a generator alone."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from facedancer.export.archive import ENCODER, GENERATOR, export_saved_model
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.training.cost.plan import describe_plan
from facedancer.training.loop import train
from facedancer.training.networks.trained import build_networks
from facedancer.training.runs.checkpoint import RunState
from facedancer.training.runs.folder import fingerprints, open_run_folder
from facedancer.training.start import check_start, describe_start, load_start
from facedancer.utils.errors import UserError
from facedancer.utils.weights import origins

TINY = pytest.mark.usefixtures("tiny_networks")


def networks_and_state(config, strategy):
    networks = build_networks(config, strategy)
    return networks, RunState(
        config.checkpoint_dir, networks.trackables(), networks.output_generator, 2
    )


def assert_equal(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def forget(network):
    network.set_weights([np.zeros_like(value) for value in network.get_weights()])


@pytest.fixture
def other_run(small_config, tmp_path, strategies):
    """A run of seed 1 that was saved at step 7, and its networks."""
    config = dataclasses.replace(small_config, run_dir=str(tmp_path / "other"), seed=1)
    networks, state = networks_and_state(config, strategies(1))
    state.step.assign(7)
    state.save()
    return config, networks


@TINY
def test_init_generator_takes_the_generator_alone(small_config, other_run, strategies):
    other_config, other = other_run
    # Trained in another precision than it goes on in.
    config = dataclasses.replace(small_config, ema=0.9, precision="mixed_bfloat16")
    networks, state = networks_and_state(config, strategies(1))
    for path in (other_config.run_dir, other_config.generator_path, "checkpoints/step_0000007"):
        place = str(Path(other_config.run_dir) / path)
        config = dataclasses.replace(config, init_generator=place)
        assert load_start(config, networks, state) == 0
        for network in (networks.generator.network, networks.average):
            assert_equal(network, other.generator.network)
            forget(network)
    untouched = build_networks(small_config, strategies(1))
    assert_equal(networks.discriminator.network, untouched.discriminator.network)


@pytest.fixture
def published(other_run, tmp_path):
    """The other run's generator as Keras 2 would have written it."""
    writer = Path(__file__).parents[1] / "interop" / "keras2_writer.py"
    spec = importlib.util.spec_from_file_location("interop_keras2_writer", writer)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config, networks = other_run
    network = networks.generator.network
    model = module.generator_file(network, config.up_types, config.mapping_depth, config.image_size)
    model.write(tmp_path / "published.h5")
    return tmp_path / "published.h5"


def test_init_generator_from_a_saved_model_and_a_published_file(
    small_config, other_run, strategies, tmp_path, published
):
    other_config, other = other_run
    export_saved_model(GENERATOR, other_config.run_dir, tmp_path / "exported")
    networks, state = networks_and_state(small_config, strategies(1))
    for path, kind in ((tmp_path / "exported", "SavedModel"), (published, "published file")):
        config = dataclasses.replace(small_config, init_generator=str(path))
        assert describe_start(config).startswith(f"the generator of the {kind} {path}")
        assert load_start(config, networks, state) == 0
        assert_equal(networks.generator.network, other.generator.network)
        forget(networks.generator.network)


@TINY
def test_the_identity_term_of_a_saved_models_encoder_moves_the_generator(
    small_config, strategies, tmp_path
):
    """Nothing else can: all other terms weigh nothing."""
    export_saved_model(ENCODER, "untrained_small", tmp_path / "encoder")
    terms = ("adversarial", "reconstruction", "perceptual", "cycle", "ifsr", "gradient_penalty")
    zero = dict.fromkeys(terms, 0.0)
    config = dataclasses.replace(
        small_config,
        encoder=str(tmp_path / "encoder"),
        total_steps=1,
        **{f"{term}_weight": weight for term, weight in zero.items()},
    )
    assert "encoder" in fingerprints(config)
    before = build_networks(config, strategies(1)).generator.network
    after = load_keras_generator(train(config, strategies(1)))
    pairs = zip(before.get_weights(), after.get_weights(), strict=True)
    assert any(np.any(one != other) for one, other in pairs)


@TINY
def test_init_run_takes_everything(small_config, other_run, strategies):
    other_config, other = other_run
    config = dataclasses.replace(
        small_config,
        init_run=other_config.run_dir,
        loss_profile="released",
        ema=0.9,
        total_steps=8,
    )
    networks, state = networks_and_state(config, strategies(1))
    assert load_start(config, networks, state) == 7
    assert_equal(networks.generator.network, other.generator.network)
    assert_equal(networks.average, other.generator.network)
    assert_equal(networks.discriminator.network, other.discriminator.network)


@TINY
def test_a_start_tells_what_it_goes_on_with(other_run, strategies):
    config, _ = other_run
    open_run_folder(config, 0, strategies(1))
    longer = dataclasses.replace(config, total_steps=8)
    assert describe_start(longer) == f"the last checkpoint of {config.run_dir}, step 7"
    complete = f"{describe_start(longer)}: the run is complete; a larger --total_steps goes on"
    assert describe_start(dataclasses.replace(config, total_steps=7)) == complete


@TINY
@pytest.mark.parametrize("start", [train, describe_plan])
def test_a_run_that_leaves_no_step_to_do_is_refused(small_config, other_run, strategies, start):
    config = dataclasses.replace(small_config, init_run=other_run[0].run_dir, total_steps=7)
    with pytest.raises(
        UserError, match="other has done 7 steps.*: raise --total_steps=7"
    ) as caught:
        start(config, strategies(1))
    assert "\n" not in str(caught.value)
    assert not Path(config.run_dir).exists()


def test_networks_of_another_configuration_are_refused(small_config, other_run, strategies):
    other = other_run[0].run_dir
    separable = dataclasses.replace(small_config, separable=True)
    networks, state = networks_and_state(separable, strategies(1))
    for changes, message in (
        ({"init_generator": other}, "has another configuration: give --up_types.* and --separable"),
        ({"init_run": other, "total_steps": 8}, "does not fit.*give --up_types.* and --separable"),
    ):
        with pytest.raises(UserError, match=message):
            load_start(dataclasses.replace(separable, **changes), networks, state)


@TINY
@pytest.mark.parametrize("flag", ["init_generator", "init_run"])
def test_a_generator_of_another_encoder_is_refused(small_config, other_run, flag):
    other_config, _ = other_run
    note = origins.Origin("arcface.keras", "ab" * 32)
    origins.write_notes(other_config.generator_path, {origins.ENCODER: note})
    config = dataclasses.replace(small_config, **{flag: other_config.run_dir})
    with pytest.raises(UserError, match=r"trained with the identity encoder arcface\.keras"):
        check_start(config)
    check_start(dataclasses.replace(config, any_encoder=True))
