"""The two scripts as a user runs them."""

from pathlib import Path

import numpy as np
import pytest

from facedancer.dataset.pipeline import make_dataset
from facedancer.utils.images import write_image

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(warm_python):
    """Runs a script of the folder."""
    return lambda script, *arguments: warm_python(f"dataset/{script}", *arguments, cwd=ROOT)


def test_photographs_to_batches(run, tmp_path):
    crops, shards = tmp_path / "crops", tmp_path / "shards"
    result = run(
        "crop_align.py",
        "--data=assets/photos",
        f"--output={crops}",
        "--image_size=64",
        "--shrink_factor=0.9",
    )
    assert result.returncode == 0, result.stderr
    count = len(list((ROOT / "assets/photos").glob("*/*.[jp]*g")))
    table, last = result.stdout.rsplit("\n", 2)[:2]
    assert table.startswith("detector: ")
    assert "retinaface_mobilenet.weights.h5" in table.splitlines()[0]
    assert f"{count} 100.0%    cropped" in table
    assert last == f"{count} crops in {crops}; {crops}/report.jsonl says what became of each"
    result = run(
        "dataset_sharding.py",
        f"--data={crops}",
        f"--output={shards}",
        "--data_name=portraits",
        "--num_shards=2",
        "--noshuffle",
    )
    assert result.returncode == 0, result.stderr
    assert f"{count} crops of 64 px" in result.stdout
    assert (shards / "portraits_train_00001-of-00002.tfrecord").is_file()
    batch = next(iter(make_dataset(shards, 64, 4)))
    assert batch["target"].shape == (4, 64, 64, 3)


def test_no_face_at_all(run, tmp_path):
    write_image(tmp_path / "photos" / "grey.png", np.full((200, 200, 3), 90, np.uint8))
    arguments = f"--data={tmp_path}/photos", f"--output={tmp_path}/crops"
    result = run("crop_align.py", *arguments)
    assert result.returncode == 2
    assert "1 100.0%    no face found" in result.stdout
    assert result.stderr.splitlines()[-1].startswith("error: not one face could be cropped; ")
    assert "no face found" in (tmp_path / "crops" / "report.jsonl").read_text()
