"""The networks that are taken where none are named."""

import shutil

import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.arcface_model.pairing import check_encoder
from facedancer.evaluation.photographs.settings import PhotographSettings
from facedancer.inference.core.precision import choose_precision
from facedancer.inference.default_networks import PLAIN, SHIPPED, Usual, choose_networks, usual_of
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.swap_run import as_usual, load_swapper
from facedancer.networks.generator import get_generator
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.weights.origins import ENCODER, Origin, write_notes
from facedancer.utils.weights.published import MODEL_ZOO

GENERATOR, ENCODER_FILE = MODEL_ZOO / SHIPPED.generator, MODEL_ZOO / SHIPPED.encoder
LAB = MODEL_ZOO / "lab"
HQ, ARCFACE = "FaceDancer_config_c_HQ.h5", "ArcFace-Res50.h5"


def zoo_of(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_without_a_download_those_that_ship(tmp_path):
    chosen = choose_networks(folder=tmp_path)
    assert (chosen.generator, chosen.encoder) == (GENERATOR, ENCODER_FILE)
    check_encoder(chosen.generator, chosen.encoder)
    assert "for photographs" in chosen.note and "config_c_hq arcface" in chosen.note
    assert "\n" not in chosen.note
    assert choose_networks(folder=tmp_path / "none") == chosen


def test_the_one_that_ships_is_used_as_was_measured_and_others_as_the_papers_are(tmp_path):
    assert choose_networks(folder=tmp_path).usual == SHIPPED.usual != PLAIN
    assert usual_of(str(GENERATOR)) == SHIPPED.usual
    assert usual_of(LAB / "generator.keras") == usual_of("nothing.keras") == PLAIN
    needed = ["--output=x", "--targets=x", "--swapper=x"]
    settings, _ = parse_flags(
        PhotographSettings, ["--flagfile=flags/eval/photographs.cfg", *needed]
    )
    judged = Usual(settings.strength, settings.colour_match, settings.texture)
    assert judged == SHIPPED.usual


def test_flags_come_before_what_is_usual():
    usual = Usual(1.2, "even")
    given = as_usual(SwapFlags(), usual)
    assert (given.strength, given.colour_match, given.texture) == (1.2, "even", "off")
    chosen = SwapFlags(strength=1.0, colour_match="lab", texture="on")
    assert as_usual(chosen, usual) == chosen


def test_the_only_set_that_was_downloaded(tmp_path):
    zoo_of(tmp_path, HQ.upper(), ARCFACE, "RetinaFace-Res50.h5", "ExpressionEmbedder-B0.h5")
    chosen = choose_networks(folder=tmp_path)
    assert chosen.generator.name == HQ.upper() and chosen.encoder.name == ARCFACE
    assert str(tmp_path) in chosen.note


def test_several_sets_are_named(tmp_path):
    zoo_of(tmp_path, HQ, "FaceDancer_config_a.h5", ARCFACE)
    with pytest.raises(UserError, match=r"give --generator, one of .*config_a\.h5, .*_HQ\.h5"):
        choose_networks(folder=tmp_path)


@pytest.mark.parametrize("names", [(HQ,), (ARCFACE,), (HQ, "FaceDancer_config_a.h5")])
def test_half_a_set_is_none(tmp_path, names):
    chosen = choose_networks(folder=zoo_of(tmp_path, *names))
    assert chosen.generator == GENERATOR
    assert ("lacks its encoder" in chosen.note) == (HQ in names)


def test_what_is_named_is_taken_without_a_look(tmp_path):
    zoo_of(tmp_path, HQ, "FaceDancer_config_a.h5", ARCFACE)
    chosen = choose_networks("a.keras", "b.h5", tmp_path)
    assert (chosen.generator, chosen.encoder, chosen.note) == ("a.keras", "b.h5", "")


def test_an_encoder_alone_is_refused():
    with pytest.raises(UserError, match="b.h5 alone does not determine the generator"):
        choose_networks(None, "b.h5")


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    """A generator that records nothing."""
    path = tmp_path_factory.mktemp("generator") / "plain.keras"
    get_generator(("no_skip",) * 5, image_size=64, base_width=4).save(path)
    return path


def recording(generator, path, origin):
    shutil.copy(generator, path)
    write_notes(path, {ENCODER: origin})
    return path


def test_the_encoder_that_a_generator_that_ships_records(tmp_path):
    assert choose_networks(GENERATOR).encoder == ENCODER_FILE
    assert choose_networks(LAB / "generator.keras").encoder == LAB / "arcface.keras"
    # By its content, where it was given another name.
    (tmp_path / "deep").mkdir()
    shutil.copy(LAB / "arcface.keras", tmp_path / "deep" / "mine.keras")
    (tmp_path / "arcface.keras").write_bytes(b"another one")
    chosen = choose_networks(LAB / "generator.keras", folder=tmp_path)
    assert chosen.encoder == tmp_path / "deep" / "mine.keras"


def test_the_stand_in_needs_no_file(generator, tmp_path):
    path = recording(generator, tmp_path / "a.keras", Origin(UNTRAINED_SMALL))
    assert choose_networks(path, folder=tmp_path / "none").encoder == UNTRAINED_SMALL


def test_an_encoder_of_which_the_name_alone_is_known(generator, tmp_path):
    path = recording(generator, tmp_path / "a.keras", Origin(ARCFACE))
    with pytest.raises(UserError, match=r"was trained with .*ArcFace-Res50\.h5.*arcface gets it"):
        choose_networks(path, folder=tmp_path)
    zoo_of(tmp_path, ARCFACE)
    assert choose_networks(path, folder=tmp_path).encoder == tmp_path / ARCFACE


def test_an_encoder_that_is_not_there(generator, tmp_path):
    (tmp_path / "mine.keras").write_bytes(b"another one")
    path = recording(generator, tmp_path / "a.keras", Origin("mine.keras", "0" * 64))
    with pytest.raises(UserError, match=r"mine\.keras \(sha256 0+\), which is not in .*--encoder"):
        choose_networks(path, folder=tmp_path)


def test_an_encoder_that_nobody_recorded(generator, tmp_path):
    with pytest.raises(UserError, match="does not record its identity encoder: give --encoder"):
        choose_networks(generator, folder=tmp_path)


def test_the_command_takes_them_as_the_python_api_does_and_says_so(capsys):
    swapper = load_swapper(SwapFlags())  # by `Swapper.load` without a path
    assert swapper.generator.image_size == 128
    arithmetic = choose_precision("auto")
    assert swapper.generator.description.endswith(f" 128 px, {arithmetic}")
    assert SHIPPED.words in swapper.descriptions["default networks"]
    assert capsys.readouterr().out.startswith(f"default networks: those that ship, {SHIPPED.words}")
