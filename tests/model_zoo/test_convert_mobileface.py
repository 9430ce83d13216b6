"""MobileFace out of a package: the converted network computes what the package's graph does."""

import hashlib
import io
import json
import tarfile

import numpy as np
import pytest
import tensorflow as tf

from facedancer.evaluation.encoders.registry import load_measure
from facedancer.model_zoo import convert_mobileface
from facedancer.model_zoo.making import MakingSettings
from facedancer.utils.errors import UserError

STAGES = {1: (32, 32), 2: (32, 32), 3: (32, 64), 4: (64, 128)}


def random_arrays():
    """All weights of the graph, none special, so that a mix-up shows."""
    rng = np.random.default_rng(0)
    shapes = {"conv1_weight": (3, 3, 3, 32), "prelu1_gamma": (32,)}
    for stage, (before, after) in STAGES.items():
        unit = f"stage{stage}_unit1"
        shapes[f"{unit}_conv0_0_weight"] = (1, 1, before, after)
        for number, conv in enumerate(("conv0_1_df", "conv1_df", "conv2_df")):
            shapes[f"{unit}_{conv}"] = (3, 3, after, 1)
            shapes[f"{unit}_prelu{number}_gamma"] = (after,)
    shapes |= {"dense/kernel": (2048, 256), "batchnorm0/mul": (256,), "batchnorm0/sub": (256,)}
    # By the number of inputs, so that pictures are told apart at the end.
    inputs = {n: 9 if n.endswith("_df") else max(np.prod(s[:-1]), 1) for n, s in shapes.items()}
    return {
        name: (rng.normal(size=shape) * np.sqrt(2 / inputs[name])).astype("<f4")
        for name, shape in shapes.items()
    }


def pack(path, arrays):
    """Writes the package, and returns its files' digests."""
    entries = [{"name": n, "shape": a.shape, "dtype": "float32"} for n, a in arrays.items()]
    files = {
        ".json": json.dumps({"weightsManifest": [{"weights": entries}]}).encode(),
        ".bin": b"".join(array.tobytes() for array in arrays.values()),
    }
    with tarfile.open(path, "w:gz") as archive:
        for ending, data in files.items():
            member = tarfile.TarInfo(f"package/models/mobileface{ending}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return {ending: hashlib.sha256(data).hexdigest() for ending, data in files.items()}


def graph(arrays, images):
    """The package's graph, operation by operation."""

    def prelu(x, name):
        return tf.maximum(0.0, x) + arrays[name] * tf.minimum(0.0, x)

    def depthwise(x, name, stride):
        x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        return tf.nn.depthwise_conv2d(x, arrays[name], [1, stride, stride, 1], "VALID")

    x = (tf.cast(images, tf.float32) - 127.5) * 0.0078125
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    x = prelu(tf.nn.conv2d(x, arrays["conv1_weight"], 2, "VALID"), "prelu1_gamma")
    for stage in STAGES:
        unit = f"stage{stage}_unit1"
        x = tf.nn.conv2d(x, arrays[f"{unit}_conv0_0_weight"], 1, "VALID")
        first = prelu(depthwise(x, f"{unit}_conv0_1_df", 2), f"{unit}_prelu0_gamma")
        x = prelu(depthwise(first, f"{unit}_conv1_df", 1), f"{unit}_prelu1_gamma")
        x = prelu(depthwise(x, f"{unit}_conv2_df", 1), f"{unit}_prelu2_gamma") + first
    x = tf.reshape(x, [-1, 2048]) @ arrays["dense/kernel"]
    return (x * arrays["batchnorm0/mul"] + arrays["batchnorm0/sub"]).numpy()


def test_the_converted_network_answers_like_the_graph(tmp_path, monkeypatch):
    arrays = random_arrays()
    monkeypatch.setattr(convert_mobileface, "_SHA256", pack(tmp_path / "models.tgz", arrays))
    output = tmp_path / "mobileface.keras"
    convert_mobileface.main(MakingSettings(str(tmp_path / "models.tgz"), str(output)))
    images = np.random.default_rng(1).integers(0, 256, (2, 112, 112, 3), np.uint8)
    images[1] //= 4  # dark: another answer
    expected = graph(arrays, images)
    measured = load_measure("identity", f"mobileface:{output}").measure(images)
    # The file stores float16.
    np.testing.assert_allclose(measured, expected, atol=0.01 * np.abs(expected).max())
    assert np.abs(measured[0] - measured[1]).max() > 0.05 * np.abs(expected).max()


def test_another_package_is_refused(tmp_path):
    pack(tmp_path / "models.tgz", random_arrays())
    output = tmp_path / "mobileface.keras"
    with pytest.raises(UserError, match="download the package again"):
        convert_mobileface.main(MakingSettings(str(tmp_path / "models.tgz"), str(output)))
    assert not output.exists()


def test_a_missing_file_is_said_with_what_makes_it(tmp_path):
    with pytest.raises(UserError, match="convert_mobileface.py makes it"):
        load_measure("identity", f"mobileface:{tmp_path / 'none.keras'}")
