"""The four fusions, and adding one."""

from pathlib import Path

import keras
import numpy as np
import pytest

from facedancer.export.model_card import describe_network
from facedancer.networks import fusions
from facedancer.networks.generator import get_generator
from facedancer.networks.up_types import UP_TYPES

MAP = (4, 4, 8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no_skip", lambda z_a, h: h),
        ("concat", lambda z_a, h: np.concatenate([z_a, h], -1)),
        ("add", lambda z_a, h: z_a + h),
        # All weights are 0 below, so the mask is sigmoid(0).
        ("affa", lambda z_a, h: (z_a + h) / 2),
    ],
)
def test_fusion(name, expected, rng):
    inputs = [keras.Input(MAP), keras.Input(MAP)]
    (fuse,) = fusions.stage_fusions([name], 1)
    model = keras.Model(inputs, fuse(*inputs, "16x16"))
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    z_a, h = (rng.normal(size=(2, *MAP)).astype(np.float32) for _ in range(2))
    np.testing.assert_allclose(model([z_a, h]), expected(z_a, h), atol=1e-6)


def multiply(z_a, h, name):
    return keras.layers.Multiply(name=name)([z_a, h])


def twice(z_a, h, name):
    # Its last layer alone looks like "add".
    return keras.layers.Add(name=name)([z_a, keras.layers.Add()([h, h])])


@pytest.mark.parametrize("fusion", [multiply, twice])
def test_the_recipe_a_fusion(fusion, monkeypatch, tmp_path):
    """CONTRIBUTING: a function, and a row in `UP_TYPES`; then every reader knows it."""
    monkeypatch.setattr(fusions, fusion.__name__, fusion, raising=False)
    monkeypatch.setitem(UP_TYPES, "mine", f"fusions.{fusion.__name__}")
    generator = get_generator(["affa", "mine", "add", "mine", "concat"], 0, 16, 64, 4)
    names = ["affa", "mine", "add", "mine", "concat"]
    assert describe_network(generator)["up_types"] == names
    generator.save(tmp_path / "generator.keras")
    loaded = keras.saving.load_model(tmp_path / "generator.keras")
    assert describe_network(loaded)["up_types"] == names
    with pytest.raises(ValueError, match=r"unknown up_type 'other': choose from .*affa, mine$"):
        get_generator(["other"] * 6)
    monkeypatch.delitem(UP_TYPES, "mine")
    # Of a later version, say: not known is not "no_skip".
    unknown = ["affa", "unknown", "add", "unknown", "concat"]
    assert describe_network(loaded)["up_types"] == unknown


def test_the_docs_name_every_fusion():
    page = (Path(__file__).parents[2] / "docs" / "networks.md").read_text()
    assert [name for name in UP_TYPES if f"| `{name}` |" not in page] == []
