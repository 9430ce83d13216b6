"""A generator works with the encoder that it learnt by: every way into a swap holds to it."""

import logging
import shutil

import pytest

from facedancer.arcface_model import pairing
from facedancer.arcface_model.encoder import UNTRAINED_SMALL, get_encoder
from facedancer.arcface_model.origin import PUBLISHED_ENCODER, encoder_origin
from facedancer.arcface_model.pairing import check_encoder, trained_with
from facedancer.arcface_model.small_encoder import get_small_encoder
from facedancer.evaluation.swaps.swappers import load_swapper
from facedancer.export.origin import generator_notes
from facedancer.export.swap_networks import load_networks
from facedancer.inference.swapper import Swapper
from facedancer.networks.generator import get_generator
from facedancer.utils.errors import UserError
from facedancer.utils.weights.half_precision import pack
from facedancer.utils.weights.kinds import Kind, ModelFile, fingerprint
from facedancer.utils.weights.origins import COPY_OF, ENCODER, SECOND_ENCODER, Origin, write_notes

UP_TYPES = ("no_skip", "no_skip", "no_skip", "no_skip", "no_skip", "concat")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """``one.keras`` and ``two.keras``, encoders; ``generator.keras``, which learnt by the first."""
    folder = tmp_path_factory.mktemp("files")
    for name in ("one", "two"):
        get_small_encoder().save(folder / f"{name}.keras")
    # Keras notes the time of saving; these two are to differ whatever the clock says.
    write_notes(folder / "two.keras", {ENCODER: Origin("makes it another file")})
    get_generator(UP_TYPES, 1, 8, 64, 4).save(folder / "plain.keras")
    shutil.copy(folder / "plain.keras", folder / "generator.keras")
    write_notes(folder / "generator.keras", {ENCODER: encoder_origin(folder / "one.keras")})
    return folder


def test_the_encoder_that_it_learnt_by_passes(files):
    check_encoder(files / "generator.keras", files / "one.keras")


def test_a_copy_of_it_passes(files, tmp_path):
    origin = encoder_origin(files / "one.keras")
    pack(files / "one.keras", tmp_path / "halved.keras", {COPY_OF: origin})
    assert fingerprint(tmp_path / "halved.keras") != origin.sha256
    check_encoder(files / "generator.keras", tmp_path / "halved.keras")


@pytest.mark.parametrize("other", ["two.keras", UNTRAINED_SMALL])
def test_another_one_is_refused_in_one_line(files, other):
    path = files / other if other != UNTRAINED_SMALL else other
    with pytest.raises(UserError, match=r"trained with the identity encoder one\.keras") as caught:
        check_encoder(files / "generator.keras", path)
    assert "--any_encoder" in str(caught.value) and "\n" not in str(caught.value)
    check_encoder(files / "generator.keras", path, any_encoder=True)


@pytest.mark.parametrize(
    "enter",
    [
        Swapper.load,
        lambda generator, encoder: load_swapper(str(generator), str(encoder)),
        lambda generator, encoder: load_networks(str(generator), str(encoder), ""),
    ],
    ids=["swap", "evaluation", "conversion"],
)
def test_every_way_in_refuses(files, enter):
    with pytest.raises(UserError, match="trained with the identity encoder"):
        enter(files / "generator.keras", files / "two.keras")


def test_the_second_encoder_of_the_training_is_no_judge(files, tmp_path):
    """It trained the generator as well, and every copy records it."""
    second = Origin("two.keras", fingerprint(files / "two.keras"))
    pack(files / "generator.keras", tmp_path / "halved.keras", {SECOND_ENCODER: second})
    swapper = load_swapper(str(tmp_path / "halved.keras"), str(files / "one.keras"))
    for sha256, trained in (
        (fingerprint(files / "one.keras"), True),
        (second.sha256, True),
        (fingerprint(files / "plain.keras"), False),
    ):
        assert swapper.was_trained_by({"sha256": sha256}) == trained
    assert generator_notes(tmp_path / "halved.keras")[SECOND_ENCODER] == second
    assert not load_swapper("target", "").was_trained_by({"sha256": second.sha256})


def test_a_generator_that_does_not_say_is_warned_of(files, caplog):
    with caplog.at_level(logging.WARNING, "absl"):
        check_encoder(files / "plain.keras", UNTRAINED_SMALL)
    assert "does not record its identity encoder" in caplog.text


def test_a_published_generator_takes_the_published_encoder_alone(files, tmp_path, monkeypatch):
    published = ModelFile(files / "plain.keras", Kind.PUBLISHED)
    monkeypatch.setattr(pairing, "recognise", lambda *_: published)
    assert trained_with("published.h5") == Origin(PUBLISHED_ENCODER)
    get_encoder().save_weights(tmp_path / "converted.weights.h5")
    check_encoder("published.h5", tmp_path / "converted.weights.h5")
    for other in (UNTRAINED_SMALL, files / "one.keras"):
        with pytest.raises(UserError, match=PUBLISHED_ENCODER):
            check_encoder("published.h5", other)


def test_damaged_notes_are_refused(files, tmp_path):
    path = tmp_path / "generator.keras"
    shutil.copy(files / "plain.keras", path)
    write_notes(path, {ENCODER: Origin(3)})
    with pytest.raises(UserError, match="damaged record"):
        check_encoder(path, UNTRAINED_SMALL)
