"""Swaps by a generator that is given labels: whose they are, what is refused, what is written."""

import json

import numpy as np
import pytest

from facedancer.evaluation.swaps.face_set import faces_of_records
from facedancer.evaluation.swaps.pairs import draw_pairs, write_pairs
from facedancer.lab import swap_rival
from facedancer.lab.rivals.swapping import CodedSwapper, is_given_labels
from facedancer.networks.generator import EMBEDDING_SIZE
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

from .conftest import SIDE, tiny_generator

ENCODER = "untrained_small"


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    path = tmp_path_factory.mktemp("generator") / "generator.keras"
    tiny_generator(SIDE).save(path)
    return path


def test_swaps_are_of_the_pairs_faces_and_labels(generator, shards, tmp_path):
    assert is_given_labels(generator)
    swapper = CodedSwapper(generator, ENCODER, shards)
    swaps = swapper.swap([0, 0, 1], [1, 2, 1])
    assert swaps.shape == (3, SIDE, SIDE, 3) and swaps.dtype == np.uint8
    assert (swaps[0] != swaps[1]).any()
    faces = faces_of_records(shards)
    pairs = draw_pairs(faces, faces, 0, 5)
    write_pairs(tmp_path / "pairs.json", pairs, faces, faces)
    swap_rival.main(
        swap_rival.Settings(
            generator=str(generator),
            encoder=ENCODER,
            targets=str(shards),
            pair_list=str(tmp_path / "pairs.json"),
            output=str(tmp_path / "swaps"),
            batch_size=2,
        )
    )
    written = [read_image(tmp_path / "swaps" / f"{number}.png") for number in range(5)]
    np.testing.assert_array_equal(
        written[4], swapper.swap([pairs.targets[4]], [pairs.sources[4]])[0]
    )
    listed = [json.loads((tmp_path / f"{at}pairs.json").read_text()) for at in ("", "swaps/")]
    assert listed[0] == listed[1]


def test_a_generator_without_labels_is_sent_elsewhere(shards, tmp_path):
    tiny_generator(SIDE, EMBEDDING_SIZE).save(tmp_path / "generator.keras")
    assert not is_given_labels(tmp_path / "generator.keras")
    with pytest.raises(UserError, match="takes no labels: evaluate it directly"):
        CodedSwapper(tmp_path / "generator.keras", ENCODER, shards)
