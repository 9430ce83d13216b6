"""Crops for another system: what it gives back is read as the same pairs."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from facedancer.evaluation.swaps import swappers
from facedancer.evaluation.swaps.pairs import draw_pairs
from facedancer.evaluation.swaps.picture_sets import write_inputs
from facedancer.evaluation.swaps.swappers import is_results, load_results, load_swapper
from facedancer.evaluation.swaps.task import SwapTask
from facedancer.inference.faces.strength import steer
from facedancer.utils.images import uint8_to_signed, write_image


def test_crops_of_shards_by_pair(faces, tmp_path):
    pairs = draw_pairs(faces, faces, seed=3, count=17)  # more than there are faces
    task = SwapTask(faces, faces, pairs, load_swapper("target", ""))
    write_inputs(task, tmp_path, batch_size=4)
    rows = np.arange(17)
    for role, numbers in (("target", pairs.targets), ("source", pairs.sources)):
        assert is_results(str(tmp_path / role))
        read_back = load_results(str(tmp_path / role), faces, pairs)
        crops = faces.read(numbers)
        np.testing.assert_array_equal(read_back.swap(crops, crops, rows), crops)


def test_what_is_written_stays(faces, tmp_path):
    pairs = draw_pairs(faces, faces, seed=3, count=4)
    task = SwapTask(faces, faces, pairs, load_swapper("target", ""))
    write_inputs(task, tmp_path, batch_size=2)
    touched = tmp_path / "target" / "000000.png"
    write_image(touched, np.zeros((8, 8, 3), np.uint8))
    kept = touched.read_bytes()
    (tmp_path / "source" / "000003.png").unlink()
    write_inputs(task, tmp_path, batch_size=2)
    assert touched.read_bytes() == kept and (tmp_path / "source" / "000003.png").is_file()


def test_a_strength_steers_each_pair_from_its_targets_own_identity(monkeypatch):
    given = []

    def generator(targets, identity):
        given.append(np.asarray(identity))
        return targets

    def encode(_, images):
        means = tf.reduce_mean(images, [1, 2])
        return {"embedding": tf.concat([means, tf.ones_like(means[:, :1])], 1)}

    generator.image_size, generator.description = 8, "test"
    monkeypatch.setattr(swappers, "check_encoder", lambda *_: None)
    monkeypatch.setattr(swappers, "load_generator", lambda _: generator)
    monkeypatch.setattr(swappers, "load_encoder", lambda _: None)
    monkeypatch.setattr(swappers, "boosted", lambda generator, _: generator)
    monkeypatch.setattr(swappers, "encode", encode)
    monkeypatch.setattr(swappers, "recognise", lambda *_: SimpleNamespace(path="a"))
    monkeypatch.setattr(swappers, "sha256_of", lambda _: "1")
    monkeypatch.setattr(swappers, "also_trained_with", lambda _: None)
    targets, sources = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8, 3), np.uint8)
    for strength in (1.0, 1.2):
        swapper = load_swapper("a.keras", "b.keras", strength=strength)
        swapper.swap(targets, sources, np.arange(3))
        assert swapper.origin.get("strength", 1.0) == strength
    plain, strong = given
    own = encode(None, uint8_to_signed(targets))["embedding"].numpy()
    expected = np.stack([steer(one, other, 1.2) for one, other in zip(own, plain, strict=True)])
    np.testing.assert_allclose(strong, expected, rtol=1e-6)
    assert np.abs(strong - plain).max() > 1e-3
