"""IFSR's analysis with swaps whose distances are known, and margins that training reads."""

import json

import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.evaluation.margins import job
from facedancer.evaluation.margins.job import analyse
from facedancer.evaluation.settings import MarginSettings
from facedancer.losses.margins import MARGINS
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.images import uint8_to_signed, write_image

LEVELS = (*BLOCK_NAMES, "embedding")


def analysed(shards, out_dir, blocks=tuple(MARGINS), **changes):
    task = {"targets": str(shards), "swapper": "target", "pairs": 10} | changes
    settings = MarginSettings(
        output=str(out_dir), analysed_encoder=UNTRAINED_SMALL, blocks=blocks, batch_size=4, **task
    )
    return analyse(settings)


def read_margins(path) -> dict[str, float]:
    """As training reads them."""
    arguments = [f"--flagfile={path}", "--data=a", "--run_dir=b"]
    return parse_flags(TrainConfig, arguments)[0].margins


@pytest.mark.parametrize(("swapper", "rate"), [("target", 0.0), ("source", 1.0)])
def test_trivial_swaps(shards, tmp_path, swapper, rate):
    described = analysed(shards, tmp_path, swapper=swapper).described
    near, far = ("c2t", "c2s") if swapper == "target" else ("c2s", "c2t")
    for block in (*BLOCK_NAMES, "embedding"):
        row = described[block]
        assert row["eer"] == rate
        assert row[f"{near}_mean"] == pytest.approx(0, abs=1e-5)
        assert row[f"{far}_mean"] == pytest.approx(row["negative_mean"], abs=1e-6)
        assert row["negative_mean"] > 0.01


def test_margins_are_the_mean_distances_to_the_target_and_training_reads_them(
    shards, faces, tmp_path
):
    # Results of "another system": each target, half of its source laid over it.
    analysed(shards, tmp_path / "first")
    pairs = json.loads((tmp_path / "first" / "pairs.json").read_text())["pairs"]
    of_name = {name: number for number, name in enumerate(faces.names)}
    encoder, distances = load_encoder(UNTRAINED_SMALL), []
    for number, names in enumerate(pairs):
        target, source = faces.read([of_name[name] for name in names])
        mixed = (target // 2 + source // 2).astype(np.uint8)
        write_image(tmp_path / "results" / f"{number:03d}.png", mixed)
        a, b = encode(encoder, uint8_to_signed(np.stack([target, mixed])))["conv3_block2_out"]
        distances.append(1 - tf.reduce_sum(a * b) / (tf.norm(a) * tf.norm(b)))
    found = analysed(
        shards,
        tmp_path / "second",
        swapper=str(tmp_path / "results"),
        pair_list=str(tmp_path / "first" / "pairs.json"),
        blocks=("conv3_block2_out", "conv2_block1_out"),
    )
    path, described = found.path, found.described
    assert described["conv3_block2_out"]["c2t_mean"] == pytest.approx(np.mean(distances), rel=1e-4)

    margins = read_margins(path)
    assert list(margins) == ["conv3_block2_out", "conv2_block1_out"]
    for block, margin in margins.items():
        assert margin == pytest.approx(described[block]["c2t_mean"], rel=1e-5)

    stored = json.loads((path.parent / "ifsr.json").read_text())
    assert stored["margins"] == pytest.approx(margins, rel=1e-5)
    assert stored["pairs"] == 10
    with np.load(path.parent / "distances.npz") as arrays:
        assert arrays["c2t"].shape == arrays["negative"].shape == (10, 17)
    assert (path.parent / "ifsr.png").read_bytes().startswith(b"\x89PNG")


def test_blocks_that_tell_who_someone_is_get_no_margin(shards, tmp_path, monkeypatch):
    """By default; named, they are taken."""
    described = {block: {"eer": 0.1, "c2t_mean": 0.2, "c2s_mean": 0.3} for block in LEVELS}
    for block in ("conv4_block6_out", "conv4_block5_out"):
        described[block]["eer"] = 0.5
    monkeypatch.setattr(job, "describe_blocks", lambda *_: described)
    monkeypatch.setattr(job, "table", lambda _: "table")
    monkeypatch.setattr(job, "draw_figure", lambda *_: Figure())
    found = analysed(shards, tmp_path / "default", blocks=())
    line = "Left out, for they tell who someone is: conv4_block6_out, conv4_block5_out"
    assert found.text == f"table\n{line} (--blocks takes them in)"
    flags = found.path.read_text()
    assert f"# {line}\n" in flags
    assert list(read_margins(found.path)) == list(MARGINS)[2:]
    named = analysed(shards, tmp_path / "named", blocks=("conv4_block6_out",))
    assert list(read_margins(named.path)) == ["conv4_block6_out"]
    assert "Left out" not in named.text + named.path.read_text()


def test_no_block_left_is_said_and_nothing_measured_is_lost(shards, tmp_path):
    with pytest.raises(
        UserError, match=r"no margin can be written: see .*ifsr.json for the measurements"
    ):
        analysed(shards, tmp_path, swapper="source", blocks=())
    stored = json.loads((tmp_path / "ifsr.json").read_text())
    assert stored["left_out"] == list(MARGINS)
    assert stored["margins"] == {}
    assert not (tmp_path / "ifsr_margins.cfg").exists()


def test_bad_input(shards, tmp_path):
    with pytest.raises(UserError, match="--blocks names embedding"):
        analysed(shards, tmp_path, blocks=("embedding",))
    (tmp_path / "results").mkdir()
    write_image(tmp_path / "results" / "0.png", np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(UserError, match="no result for pair 1"):
        analysed(shards, tmp_path, swapper=str(tmp_path / "results"))
