"""A rival's flags: a swap training's, without those of FaceDancer's generator."""

import dataclasses

import pytest

from facedancer.lab.rivals.settings import RIVALS, RivalConfig
from facedancer.training.settings.generator import GeneratorSettings
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import names_of_flags, parse_flags, to_flagfile

NEEDED = ("--data=a", "--run_dir=b")
FLAGS = ("up_types", "mapping_depth", "mapping_size", "separable")


def test_flags_of_another_generator_are_none_of_a_rival_s():
    own = {field.name for field in dataclasses.fields(RivalConfig)}
    theirs = {field.name for field in dataclasses.fields(TrainConfig)}
    assert theirs - own == set(FLAGS) and own - theirs == {"rival"}
    assert not set(FLAGS) & set(names_of_flags(RivalConfig))
    config, _ = parse_flags(RivalConfig, [*NEEDED, "--rival=sim_swap"])
    assert "--rival=sim_swap" in to_flagfile(config)
    assert not [name for name in FLAGS if f"--{name}" in to_flagfile(config)]


@pytest.mark.parametrize("rival", RIVALS)
def test_attributes_are_taught_where_there_are_any(rival):
    flags = [*NEEDED, f"--rival={rival}", "--attributes_weight=10"]
    if rival == "face_shifter":
        assert parse_flags(RivalConfig, flags)[0].attributes_weight == 10
    else:
        with pytest.raises(UserError, match="needs a generator with a separate attribute encoder"):
            parse_flags(RivalConfig, flags)


def test_facedancer_itself_encodes_no_attributes_apart():
    with pytest.raises(UserError, match="needs a generator with a separate attribute encoder"):
        parse_flags(TrainConfig, [*NEEDED, "--attributes_weight=10"])
    assert not GeneratorSettings().encodes_attributes
