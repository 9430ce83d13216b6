"""Files that real Keras 2 and tensorflow-addons write, read by ours: `make test-addons`."""

import dataclasses
import gzip
import json
import os
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.generator import attention_masks
from facedancer.networks.published_weights import PublishedGenerator, import_generator
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.images import uint8_to_signed
from facedancer.utils.weights.legacy_h5 import read_legacy_file

ROOT = Path(__file__).parents[3]
FLAGFILES = sorted([*ROOT.glob("flags/config_*.cfg"), *ROOT.glob("flags/baseline_*.cfg")])
WRITER = Path(__file__).with_name("write_generators.py")
SKELETON = ROOT / "tests/interop/facedancer_config_c.json.gz"
# The environment's Python; a path of one's own serves where it lies elsewhere.
ADDONS_PYTHON = Path(
    os.environ.get("FACEDANCER_ADDONS_PYTHON") or ROOT / ".venv-addons" / "bin" / "python"
)
TOLERANCE = 1e-4

pytestmark = pytest.mark.skipif(
    not ADDONS_PYTHON.is_file(),
    reason=f"tensorflow-addons' environment is not there ({ADDONS_PYTHON}): make test-addons",
)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A generator to be written: a configuration at a size."""

    name: str
    up_types: list[str]
    mapping_depth: int
    mapping_size: int
    base_width: int


def configuration(flagfile: Path, name: str, mapping_size: int, base_width: int) -> Wanted:
    """Tells what a flagfile trains, at another width; later flags win, as on the command line."""
    given, _ = parse_flags(TrainConfig, [f"--flagfile={flagfile}", "--data=shards"])
    return Wanted(name, list(given.up_types), given.mapping_depth, mapping_size, base_width)


# The full one first: only a fresh process numbers its layers as the published files do.
FULL = configuration(ROOT / "flags/config_c.cfg", "full_config_c", 512, 64)
SMALL = [configuration(path, path.stem, 24, 8) for path in FLAGFILES]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """The folder where the addons' environment has written all files, in one process."""
    folder = tmp_path_factory.mktemp("addons")
    wanted = [dataclasses.asdict(generator) for generator in (FULL, *SMALL)]
    finished = subprocess.run(
        [ADDONS_PYTHON, "-W", "ignore", WRITER, folder],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        # Neither this process's packages nor its Keras settings are meant for that one.
        env={key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")},
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    yield folder
    for file in folder.iterdir():
        file.unlink()  # pytest keeps folders of earlier runs, and these are 130 MB


def largest_differences(ours: PublishedGenerator, answers: dict) -> dict[str, float]:
    """Our picture and masks against theirs, for the same inputs."""
    inputs = [uint8_to_signed(answers["target"]), tf.constant(answers["identity"])]
    found = {"swapped": ours.model(inputs, training=False)}
    if "affa" in ours.graph.up_types:
        masks = attention_masks(ours.model)(inputs, training=False)
        found |= {f"mask_{side}": mask for side, mask in masks.items()}
    assert set(found) == set(answers) - {"target", "identity"}
    return {name: float(np.abs(value - answers[name]).max()) for name, value in found.items()}


def test_all_seven_configurations_are_tried():
    assert len(SMALL) == 7
    assert len({(*generator.up_types, generator.mapping_depth) for generator in SMALL}) == 6  # A, B


@pytest.mark.parametrize("wanted", [FULL, *SMALL], ids=lambda wanted: wanted.name)
def test_reads_what_the_addons_wrote(written, wanted):
    """Importing already proves that each weight was used once and each variable set."""
    ours = import_generator(read_legacy_file(written / f"{wanted.name}.h5"))
    assert (ours.graph.image_size, ours.graph.base_width) == (256, wanted.base_width)
    assert list(ours.graph.up_types) == wanted.up_types
    assert ours.graph.mapping_depth == wanted.mapping_depth
    if wanted.mapping_depth:
        assert ours.graph.mapping_size == wanted.mapping_size
    with np.load(written / f"{wanted.name}.npz") as answers:
        assert answers["swapped"].std() > 0.3, "a flat picture would agree with anything"
        differences = largest_differences(ours, dict(answers))
    assert max(differences.values()) < TOLERANCE, differences


def test_the_written_file_is_like_the_published_one(written):
    """Same layers, names, arguments, connections, weights and shapes: only the numbers differ."""
    with gzip.open(SKELETON, "rt") as file:
        published = json.load(file)
    with h5py.File(written / f"{FULL.name}.h5") as file:
        assert json.loads(file.attrs["model_config"]) == json.loads(
            published["attrs"]["model_config"]
        )
        assert file.attrs["keras_version"] == published["attrs"]["keras_version"]
        root = file["model_weights"]
        weights = {
            layer: {
                name: list(root[layer][name].shape) for name in root[layer].attrs["weight_names"]
            }
            for layer in root.attrs["layer_names"]
        }
    assert weights == {
        group["name"]: {weight["name"]: weight["shape"] for weight in group["weights"]}
        for group in published["groups"]
    }


def test_one_swapped_pair_of_weights_would_show(written):
    """The tolerance is no blanket: norms of one shape, exchanged, are told apart."""
    wanted = next(generator for generator in SMALL if generator.name == "config_d")
    file = read_legacy_file(written / f"{wanted.name}.h5")
    norms = [name for name in file.layers if name.startswith("instance_normalization")]
    first, second = [n for n in norms if file.layers[n] and _width(file.layers[n]) == 64][:2]
    file.layers[first], file.layers[second] = (
        dict(zip(file.layers[first], file.layers[second].values(), strict=True)),
        dict(zip(file.layers[second], file.layers[first].values(), strict=True)),
    )
    with np.load(written / f"{wanted.name}.npz") as answers:
        assert largest_differences(import_generator(file), dict(answers))["swapped"] > TOLERANCE


def _width(weights: dict[str, np.ndarray]) -> int:
    return len(next(iter(weights.values())))
