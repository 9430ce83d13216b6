"""The whole chain on LiteRT files: what an edge device runs, through the same API."""

import sys
from pathlib import Path

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, load_encoder
from facedancer.arcface_model.lite_encoder import load_embedder
from facedancer.arcface_model.origin import encoder_origin
from facedancer.arcface_model.pairing import trained_with
from facedancer.evaluation.swaps.swappers import load_swapper
from facedancer.export.conversion import convert
from facedancer.export.lite_conversion import LITE
from facedancer.export.swap_networks import load_networks
from facedancer.inference.swapper import Swapper
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.detector import SHIPPED_WEIGHTS, load_detector
from facedancer.retinaface.loading import load_retinaface
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image
from facedancer.utils.weights.lite_files import LiteFile
from facedancer.utils.weights.origins import ENCODER, write_notes

ROOT = Path(__file__).parents[3]
PHOTOS = ROOT / "assets" / "photos"
HOPPER = read_image(PHOTOS / "grace_hopper" / "grace_hopper.jpg")
COLLINS = read_image(PHOTOS / "eileen_collins" / "astronaut.png")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with ``generator.keras`` and the three networks as float32 LiteRT files."""
    folder = tmp_path_factory.mktemp("edge")
    path = folder / "generator.keras"
    up_types = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
    get_generator(up_types, mapping_depth=1, image_size=64, base_width=4).save(path)
    write_notes(path, {ENCODER: encoder_origin(UNTRAINED_SMALL)})
    for network in load_networks(str(path), UNTRAINED_SMALL, str(SHIPPED_WEIGHTS)):
        assert convert(network, LITE, "float32", folder).is_kept
    return folder


def test_the_chain_swaps_as_the_keras_networks_do(files):
    lite = Swapper.load(*(files / f"{name}.tflite" for name in ("swap", "embed", "detect")))
    ours = Swapper.load(files / "generator.keras", UNTRAINED_SMALL, precision="float32")
    results = []
    for swapper in (lite, ours):
        identity = swapper.identity_of(COLLINS)
        results.append(swapper.swap(HOPPER, identity))
    first, second = results
    assert len(first.faces) == len(second.faces) == 1
    np.testing.assert_allclose(
        first.faces[0].face.landmarks, second.faces[0].face.landmarks, atol=0.02
    )
    assert (second.image != HOPPER).any()
    assert np.abs(first.image.astype(int) - second.image).max() <= 2


def test_the_files_say_what_belongs_together(files):
    assert trained_with(files / "swap.tflite") == encoder_origin(UNTRAINED_SMALL)
    assert encoder_origin(files / "embed.tflite") == encoder_origin(UNTRAINED_SMALL)
    with pytest.raises(UserError, match="trained with the identity encoder untrained_small"):
        Swapper.load(files / "swap.tflite", ROOT / "model_zoo" / "lab" / "arcface.keras")


def test_evaluation_takes_the_generator_beside_a_keras_encoder(files):
    swapper = load_swapper(str(files / "swap.tflite"), UNTRAINED_SMALL)
    ours = load_swapper(str(files / "generator.keras"), UNTRAINED_SMALL)
    crops = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    numbers = np.arange(3)
    found, wanted = (one.swap(crops, crops[::-1], numbers).astype(int) for one in (swapper, ours))
    assert np.abs(found - wanted).max() <= 1
    with pytest.raises(UserError, match="no blocks and no gradients"):
        load_swapper(str(files / "swap.tflite"), str(files / "embed.tflite"))


@pytest.mark.parametrize("size", [(256, 192), (251, 199), (230, 245)])
def test_the_detector_takes_pictures_of_any_size(files, size):
    lite, ours = load_detector(files / "detect.tflite"), load_detector()
    # It fills pictures up, as this then does with Keras's, which takes them as they are.
    ours.model.side_multiple = 32
    picture = HOPPER[: 2 * size[0] : 2, : 2 * size[1] : 2]
    found, expected = lite.detect(picture), ours.detect(picture)
    assert len(found) == len(expected) == 1
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=0.02)


def test_a_fixed_batch_takes_any_number(files, tmp_path):
    (network, _) = load_networks(str(files / "generator.keras"), UNTRAINED_SMALL, "")[::-1]
    convert(network, LITE, "float32", tmp_path, batch=2)
    fixed, free = (LiteFile.open(folder / "swap.tflite") for folder in (tmp_path, files))
    assert fixed.inputs["target"] == (2, 64, 64, 3) and free.inputs["target"][0] is None
    draw = np.random.default_rng(0)
    inputs = {
        "target": draw.uniform(-1, 1, (5, 64, 64, 3)).astype(np.float32),
        "identity": draw.standard_normal((5, 512)).astype(np.float32),
    }
    np.testing.assert_allclose(fixed(**inputs)["changed"], free(**inputs)["changed"], atol=1e-4)


@pytest.mark.parametrize(
    ("load", "name", "message"),
    [
        (load_generator, "embed", "is not a generator .*: give the swap.tflite"),
        (load_embedder, "swap", "is not an identity encoder .*: give the embed.tflite"),
        (load_detector, "swap", "is not a detector .*: give the detect.tflite"),
        (load_keras_generator, "swap", "holds no Keras model and can only be used for swapping"),
        (load_encoder, "embed", "no gradients, and can only be used for swapping"),
        (load_retinaface, "detect", "is not a detector"),
    ],
)
def test_the_wrong_file_is_refused_in_one_line(files, load, name, message):
    with pytest.raises(UserError, match=message):
        load(files / f"{name}.tflite")


def test_a_damaged_file_is_refused(files, tmp_path):
    content = (files / "swap.tflite").read_bytes()
    (tmp_path / "cut.tflite").write_bytes(content[:5000])
    with pytest.raises(UserError, match="is not a LiteRT file with one signature"):
        load_generator(tmp_path / "cut.tflite")


def test_without_the_runtime_it_says_what_to_install(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(UserError, match="pip install ai-edge-litert"):
        load_generator(files / "swap.tflite")
