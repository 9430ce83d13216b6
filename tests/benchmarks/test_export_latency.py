"""The latency benchmark's table, and that each way gives the same pictures."""

from pathlib import Path

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.benchmarks.export_latency import Latency, markdown, plot, prepare_files
from facedancer.benchmarks.latency_ways import KERAS_FILE, WAYS, Runner
from facedancer.export import lite_conversion
from facedancer.export.lite_conversion import PRECISIONS
from facedancer.networks.generator import get_generator


@pytest.mark.sixteen_bits
@pytest.mark.long
@pytest.mark.parametrize("precisions", [("float32",), PRECISIONS])
def test_every_way_gives_the_pictures(tmp_path, monkeypatch, precisions):
    """Runs LiteRT in all precisions that are converted."""
    monkeypatch.setattr(lite_conversion, "PRECISIONS", precisions)
    ways = [way for way in WAYS if way.kind != "lite" or way.precision in precisions]
    up_types = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
    path = tmp_path / "small.keras"
    get_generator(up_types, mapping_depth=1, image_size=64, base_width=4).save(path)
    words = prepare_files(tmp_path, str(path), UNTRAINED_SMALL, "")
    assert words.startswith("one 64 px crop") and "on the very crops it is compared on" in words
    first = None
    for way in (way for way in ways if way.threads < 2):
        runner = Runner(way, tmp_path)
        assert runner.run() > 0
        changed, added = runner.end()
        first = changed if first is None else first
        assert changed.shape == (4, 64, 64, 3) and added >= 0
        off = np.sqrt(np.mean(np.square(changed - first))) / np.ptp(first)
        assert off < {"float32": 1e-4, "float16": 1e-3}.get(way.precision, 0.05), way


@pytest.mark.sixteen_bits
def test_the_ways_of_keras_give_the_same_pictures(tmp_path):
    """The small form of it: nothing is converted."""
    up_types = ("no_skip",) * 4 + ("concat",)
    generator = get_generator(up_types, mapping_depth=1, image_size=64, base_width=4)
    generator.save(tmp_path / KERAS_FILE)
    rng = np.random.default_rng(1)
    target = rng.uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
    identity = rng.standard_normal((2, 512)).astype(np.float32)
    np.savez(tmp_path / "inputs.npz", target=target, identity=identity)
    expected = generator([target, identity]).numpy()
    for way in (way for way in WAYS if way.file == KERAS_FILE):
        runner = Runner(way, tmp_path)
        assert runner.run() > 0
        changed, _ = runner.end()
        off = np.sqrt(np.mean(np.square(changed - expected))) / np.ptp(expected)
        assert off < (0.05 if way.precision == "bfloat16" else 1e-4), way


def test_the_ratio_is_to_the_first_way(tmp_path):
    found = [
        Latency(WAYS[0], (0.2, 0.4, 0.3), 2_000_000, 5_000_000, np.inf),
        Latency(WAYS[4], (0.1, 0.1, 0.2), 1_000_000, 4_000_000, 90.0),
    ]
    rows = markdown(found, "A crop.", 3).splitlines()
    assert f"| {WAYS[0].name} | 300 (200 to 400) | 1.00 | 2.0 | 5 |  |" in rows
    assert f"| {WAYS[4].name} | 100 (100 to 200) | 3.00 | 1.0 | 4 | 90.0 |" in rows
    plot(found, tmp_path / "plot.png")
    assert Path(tmp_path / "plot.png").stat().st_size > 5_000


def test_ways_have_names_of_their_own():
    assert len({way.name for way in WAYS}) == len(WAYS)
    assert {way.threads for way in WAYS if way.kind == "lite"} == {1, 2}
