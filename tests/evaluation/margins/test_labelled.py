"""Margins from pictures whose people are known, without any swapper."""

import json

import numpy as np
import pytest

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.evaluation.margins.job import analyse
from facedancer.evaluation.margins.labelled import (
    LabelledDistances,
    describe_labelled,
    draw_same_people,
    past_crossing_by_labels,
)
from facedancer.evaluation.settings import MarginSettings
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.images import uint8_to_signed

LEVELS = (*BLOCK_NAMES, "embedding")


def analysed(shards, out_dir, **changes):
    settings = {
        "targets": str(shards),
        "output": str(out_dir),
        "encoder": UNTRAINED_SMALL,
        "without_swapper": True,
        "pairs": 10,
        "batch_size": 4,
    }
    return analyse(MarginSettings(**settings | changes))


def described_by(same: float, negative: float) -> dict:
    """Every level's numbers, of three pairs with these means."""
    spread = np.array([-0.01, 0.0, 0.01])[:, None]
    rows = (mean + spread + np.zeros((3, len(LEVELS))) for mean in (same, negative))
    return describe_labelled(LabelledDistances(*rows), LEVELS)


@pytest.mark.parametrize(
    ("same", "negative", "margin", "is_past"),
    [
        # u = 1 - 0.6 / 0.8 = 0.25.
        (0.2, 0.4, 0.04 + 1.05 * 0.25, True),
        # u = 1 - 0.7 / 0.72: nearly all of the block is about something else than who it is.
        (0.28, 0.3, 0.04 + 1.05 * (1 - 0.7 / 0.72), False),
        # A block that knows nobody, and one that takes strangers for one person.
        (0.3, 0.3, 0.04, False),
        (0.4, 0.2, 0.0, False),
        # One where no two pictures have anything in common.
        (1.0, 1.0, 1.09, True),
    ],
)
def test_the_formula(same, negative, margin, is_past):
    described = described_by(same, negative)
    for block in BLOCK_NAMES:
        assert described[block]["margin"] == pytest.approx(margin, abs=1e-9)
        assert described[block]["same_mean"] == pytest.approx(same)
        assert described[block]["negative_std"] == pytest.approx(np.std([-0.01, 0, 0.01]))
        assert past_crossing_by_labels(described, block) == is_past
    assert "margin" not in described["embedding"]


def test_pairs_of_one_person():
    identity = np.array([7, 7, 7, 3, 5, 5])
    first, second = draw_same_people(identity, 401, seed=0)
    assert len(first) == len(second) == 401
    np.testing.assert_array_equal(identity[first], identity[second])
    assert (first != second).all()
    # By people, not by pictures: whoever has more pictures does not count more.
    assert abs(np.sum(identity[first] == 7) - np.sum(identity[first] == 5)) == 1
    assert set(zip(first.tolist(), second.tolist(), strict=True)) >= {(0, 1), (2, 0), (4, 5)}
    again = draw_same_people(identity, 401, seed=0)
    np.testing.assert_array_equal(again, (first, second))
    with pytest.raises(UserError, match="no person has two pictures here"):
        draw_same_people(np.arange(5), 10, seed=0)


def test_training_reads_what_is_measured(shards, faces, tmp_path):
    found = analysed(shards, tmp_path, pairs=40, blocks=("conv3_block2_out", "conv2_block1_out"))
    arguments = [f"--flagfile={found.path}", "--data=a", "--run_dir=b"]
    margins = parse_flags(TrainConfig, arguments)[0].margins
    assert list(margins) == ["conv3_block2_out", "conv2_block1_out"]
    stored = json.loads((tmp_path / "ifsr.json").read_text())
    assert stored["margins"] == pytest.approx(margins, rel=1e-5)
    assert (stored["swapper"], stored["pairs"], stored["left_out"]) == (None, 40, [])
    assert (tmp_path / "ifsr.png").read_bytes().startswith(b"\x89PNG")

    # Every pair that there is, one by one, holds the means.
    maps = encode(load_encoder(UNTRAINED_SMALL), uint8_to_signed(faces.read(range(faces.count))))
    features = np.reshape(maps["conv3_block2_out"], (faces.count, -1))
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    distances, one_person = 1 - features @ features.T, np.equal.outer(*[faces.identity] * 2)
    others = ~np.eye(faces.count, dtype=bool)
    with np.load(tmp_path / "distances.npz") as arrays:
        for kind, rows in (("same", one_person & others), ("negative", ~one_person)):
            measured = arrays[kind][:, LEVELS.index("conv3_block2_out")]
            assert np.abs(measured[:, None] - distances[rows]).min(1).max() < 1e-5
            described = found.described["conv3_block2_out"]
            assert described[f"{kind}_mean"] == pytest.approx(measured.mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"swapper": "target"}, "leave out --swapper"),
        ({"sources": "elsewhere"}, "leave out --sources"),
        ({"pair_list": "pairs.json"}, "leave out --pair_list"),
        ({"without_swapper": False}, "--swapper is missing: give one, or --without"),
        ({"encoder": ""}, "--analysed_encoder is missing"),
        ({"targets": "nowhere"}, "no such folder: nowhere"),
    ],
)
def test_bad_input(shards, tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        analysed(shards, tmp_path / "out", **changes)
    assert not (tmp_path / "out").exists()
