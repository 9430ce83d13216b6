"""The two commands as a user types them: export a generator, swap with the export."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from facedancer.dataset.shards.sharding import shard_folder
from facedancer.export.lite_conversion import read_metadata
from facedancer.export.swap_networks import sample_crops
from facedancer.networks.generator import get_generator
from facedancer.utils.images import read_image, write_image

ROOT = Path(__file__).parents[2]
COLLINS = ROOT / "assets" / "photos" / "eileen_collins" / "astronaut.png"
HOPPER = ROOT / "assets" / "photos" / "grace_hopper" / "grace_hopper.jpg"


@pytest.fixture(scope="module")
def run_script(warm_python):
    """Runs a script with some flags."""

    def run(script, **flags):
        return warm_python(ROOT / script, *(f"--{name}={flags[name]}" for name in flags))

    return run


@pytest.fixture(scope="module")
def saved_model(run_script, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripts")
    up_types = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
    generator = get_generator(up_types, image_size=64, base_width=8)
    generator.save(folder / "generator.keras")
    done = run_script("export/savedmodel.py", generator=folder, output=folder / "exported")
    assert done.returncode == 0, done.stderr
    assert "at batch 1 and 3: largest difference" in done.stdout
    assert (folder / "exported/1/saved_model.pb").is_file()
    return folder / "exported"


def test_a_photograph_is_swapped(run_script, saved_model, tmp_path):
    done = run_script(
        "inference/swap_image.py",
        facedancer_path=saved_model,
        arcface_path="untrained_small",
        img_path=HOPPER,
        swap_source=COLLINS,
        img_output=tmp_path / "swapped.png",
        # The watermark would touch every pixel.
        mark=False,
    )
    assert done.returncode == 0, done.stderr
    assert "faces found: 1, matched: 1, swapped: 1" in done.stdout
    before, after = read_image(HOPPER), read_image(tmp_path / "swapped.png")
    assert (before != after).any(axis=2).mean() == pytest.approx(0.1, abs=0.05)


def test_no_face_is_one_line_and_exit_2(run_script, saved_model, tmp_path):
    write_image(tmp_path / "blank.png", np.full((90, 90, 3), 200, np.uint8))
    done = run_script(
        "inference/swap_image.py",
        facedancer_path=saved_model,
        arcface_path="untrained_small",
        img_path=HOPPER,
        swap_source=tmp_path / "blank.png",
        img_output=tmp_path / "swapped.png",
    )
    assert done.returncode == 2
    last_line = done.stderr.splitlines()[-1]
    assert last_line.startswith("error: source picture") and "blank.png: no face found" in last_line
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "swapped.png").exists()


def test_a_detector_becomes_an_onnx_file(run_script, tmp_path):
    done = run_script("export/convert.py", format="onnx", output=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "detect.onnx" in done.stdout and "written" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["detect.onnx"]


def test_nothing_to_convert_is_one_line_and_exit_2(run_script, tmp_path):
    done = run_script("export/convert.py", output=tmp_path / "edge", detector="")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: nothing to convert")
    assert not (tmp_path / "edge").exists()


def test_int8_sees_its_ranges_on_shards(run_script, tmp_path):
    flags = {"output": tmp_path / "edge", "precision": "int8"}
    done = run_script("export/convert.py", **flags)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: --precision=int8 needs --data")
    assert not (tmp_path / "edge").exists()

    # Enough for some to show ranges and the others to be compared on.
    for number, crop in enumerate(np.repeat(sample_crops("", 4, 128), 5, 0)):
        light = np.clip(crop * (0.8 + 0.02 * number), 0, 255).astype(np.uint8)
        write_image(tmp_path / "crops" / f"{number % 4}" / f"{number}.png", light)
    shard_folder(tmp_path / "crops", tmp_path / "shards", "faces", 1)
    done = run_script("export/convert.py", data=tmp_path / "shards", **flags)
    assert (done.returncode, done.stderr) == (0, "")
    assert "detect.tflite: 0.6 MB" in done.stdout and "written" in done.stdout
    content = (tmp_path / "edge" / "detect.tflite").read_bytes()
    assert read_metadata(content)["precision"] == "int8"
    interpreter = Interpreter(model_content=content)
    dtypes = [one["dtype"] for one in interpreter.get_tensor_details()]
    assert dtypes.count(np.int8) > 100
