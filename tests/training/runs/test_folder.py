"""A run's folder on itself."""

import dataclasses
import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tensorflow as tf

from facedancer.training.runs.checkpoint_folder import place_of
from facedancer.training.runs.folder import open_run_folder, read_parts
from facedancer.training.runs.provenance import git_state
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags


@pytest.fixture
def config(tmp_path):
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "index.json").write_text("{}")
    return TrainConfig(data=str(tmp_path / "shards"), run_dir=str(tmp_path / "run"))


def start(config: TrainConfig, first_step: int = 0) -> None:
    open_run_folder(config, first_step, tf.distribute.get_strategy())


def save(config: TrainConfig, step: int) -> None:
    place_of(config.checkpoint_dir, step).mkdir(parents=True)


def flags_in(path: Path) -> TrainConfig:
    return parse_flags(TrainConfig, [f"--flagfile={path}"])[0]


def test_the_flags_can_be_given_again(config):
    config = dataclasses.replace(config, up_types=("affa", "concat"), ifsr_scale=0.9, ema=0.5)
    start(config)
    assert flags_in(Path(config.run_dir) / "flags.cfg") == config


def test_each_start_adds_a_part(config, tmp_path):
    encoder = tmp_path / "encoder.h5"
    encoder.write_bytes(b"weights")
    config = dataclasses.replace(config, encoder=str(encoder))
    start(config)
    save(config, 10)
    start(config, 10)
    parts = read_parts(Path(config.run_dir))
    assert [part["first_step"] for part in parts] == [0, 10]
    part = parts[0]
    assert datetime.now(UTC) - datetime.fromisoformat(part["started"]) < timedelta(minutes=5)
    assert part["versions"]["tensorflow"] == tf.__version__
    assert part["devices"]["replicas"] == 1
    assert part["devices"]["local"]
    # perceptual_features names no file, and there is no validation set.
    assert part["sha256"] == {
        "data": hashlib.sha256(b"{}").hexdigest(),
        "encoder": hashlib.sha256(b"weights").hexdigest(),
    }


def test_a_start_that_saved_nothing_leaves_no_trace(config):
    start(dataclasses.replace(config, seed=1))
    start(config)
    assert len(read_parts(Path(config.run_dir))) == 1
    assert sorted(path.name for path in Path(config.run_dir).iterdir()) == ["flags.cfg", "run.json"]


def test_former_flags_stay(config):
    run_dir = Path(config.run_dir)
    for learning_rate, first_step in [(1.0, 0), (2.0, 10), (3.0, 10), (3.0, 20), (4.0, 30)]:
        start(dataclasses.replace(config, learning_rate=learning_rate), first_step)
        if not first_step:
            save(config, 10)
    rates = {path.name: flags_in(path).learning_rate for path in run_dir.glob("*.cfg")}
    # The second start was followed by one at the same step: none of its steps is left.
    assert rates == {"flags.cfg": 4.0, "flags_until_10.cfg": 1.0, "flags_until_30.cfg": 3.0}


@pytest.mark.parametrize("content", ["", "[]", '{"part": 1}', '{"parts": 1}'])
def test_a_damaged_record_is_named(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(UserError, match="run.json is damaged"):
        read_parts(tmp_path)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_revision_of_the_code(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) is None
    git(tmp_path, "init")
    assert git_state(tmp_path) is None
    git(tmp_path, "commit", "--allow-empty", "--message=first")
    revision = git(tmp_path, "rev-parse", "HEAD")
    assert git_state(tmp_path) == {"revision": revision, "modified": False}
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "code.py").touch()
    assert git_state(tmp_path) == {"revision": revision, "modified": True}
    # A package that lies in somebody's repository is not at that one's revision.
    assert git_state(tmp_path / "site-packages") is None
    monkeypatch.setenv("PATH", "")
    assert git_state(tmp_path) is None


def test_the_record_is_json_for_other_programs(config):
    start(config)
    content = json.loads((Path(config.run_dir) / "run.json").read_text())
    assert set(content["parts"][0]) >= {"git", "versions", "devices", "sha256", "started"}
