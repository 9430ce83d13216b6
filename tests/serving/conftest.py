"""Photographs, a short clip and an engine whose generator turns faces into their negative."""

import dataclasses

import cv2
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.export.archive import GENERATOR, Served, export_saved_model
from facedancer.inference.swap_run import swap_settings
from facedancer.networks.generator import get_generator
from facedancer.serving.work import engine as engine_module
from facedancer.serving.work.engine import Engine
from facedancer.utils.images import read_image, write_image

from ..inference.jobs.conftest import (  # noqa: F401 - fixtures
    HOPPER,
    clip,
    make_swapper,
    models,
    moving_face,
    short_clip,
    write_clip,
)
from .stub_server import StubServer


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A small generator and its encoder, exported and served by the tests' own stub."""
    folder = tmp_path_factory.mktemp("served")
    up_types = ("no_skip", "no_skip", "add", "affa", "affa", "concat")
    generator = get_generator(up_types, mapping_depth=1, image_size=64, base_width=4)
    generator.save(folder / "generator.keras")
    export_saved_model(GENERATOR, folder, folder / "1", Served({}, encoder=UNTRAINED_SMALL))
    with StubServer(folder / "1") as server:
        yield server


@pytest.fixture
def make_engine(make_swapper):  # noqa: F811 - the fixture
    """``make_engine(swap, **more)``: an engine whose generator is a function."""

    def make(swap=lambda target, identity: -target, **more):
        return Engine(make_swapper(swap), **more)

    return make


@pytest.fixture
def small_parts(monkeypatch):
    """Films in parts of four frames, without a signature, so that a clip has several."""

    def settings(given):
        made = swap_settings(given)
        marking = dataclasses.replace(made.marking, c2pa=False)
        return dataclasses.replace(made, marking=marking, part_frames=4)

    monkeypatch.setattr(engine_module, "swap_settings", settings)


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """12 frames, a second of them."""
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", 12)


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """A target, a source, and a picture of nobody."""
    folder = tmp_path_factory.mktemp("photographs")
    (face,) = moving_face(1)
    target, source, nobody = (folder / f"{name}.png" for name in ("target", "source", "nobody"))
    write_image(target, face)
    photograph = read_image(HOPPER)
    write_image(source, cv2.resize(photograph, (256, 300), interpolation=cv2.INTER_AREA))
    write_image(nobody, face[:24, -24:].repeat(4, 0).repeat(4, 1))
    return target, source, nobody
