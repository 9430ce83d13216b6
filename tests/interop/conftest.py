"""Stand-ins for the published files, each built once a test file and removed with it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent


def load_module(name):
    """A helper beside this file; pytest puts no test folder on the import path."""
    spec = importlib.util.spec_from_file_location(f"interop_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def keras2():
    return load_module("keras2_writer")


def stand_in(name, factory):
    """The file of a skeleton for as long as a module's tests run: 100 to 160 MB."""
    path = factory.mktemp(name) / f"{name}.h5"
    command = [sys.executable, FOLDER / "make_legacy_h5.py", FOLDER / f"{name}.json.gz", path]
    subprocess.run(command, check=True)
    return path


def expected(name):
    with np.load(FOLDER / f"{name}.expected.npz") as recorded:
        return dict(recorded)


@pytest.fixture(scope="module")
def facedancer_c(tmp_path_factory):
    path = stand_in("facedancer_config_c", tmp_path_factory)
    yield path, expected("facedancer_config_c")
    path.unlink()


@pytest.fixture(scope="module")
def arcface_res50(tmp_path_factory):
    path = stand_in("arcface_res50", tmp_path_factory)
    yield path, expected("arcface_res50")
    path.unlink()


@pytest.fixture(scope="module")
def retinaface_res50(tmp_path_factory):
    path = stand_in("retinaface_res50", tmp_path_factory)
    yield path, expected("retinaface_res50")
    path.unlink()
