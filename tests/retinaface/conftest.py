"""The shared parts of the detector's tests."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from facedancer.retinaface.detector import Detector, load_detector


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """reference.py; pytest puts no test folder on the import path."""
    path = Path(__file__).with_name("reference.py")
    spec = importlib.util.spec_from_file_location("retinaface_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def scenes(reference: ModuleType) -> dict[str, np.ndarray]:
    return reference.make_scenes()


@pytest.fixture(scope="session")
def detector() -> Detector:
    return load_detector()
