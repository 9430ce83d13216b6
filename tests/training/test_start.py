"""Where a run begins: with another run's state, or with a generator alone."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from facedancer.training.checkpoint import RunState
from facedancer.training.game import build_game
from facedancer.training.start import load_start
from facedancer.utils.cli import UserError


def game_and_state(config, strategy):
    game = build_game(config, strategy)
    return game, RunState(config.checkpoint_dir, game.trackables(), game.output_generator, 2)


def assert_equal(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def other_run(small_config, tmp_path, strategies):
    """A run of seed 1 that was saved at step 7, and its networks."""
    config = dataclasses.replace(small_config, run_dir=str(tmp_path / "other"), seed=1)
    game, state = game_and_state(config, strategies(1))
    state.step.assign(7)
    state.save()
    return config, game


def test_init_generator_takes_the_generator_alone(small_config, other_run, strategies):
    other_config, other = other_run
    for path in (other_config.run_dir, other_config.generator_path, "checkpoints/step_0000007"):
        config = dataclasses.replace(
            small_config,
            init_generator=str(Path(other_config.run_dir) / path),
            ema=0.9,
            # Trained in another precision than it goes on in.
            precision="mixed_bfloat16",
        )
        game, state = game_and_state(config, strategies(1))
        assert load_start(config, game, state) == 0
        assert_equal(game.generator.network, other.generator.network)
        assert_equal(game.average, other.generator.network)
    untouched = build_game(small_config, strategies(1))
    assert_equal(game.discriminator.network, untouched.discriminator.network)


def test_init_run_takes_everything(small_config, other_run, strategies):
    other_config, other = other_run
    config = dataclasses.replace(
        small_config, init_run=other_config.run_dir, loss_profile="released", ema=0.9
    )
    game, state = game_and_state(config, strategies(1))
    assert load_start(config, game, state) == 7
    assert_equal(game.generator.network, other.generator.network)
    assert_equal(game.average, other.generator.network)
    assert_equal(game.discriminator.network, other.discriminator.network)


def test_a_generator_of_another_configuration_is_refused(small_config, other_run, strategies):
    config = dataclasses.replace(small_config, init_generator=other_run[0].run_dir, mapping_size=32)
    game, state = game_and_state(config, strategies(1))
    with pytest.raises(UserError, match="of another configuration: give --up_types"):
        load_start(config, game, state)
