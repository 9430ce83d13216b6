"""CONTRIBUTING's recipes for a loss and for a configuration, followed to the letter in a copy."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOSS = '''"""The brightness term: the swap's mean grey is the target's."""

import tensorflow as tf

from .reduction import ReplicaSum, batch_mean


def brightness_loss(
    target: tf.Tensor, changed: tf.Tensor, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """Squared difference of the mean greys."""
    return batch_mean(tf.square(tf.reduce_mean(target - changed, [1, 2, 3])), replica_sum)
'''
ROW = """    Term(
        "brightness",
        0.0,
        "weight of the brightness term",
        computed_by("brightness.brightness_loss", lambda x: (x.target, x.changed, x.replica_sum)),
    ),
"""
# What a user of the new flag sees: the help, a run's file of flags, the log, the gradient.
USE = """
import dataclasses, json, sys
import tensorflow as tf
from facedancer.training.settings.train_config import TrainConfig
from facedancer.training.networks.trained import build_networks
from facedancer.training.gradients import replica_gradients
from facedancer.utils.flags.fields import parse_flags, to_flagfile
from facedancer.utils.flags.help import help_text

found = []
for weight in ("0", "1", "3"):
    settings, _ = parse_flags(TrainConfig, [*sys.argv[1:], f"--brightness_weight={weight}"])
    networks = build_networks(settings, tf.distribute.get_strategy())
    images = [tf.random.stateless_uniform([2, 64, 64, 3], [0, i], -1.0, 1.0) for i in (1, 2)]
    batch = dict(zip(("target", "source"), images)) | {"same": tf.zeros([2])}
    zero = tf.constant(0, tf.int64)
    parts, gradients = replica_gradients(networks, batch, zero, zero)
    found.append({
        "flags": to_flagfile(settings),
        "terms": list(parts),
        "norms": {name: float(tf.linalg.global_norm(g)) for name, g in gradients.items()},
        "gradient": tf.concat([tf.reshape(g, [-1]) for g in gradients["generator"]], 0)
        .numpy().tolist(),
        "other": tf.concat([tf.reshape(g, [-1]) for g in gradients["discriminator"]], 0)
        .numpy().tolist(),
    })
print(json.dumps({"help": help_text(TrainConfig, "Trains.", "train.py"), "found": found}))
"""
SMALL = ("--image_size=64", "--base_width=4", "--mapping_depth=1", "--mapping_size=8")
SMALL += ("--up_types=no_skip,no_skip,no_skip,no_skip,concat", "--batch_size=2")
SMALL += ("--encoder=untrained_small", "--perceptual_weight=0")


@pytest.fixture
def tree(tmp_path):
    """The repository as a package of links, but for its losses and its flags, which are copies."""
    package = tmp_path / "facedancer"
    package.mkdir()
    shutil.copy(ROOT / "facedancer" / "__init__.py", package)
    for folder in ROOT.iterdir():
        if folder.name in ("losses", "flags"):
            shutil.copytree(folder, package / folder.name)
        elif folder.is_dir() and folder.name[0] != "." and folder.name != "facedancer":
            (package / folder.name).symlink_to(folder)
    return package


@pytest.fixture
def run(warm_python, tree):
    """Runs a script there and returns what it printed."""

    def run_script(*arguments: str | Path) -> str:
        environment = {**os.environ, "PYTHONPATH": str(tree.parent)}
        done = warm_python(*arguments, cwd=tree, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_script


def test_a_loss(run, tree, tmp_path):
    (tree / "losses" / "brightness.py").write_text(LOSS)
    table = tree / "losses" / "terms.py"
    text, count = re.subn(
        r"(?m)^GENERATOR_TERMS = \(\n", lambda match: match[0] + ROW, table.read_text()
    )
    assert count == 1
    table.write_text(text)
    (tmp_path / "use.py").write_text(USE)
    answer = json.loads(run(tmp_path / "use.py", "--data=a", "--run_dir=b", *SMALL))
    assert "--brightness_weight=X Weight of the brightness term" in " ".join(answer["help"].split())
    none, once, thrice = answer["found"]
    assert "--brightness_weight=3.0\n" in thrice["flags"]
    assert set(once["terms"]) - set(none["terms"]) == {"loss/generator/brightness"}
    # Three times the weight is three times the way, and the other player has no part in it.
    ways = [
        [a - b for a, b in zip(each["gradient"], none["gradient"], strict=True)]
        for each in (once, thrice)
    ]
    largest = max(map(abs, ways[0]))
    assert largest > 1e-4 * max(map(abs, none["gradient"]))
    assert ways[1] == pytest.approx([3 * way for way in ways[0]], abs=0.02 * largest)
    assert once["other"] == pytest.approx(none["other"], abs=1e-5 * none["norms"]["discriminator"])


def test_a_configuration(run, tree, shards):
    (tree / "flags" / "config_mine.cfg").write_text(
        "# Configuration mine: concatenation everywhere.\n--flagfile=base.cfg\n"
        "--run_dir=runs/config_mine\n--up_types=concat,concat,concat,concat,concat\n"
    )
    plan = run(
        "training/train.py",
        "--flagfile=flags/config_mine.cfg",
        f"--data={shards}",
        "--image_size=64",
        "--base_width=4",
        "--perceptual_weight=0",
        "--encoder=untrained_small",
        "--dry_run",
    )
    assert re.search(r"fusions, lowest first +concat concat concat concat concat\n", plan)
    assert re.search(r"run +runs/config_mine\n", plan)
